from hypothesis import given
from hypothesis import strategies as st

from local.carrier.ear import LOUD
from local.carrier.sound import FRAME_MS, loudness
from rehearsal.speech import Speech
from shared.wire import mulaw

FRAME = mulaw.FRAME_BYTES


def frames(ulaw: bytes) -> list[bytes]:
    return [ulaw[at : at + FRAME] for at in range(0, len(ulaw), FRAME)]


@given(st.lists(st.text("abc ,.?", min_size=1, max_size=40).filter(str.strip), min_size=1, max_size=5))
def test_every_frame_says_what_it_is_of_and_how_far_in(texts: list[str]) -> None:
    speech = Speech()
    for text in texts:
        spoken = speech.say(text)
        read = [speech.read(frame) for frame in frames(spoken.ulaw)]
        assert read == [(spoken, number * FRAME_MS) for number in range(len(read))]


def test_the_same_text_is_the_same_sound() -> None:
    speech = Speech()
    assert speech.say("hello") is speech.say("hello")


def test_words_are_loud_pauses_are_not_and_noises_are_no_words() -> None:
    spoken = Speech().say("[cough] Well, good morning")
    assert [word.text for word in spoken.words] == ["Well,", "good", "morning"]
    loud = [loudness(frame) >= LOUD for frame in frames(spoken.ulaw)]
    well = spoken.words[0]
    assert all(loud[: well.end_ms // FRAME_MS])
    assert not any(loud[well.end_ms // FRAME_MS : spoken.words[1].start_ms // FRAME_MS])


def test_strange_sound_and_silence_say_nothing() -> None:
    speech = Speech()
    speech.say("hello")
    assert speech.read(mulaw.SILENCE * FRAME) is None
    assert speech.read(bytes(range(160))) is None
    assert Speech().read(speech.say("hello").ulaw[:FRAME]) is None
