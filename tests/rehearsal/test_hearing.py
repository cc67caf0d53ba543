import asyncio
import random

from rehearsal import virtual_time
from rehearsal.hearing import Ear, HearingPace
from rehearsal.speech import Speech
from shared.ports import Transcript
from shared.wire import mulaw

FRAME = mulaw.FRAME_BYTES
SILENT = mulaw.SILENCE * FRAME
PACE = HearingPace(partial_ms=200, final_ms=1_000, final_spread=0.0, unstable_words=1)


async def heard(speech: Speech, sound: bytes) -> list[tuple[int, Transcript]]:
    """What an ear makes of sound that comes at the pace of a line, each result with its time in ms."""
    loop = asyncio.get_running_loop()
    results: list[tuple[int, Transcript]] = []
    ear = Ear(speech, PACE, random.Random(1), lambda told: results.append((round(loop.time() * 1000), told)))
    for at in range(0, len(sound), FRAME):
        await asyncio.sleep(0.02)
        ear.hear(sound[at : at + FRAME])
    ear.close()
    return results


def test_words_come_as_late_as_they_are_told_to_and_the_last_may_still_change() -> None:
    speech = Speech()
    spoken = speech.say("good morning")
    results = virtual_time.run(heard(speech, spoken.ulaw + SILENT * 60))

    (first_at, first), (_, second), (final_at, final) = results
    assert (first.text, first.stable_words, first.is_final) == ("good", 0, False)
    assert first_at == spoken.words[0].end_ms + 200
    assert (second.text, second.stable_words) == ("good morning", 1)
    assert (final.text, final.is_final, final.result_id) == ("good morning", True, first.result_id)
    assert final_at == spoken.duration_ms + 1_000
    assert [(word.start_ms, word.end_ms) for word in final.words] == [(w.start_ms, w.end_ms) for w in spoken.words]


def test_speech_that_goes_on_before_the_final_goes_on_the_same_result() -> None:
    speech = Speech()
    first, second = speech.say("five five"), speech.say("zero one")
    sound = first.ulaw + SILENT * 40 + second.ulaw + SILENT * 60
    finals = [told for _, told in virtual_time.run(heard(speech, sound)) if told.is_final]
    assert [final.text for final in finals] == ["five five zero one"]


def test_the_same_words_said_again_are_heard_again_and_a_noise_is_not() -> None:
    speech = Speech()
    yes, cough = speech.say("yes"), speech.say("[cough]")
    sound = yes.ulaw + SILENT * 60 + cough.ulaw + SILENT * 60 + yes.ulaw + SILENT * 60
    finals = [told for _, told in virtual_time.run(heard(speech, sound)) if told.is_final]
    assert [(final.result_id, final.text) for final in finals] == [("r0", "yes"), ("r1", "yes")]


def test_sound_that_does_not_come_is_not_heard() -> None:
    speech = Speech()
    spoken = speech.say("good morning everybody")
    results = virtual_time.run(heard(speech, spoken.ulaw[: spoken.words[0].end_ms * 8] + SILENT * 60))
    assert results[-1][1].text == "good"
