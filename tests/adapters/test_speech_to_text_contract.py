"""What every SpeechToText does: the fake, and Transcribe over its own protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Protocol

import pytest

from shared.adapters.transcribe import Transcribe
from shared.ports import Recognition, Refused, SpeechToText, Transcript, Word
from shared.wire import mulaw
from tests.adapters.transcribe_server import CREDENTIALS, REGION, TranscribeServer
from tests.fakes import PATIENCE_S, FakeSpeechToText

FRAME = bytes(range(160))


class Vendor(Protocol):
    """The far end of the port."""

    speech_to_text: SpeechToText

    async def asked_for(self) -> tuple[str, str | None]: ...
    async def hears(self, ulaw_bytes: int) -> bytes: ...
    async def say(self, transcript: Transcript) -> None: ...
    async def refuse(self) -> None: ...


class FakeVendor:
    def __init__(self) -> None:
        self.fake = FakeSpeechToText()
        self.speech_to_text: SpeechToText = self.fake

    async def asked_for(self) -> tuple[str, str | None]:
        stream = await self.fake.stream()
        return stream.language, stream.vocabulary

    async def hears(self, ulaw_bytes: int) -> bytes:
        stream = await self.fake.stream()
        await self.fake.changes.until(lambda: len(stream.audio) >= ulaw_bytes)
        return mulaw.decode(bytes(stream.audio))

    async def say(self, transcript: Transcript) -> None:
        (await self.fake.stream()).say(transcript)

    async def refuse(self) -> None:
        (await self.fake.stream()).fail(Refused("no such vocabulary"))


class TranscribeVendor:
    def __init__(self, server: TranscribeServer) -> None:
        self.server = server
        self.speech_to_text: SpeechToText = Transcribe(
            region=REGION, credentials=CREDENTIALS, endpoint=server.endpoint, backoff_s=0
        )

    async def asked_for(self) -> tuple[str, str | None]:
        query = (await self.server.connection()).query
        return query["language-code"], query.get("vocabulary-name")

    async def hears(self, ulaw_bytes: int) -> bytes:
        connection = await self.server.connection()
        await connection.hears(2 * ulaw_bytes)
        return bytes(connection.audio)

    async def say(self, transcript: Transcript) -> None:
        await (await self.server.connection()).say(transcript)

    async def refuse(self) -> None:
        await (await self.server.connection()).throw("BadRequestException", "no such vocabulary")


@pytest.fixture(params=["fake", "transcribe"])
async def vendor(request: pytest.FixtureRequest) -> AsyncIterator[Vendor]:
    if request.param == "fake":
        yield FakeVendor()
        return
    async with TranscribeServer().running() as server:
        yield TranscribeVendor(server)


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


@pytest.mark.parametrize("vocabulary", [None, "clinic"])
async def test_language_and_vocabulary_reach_the_vendor(vendor: Vendor, vocabulary: str | None) -> None:
    async with vendor.speech_to_text.listen(language="en-IN", vocabulary=vocabulary):
        assert await vendor.asked_for() == ("en-IN", vocabulary)


async def test_s1_partials_share_an_id_with_their_final_and_mark_their_stable_words(vendor: Vendor) -> None:
    partial = Transcript("r-1", "book a", False, 1, (Word("book", 200, 450), Word("a", 450, 520)))
    words = (Word("book", 200, 450, 0.98), Word("a", 450, 520, 0.9), Word("visit", 520, 900, 0.41))
    final = Transcript("r-1", "Book a visit.", True, 3, words)
    async with (
        vendor.speech_to_text.listen(language="en-US") as stream,
        aclosing(stream.results()) as results,
    ):
        await vendor.say(partial)
        assert await _next(results) == partial
        await vendor.say(final)
        assert await _next(results) == final


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
        await vendor.say(Transcript("r-1", "Yes.", True, 1, (Word("Yes", 0, 240, 0.9),)))
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
        with pytest.raises(Refused, match="no such vocabulary"):
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
