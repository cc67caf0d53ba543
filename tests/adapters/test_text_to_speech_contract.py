"""What every TextToSpeech does: the fake, and Polly over its own protocol."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Protocol

import pytest

from shared.adapters.polly import Polly
from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, TextToSpeech
from tests.adapters.http_server import Exchange, HttpServer
from tests.fakes import PATIENCE_S, Changes, FakeTextToSpeech

VOICE = Voice("Joanna")
TEXT = "Good morning."


class Vendor(Protocol):
    """The far end of the port."""

    text_to_speech: TextToSpeech
    changes: Changes

    def audio(self, text: str) -> bytes: ...
    def refuse_after_first_chunk(self, text: str) -> None: ...
    def hold_after_first_chunk(self, text: str) -> asyncio.Event: ...
    def given_up(self) -> int: ...


class FakeVendor:
    def __init__(self) -> None:
        self.fake = FakeTextToSpeech()
        self.text_to_speech: TextToSpeech = self.fake
        self.changes = self.fake.changes

    def audio(self, text: str) -> bytes:
        return self.fake.audio(text)

    def refuse_after_first_chunk(self, text: str) -> None:
        self.fake.fail(text, Refused("no"), after_chunks=1)

    def hold_after_first_chunk(self, text: str) -> asyncio.Event:
        return self.fake.hold(text)

    def given_up(self) -> int:
        return len(self.fake.stopped)


class PollyVendor:
    """Polly's REST protocol; a text sounds like itself, a hundred times over, in two chunks."""

    def __init__(self, server: HttpServer, polly: Polly) -> None:
        self.server = server
        self.text_to_speech: TextToSpeech = polly
        self.changes = server.changes
        self._hold: asyncio.Event | None = None
        self._break = False
        server.script(*[self._speak] * 10)

    def audio(self, text: str) -> bytes:
        return text.encode() * 100

    def refuse_after_first_chunk(self, text: str) -> None:
        self._break = True

    def hold_after_first_chunk(self, text: str) -> asyncio.Event:
        self._hold = asyncio.Event()
        return self._hold

    def given_up(self) -> int:
        return self.server.hung_up

    async def _speak(self, exchange: Exchange) -> None:
        audio = self.audio(requested(exchange)["Text"])
        await exchange.begin("audio/mulaw", x_amzn_RequestCharacters="13")
        await exchange.chunk(audio[:500])
        if self._break:
            exchange.reset()
        if self._hold is not None:
            await exchange.client_hangs_up()
        await exchange.chunk(audio[500:])
        await exchange.end()


def requested(exchange: Exchange) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(exchange.body)
    return body


@pytest.fixture(params=["fake", "polly"])
async def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendor]:
    if request.param == "fake":
        yield FakeVendor()
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    async with HttpServer().running() as server, Polly.running(region="us-east-1", endpoint=server.url) as polly:
        yield PollyVendor(server, polly)


async def _heard(vendor: Vendor, text: str, *, cached: bool = False) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([chunk async for chunk in vendor.text_to_speech.speak(text, VOICE, cached=cached)])


async def _collect(vendor: Vendor, chunks: list[bytes], *, cached: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async for chunk in vendor.text_to_speech.speak(TEXT, VOICE, cached=cached):
            chunks.append(chunk)  # noqa: PERF401 - what was heard before the failure counts


@pytest.mark.parametrize("cached", [False, True])
async def test_the_whole_text_is_heard_in_order(vendor: Vendor, cached: bool) -> None:
    assert await _heard(vendor, TEXT, cached=cached) == vendor.audio(TEXT)
    assert await _heard(vendor, TEXT, cached=cached) == vendor.audio(TEXT)


async def test_nothing_to_say_is_no_sound(vendor: Vendor) -> None:
    assert await _heard(vendor, "") == b""


@pytest.mark.parametrize("cached", [False, True])
async def test_a_failure_half_way_is_raised_after_what_was_heard(vendor: Vendor, cached: bool) -> None:
    vendor.refuse_after_first_chunk(TEXT)
    chunks: list[bytes] = []
    with pytest.raises(ProviderError):
        await _collect(vendor, chunks, cached=cached)

    assert chunks
    assert vendor.audio(TEXT).startswith(b"".join(chunks))


async def test_s2_the_first_sound_does_not_wait_for_the_last_and_stopping_stops_the_vendor(vendor: Vendor) -> None:
    vendor.hold_after_first_chunk(TEXT)
    async with aclosing(vendor.text_to_speech.speak(TEXT, VOICE)) as chunks:
        async with asyncio.timeout(PATIENCE_S):
            first = await anext(chunks)

    assert vendor.audio(TEXT).startswith(first)
    await vendor.changes.until(lambda: vendor.given_up() == 1)
