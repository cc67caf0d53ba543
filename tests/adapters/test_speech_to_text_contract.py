"""What every SpeechToText does: the fake, and each vendor's adapter over the vendor's own protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from shared.failover import Candidate
from shared.ports import Recognition, Refused, Transcript, Word
from shared.wire import mulaw
from streaming.failover import HearsInTurn
from tests.adapters.speech_to_text_vendors import REMOTE, VOCABULARY, FakeVendor, Vendor, running
from tests.fakes import PATIENCE_S

FRAME = bytes(range(160))


@pytest.fixture(params=["fake", "in turn", *REMOTE])
async def vendor(request: pytest.FixtureRequest) -> AsyncIterator[Vendor]:
    if request.param == "fake":
        yield FakeVendor()
        return
    if request.param == "in turn":
        vendor = FakeVendor()
        vendor.speech_to_text = HearsInTurn([Candidate("fake", vendor.fake)])
        yield vendor
        return
    async with running(request.param) as remote:
        yield remote


async def _next(results: AsyncIterator[Transcript]) -> Transcript:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(results)


async def _rest(stream: Recognition) -> list[Transcript]:
    async with asyncio.timeout(PATIENCE_S):
        return [transcript async for transcript in stream.results()]


async def test_audio_handed_over_at_once_reaches_the_vendor_in_order(vendor: Vendor) -> None:
    async with vendor.speech_to_text.listen(language="en-US") as stream:
        for number in range(10):
            stream.send(bytes([number]) * 160)
        heard = await vendor.hears(1600)

    assert heard == mulaw.decode(b"".join(bytes([number]) * 160 for number in range(10)))


@pytest.mark.parametrize("vocabulary", [None, VOCABULARY])
async def test_language_and_vocabulary_reach_the_vendor(vendor: Vendor, vocabulary: str | None) -> None:
    async with vendor.speech_to_text.listen(language="en-IN", vocabulary=vocabulary):
        assert await vendor.asked_for() == ("en-IN", vocabulary)


async def test_s1_partials_share_an_id_with_their_final_and_mark_their_stable_words(vendor: Vendor) -> None:
    partial = Transcript("r-1", "book a", False, 1, (Word("book", 200, 450), Word("a", 450, 520)))
    words = (Word("book", 200, 450, 0.98), Word("a", 450, 520, 0.9), Word("visit.", 520, 900, 0.41))
    final = Transcript("r-1", "book a visit.", True, 3, words)
    async with (
        vendor.speech_to_text.listen(language="en-US") as stream,
        aclosing(stream.results()) as results,
    ):
        await vendor.say(partial)
        early = await _next(results)
        while early.text != partial.text:
            early = await _next(results)
        await vendor.say(final)
        last = await _next(results)

    assert not early.is_final
    assert early.stable_words == 1
    assert (last.text, last.is_final, last.stable_words) == (final.text, True, 3)
    assert early.result_id == last.result_id
    if not vendor.measures_words:
        assert early.words == last.words == ()
        return
    assert [(word.text, word.start_ms, word.end_ms) for word in early.words] == [("book", 200, 450), ("a", 450, 520)]
    assert [(word.text, word.confidence) for word in last.words[1:]] == [("a", 0.9), ("visit.", 0.41)]


async def test_the_next_utterance_has_a_name_of_its_own(vendor: Vendor) -> None:
    async with (
        vendor.speech_to_text.listen(language="en-US") as stream,
        aclosing(stream.results()) as results,
    ):
        for name in ("r-1", "r-2"):
            await vendor.say(Transcript(name, "yes", True, 1, (Word("yes", 0, 240, 0.9),)))
        first, second = await _next(results), await _next(results)

    assert first.result_id != second.result_id


async def test_a_flush_is_a_hint_after_which_speech_goes_on(vendor: Vendor) -> None:
    async with (
        vendor.speech_to_text.listen(language="en-US") as stream,
        aclosing(stream.results()) as results,
    ):
        stream.flush()
        stream.send(FRAME * 10)
        stream.flush()
        stream.send(FRAME * 10)
        await vendor.hears(3200)
        await vendor.say(Transcript("r-1", "Yes.", True, 1, (Word("Yes.", 0, 240, 0.9),)))
        assert (await _next(results)).text == "Yes."


async def test_results_end_when_the_stream_is_closed(vendor: Vendor) -> None:
    async with vendor.speech_to_text.listen(language="en-US") as stream:
        stream.send(FRAME)
        await vendor.asked_for()

    assert await _rest(stream) == []


async def test_a_refusal_is_raised_where_results_are_read(vendor: Vendor) -> None:
    async with vendor.speech_to_text.listen(language="en-US") as stream:
        stream.send(FRAME)
        await vendor.refuse()
        with pytest.raises(Refused):
            await _rest(stream)


async def test_a_fault_of_the_user_of_the_stream_comes_out_as_it_is(vendor: Vendor) -> None:
    with pytest.raises(LookupError, match="ours"):
        async with vendor.speech_to_text.listen(language="en-US"):
            raise LookupError("ours")


async def test_audio_sent_after_the_vendor_gave_up_is_harmless(vendor: Vendor) -> None:
    async with vendor.speech_to_text.listen(language="en-US") as stream:
        await vendor.refuse()
        with pytest.raises(Refused):
            await _rest(stream)
        for _ in range(1000):
            stream.send(FRAME)
