"""One vendor stands in for another: nothing is said twice, nothing is lost, and a dead one is left alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from shared.core.agent import Voice
from shared.failover import REST_S, Candidate
from shared.ports import (
    ProviderError,
    Recognition,
    Refused,
    Throttled,
    Transcript,
    Unavailable,
    Word,
)
from streaming import failover
from streaming.failover import HearsInTurn, SpeaksInTurn
from tests.fakes import PATIENCE_S, FakeSpeechToText, FakeTextToSpeech

VOICE = Voice("Joanna")
TEXT = "Good morning."
DOWN = Unavailable("down")


# --- synthesis


class Voices:
    def __init__(self) -> None:
        self.first, self.second = FakeTextToSpeech(), FakeTextToSpeech()
        self.now = 0.0
        self.pair = SpeaksInTurn(
            [Candidate("first", self.first, lambda: self.now), Candidate("second", self.second, lambda: self.now)]
        )

    async def speak(self, text: str = TEXT, *, cached: bool = False) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return b"".join([chunk async for chunk in self.pair.speak(text, VOICE, cached=cached)])

    def asked(self) -> tuple[int, int]:
        return len(self.first.spoken), len(self.second.spoken)


async def test_s2_while_the_first_voice_speaks_the_second_is_not_asked() -> None:
    voices = Voices()

    assert await voices.speak() == voices.first.audio(TEXT)
    assert voices.asked() == (1, 0)


@pytest.mark.parametrize("error", [Unavailable("down"), Throttled("later"), Refused("no")])
async def test_s2_the_second_voice_speaks_when_the_first_does_not_begin(error: ProviderError) -> None:
    voices = Voices()
    voices.first.fail(TEXT, error)

    assert await voices.speak() == voices.second.audio(TEXT)


async def test_a_voice_that_breaks_off_is_not_talked_over_by_the_other() -> None:
    voices = Voices()
    voices.first.fail(TEXT, DOWN, after_chunks=1)

    with pytest.raises(Unavailable):
        await voices.speak()
    assert voices.asked() == (1, 0)


async def test_when_no_voice_begins_the_last_error_is_raised() -> None:
    voices = Voices()
    voices.first.fail(TEXT, Throttled("later"))
    voices.second.fail(TEXT, DOWN)

    with pytest.raises(Unavailable):
        await voices.speak()
    assert voices.asked() == (1, 1)


async def test_a_dead_voice_is_left_alone_for_a_while() -> None:
    voices = Voices()
    voices.first.fail(TEXT, DOWN)
    await voices.speak()
    await voices.speak("Something else.")
    assert voices.asked() == (1, 2)

    voices.now += REST_S
    assert await voices.speak("And now?")
    assert voices.asked() == (2, 2)


async def test_a_refusal_is_about_the_text_and_the_next_is_asked_of_the_first_again() -> None:
    voices = Voices()
    voices.first.fail(TEXT, Refused("no"))
    await voices.speak()
    await voices.speak("Something else.")

    assert voices.asked() == (2, 1)


async def test_when_both_rest_both_are_asked_all_the_same() -> None:
    voices = Voices()
    voices.first.fail(TEXT, DOWN)
    voices.second.fail(TEXT, DOWN)
    with pytest.raises(Unavailable):
        await voices.speak()

    assert await voices.speak("Something else.")


async def test_a_phrase_that_a_dead_voice_has_kept_is_heard_from_it() -> None:
    voices = Voices()
    voices.first.fail(TEXT, DOWN)
    await voices.speak()

    assert await voices.speak("Goodbye!", cached=True) == voices.first.audio("Goodbye!")  # the fake has it at once
    assert voices.asked() == (2, 1)


async def test_a_phrase_that_a_dead_voice_has_not_kept_is_not_waited_for() -> None:
    class Slow(FakeTextToSpeech):
        async def _chunks(self, text: str) -> AsyncIterator[bytes]:
            if text != TEXT:
                await asyncio.Event().wait()
            async for chunk in super()._chunks(text):
                yield chunk

    voices = Voices()
    voices.first = Slow()
    voices.pair = SpeaksInTurn([Candidate("first", voices.first), Candidate("second", voices.second)])
    voices.first.fail(TEXT, DOWN)
    await voices.speak()

    assert await voices.speak("Goodbye!", cached=True) == voices.second.audio("Goodbye!")


async def test_leaving_a_voice_stops_it() -> None:
    voices = Voices()
    voices.first.fail(TEXT, DOWN)
    async with aclosing(voices.pair.speak(TEXT, VOICE)) as chunks:
        await anext(chunks)

    assert voices.second.stopped == [TEXT]


# --- recognition


class Ears:
    def __init__(self) -> None:
        self.first, self.second = FakeSpeechToText(), FakeSpeechToText()
        self.pair = HearsInTurn([Candidate("first", self.first), Candidate("second", self.second)])

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Recognition]:
        async with self.pair.listen(language="en-IN", vocabulary="clinic") as stream:
            yield stream


def _said(result_id: str, text: str, *, final: bool, start_ms: int = 0) -> Transcript:
    return Transcript(result_id, text, final, 0, (Word(text, start_ms, start_ms + 500, 0.9),))


async def _next(results: AsyncIterator[Transcript]) -> Transcript:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(results)


async def test_s1_the_first_recogniser_hears_all_there_is() -> None:
    ears = Ears()
    async with ears.listening() as stream:
        first = await ears.first.stream()
        stream.send(b"\1" * 800)
        stream.flush()
        first.say(_said("a", "yes", final=True))
        assert await _next(stream.results()) == _said("a", "yes", final=True)

    assert (first.language, first.vocabulary, first.flushes) == ("en-IN", "clinic", 1)
    assert bytes(first.audio) == b"\1" * 800
    assert first.closed
    assert ears.second.streams == []


async def test_s1_in_mid_call_the_second_recogniser_is_sent_the_sound_since_the_last_final() -> None:
    ears = Ears()
    async with ears.listening() as stream:
        results = stream.results()
        first = await ears.first.stream()
        for second in range(4):
            stream.send(bytes([second]) * 8000)
        first.say(_said("a", "yes", final=True, start_ms=500))
        first.say(_said("b", "book", final=False, start_ms=1500))
        heard = [await _next(results) for _ in range(2)]
        first.fail(DOWN)
        second_stream = await ears.second.stream()
        await ears.second.changes.until(lambda: len(second_stream.audio) == 3 * 8000)
        stream.send(b"\4" * 8000)
        second_stream.say(_said("x", "booking", final=True, start_ms=500))
        second_stream.say(_said("y", "thanks", final=True, start_ms=1500))
        heard += [await _next(results) for _ in range(2)]

    assert bytes(second_stream.audio) == b"".join(bytes([second]) * 8000 for second in range(1, 5))
    assert [(one.result_id, one.text, one.words[0].start_ms) for one in heard] == [
        ("a", "yes", 500),
        ("b", "book", 1500),
        ("b", "booking", 1500),
        ("2-y", "thanks", 2500),
    ]


async def test_the_sound_kept_for_another_recogniser_is_bounded() -> None:
    ears = Ears()
    async with ears.listening() as stream:
        first = await ears.first.stream()
        for _ in range(30):
            stream.send(bytes(8000))
        first.fail(DOWN)
        second = await ears.second.stream()
        await ears.second.changes.until(lambda: len(second.audio) >= failover.REPLAY_BYTES)

    assert len(second.audio) == failover.REPLAY_BYTES


async def test_the_next_call_begins_with_the_recogniser_that_is_well() -> None:
    ears = Ears()
    async with ears.listening():
        (await ears.first.stream()).fail(DOWN)
        await ears.second.stream()
    async with ears.listening():
        await ears.second.stream(1)

    assert len(ears.first.streams) == 1


async def test_when_each_recogniser_has_failed_without_a_word_the_last_error_is_raised() -> None:
    ears = Ears()
    async with ears.listening() as stream:
        (await ears.first.stream()).fail(Refused("no key"))
        (await ears.second.stream()).fail(DOWN)
        with pytest.raises(Unavailable):
            await _next(stream.results())


async def test_recognisers_that_hear_and_fail_take_turns() -> None:
    ears = Ears()
    async with ears.listening() as stream:
        results = stream.results()
        for ear, number in ((ears.first, 0), (ears.second, 0), (ears.first, 1)):
            heard = await ear.stream(number)
            heard.say(_said("a", "yes", final=True))
            assert (await _next(results)).text == "yes"
            heard.fail(DOWN)
        await ears.second.stream(1)


async def test_one_that_hears_is_gone_back_to_when_the_other_is_dead() -> None:
    ears = Ears()
    async with ears.listening() as stream:
        results = stream.results()
        (await ears.first.stream()).fail(Refused("no key"))
        well = await ears.second.stream()
        well.say(_said("a", "yes", final=True))
        await _next(results)
        well.fail(DOWN)
        (await ears.first.stream(1)).fail(Refused("no key"))
        (await ears.second.stream(1)).say(_said("a", "again", final=True))
        assert (await _next(results)).text == "again"
