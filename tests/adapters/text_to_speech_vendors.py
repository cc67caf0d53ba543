"""The far ends of the port TextToSpeech, one for each vendor, which all do the same when told.

A text sounds like itself, a hundred times over, in two chunks.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from shared.adapters.cartesia import Cartesia
from shared.adapters.elevenlabs import ElevenLabs
from shared.adapters.polly import Polly
from shared.adapters.polly_stream import PollyStream
from shared.core.agent import Voice
from shared.ports import Refused, TextToSpeech
from tests.adapters import cartesia_server, polly_stream_server
from tests.adapters.cartesia_server import CartesiaServer, Utterance
from tests.adapters.http_server import Exchange, HttpServer
from tests.fakes import PATIENCE_S, Changes, FakeTextToSpeech

VOICE = Voice("Joanna", elsewhere={"cartesia": cartesia_server.VOICE_ID, "elevenlabs": "a-voice"})


class Vendor(Protocol):
    text_to_speech: TextToSpeech
    changes: Changes

    def audio(self, text: str) -> bytes: ...
    def refuse_after_first_chunk(self, text: str) -> None: ...
    def hold_after_first_chunk(self, text: str) -> asyncio.Event: ...
    def given_up(self) -> int:
        """How many utterances were not wanted to the end."""
        ...


class Remote(Vendor, Protocol):
    """A vendor behind a socket, on its bad days."""

    def fail(self, status: int) -> None:
        """Answer the next request with an error of that HTTP status, whose text quotes "tell-no-one"."""
        ...

    def stall(self, *, after_chunks: int) -> None: ...
    def reset(self, *, after_chunks: int) -> None: ...
    def talk_nonsense(self) -> None: ...
    def say_nothing(self) -> None:
        """Be done with the next text at once."""
        ...


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


class Scripted:
    """How the next text is answered: once as told, then whole again."""

    def __init__(self) -> None:
        self._fault: tuple[str, int] = ("", 0)

    def audio(self, text: str) -> bytes:
        return text.encode() * 100

    def refuse_after_first_chunk(self, text: str) -> None:
        self.reset(after_chunks=1)

    def hold_after_first_chunk(self, text: str) -> asyncio.Event:
        self.stall(after_chunks=1)
        return asyncio.Event()

    def fail(self, status: int) -> None:
        self._fault = ("status", status)

    def stall(self, *, after_chunks: int) -> None:
        self._fault = ("stall", after_chunks)

    def reset(self, *, after_chunks: int) -> None:
        self._fault = ("reset", after_chunks)

    def talk_nonsense(self) -> None:
        self._fault = ("nonsense", 0)

    def say_nothing(self) -> None:
        self._fault = ("nothing", 0)

    def next_fault(self) -> tuple[str, int]:
        fault, self._fault = self._fault, ("", 0)
        return fault


class HttpVendor(Scripted):
    """A vendor that answers one POST with the sound; `text_in` finds the words in the request."""

    def __init__(self, server: HttpServer, adapter: TextToSpeech, text_in: str) -> None:
        super().__init__()
        self.server = server
        self.text_to_speech = adapter
        self.changes = server.changes
        self._text_in = text_in
        server.script(*[self._speak] * 20)

    def given_up(self) -> int:
        return self.server.hung_up

    async def _speak(self, exchange: Exchange) -> None:
        fault, number = self.next_fault()
        audio = self.audio(requested(exchange)[self._text_in])
        if fault == "status":
            await exchange.answer("application/json", b'{"message":"tell-no-one"}', number)
            return
        if fault == "nonsense":
            await exchange.write(b"\0\1\2 nonsense\r\n\r\n")
            exchange.reset()
        await exchange.begin("audio/basic", x_amzn_RequestCharacters="13")
        parts = () if fault == "nothing" else (audio[:500], audio[500:])
        for at, part in enumerate(parts):
            if fault in ("stall", "reset") and at == number:
                break
            await exchange.chunk(part)
        if fault == "stall":
            await exchange.client_hangs_up()
        if fault == "reset":
            exchange.reset()
        await exchange.end()


class CartesiaVendor(Scripted):
    def __init__(self, server: CartesiaServer, cartesia: Cartesia) -> None:
        super().__init__()
        self.server = server
        self.text_to_speech: TextToSpeech = cartesia
        self.changes = server.changes
        server.script(*[self._speak] * 20)

    def given_up(self) -> int:
        return len(self.server.cancelled)

    async def _speak(self, utterance: Utterance) -> None:
        fault, number = self.next_fault()
        audio = self.audio(utterance.request["transcript"])
        if fault == "status":
            await utterance.error(number, "some_error")
            return
        if fault == "nonsense":
            await utterance.raw("?")
            return
        for at, part in enumerate(() if fault == "nothing" else (audio[:500], audio[500:])):
            if fault in ("stall", "reset") and at == number:
                break
            await utterance.chunk(part)
        if fault == "stall":
            await utterance.stall()
        elif fault == "reset":
            utterance.reset()
        else:
            await utterance.done()


class PollyStreamVendor(Scripted):
    def __init__(self, server: polly_stream_server.PollyStreamServer, polly: PollyStream) -> None:
        super().__init__()
        self.server = server
        self.text_to_speech: TextToSpeech = polly
        self.changes = server.changes
        server.script(*[self._speak] * 20)

    def given_up(self) -> int:
        return self.server.cancelled

    async def _speak(self, utterance: polly_stream_server.Utterance) -> None:
        fault, number = self.next_fault()
        audio = self.audio(utterance.said[0][1]["Text"])
        if fault == "status":
            utterance.begin(number)
            utterance.end()
            return
        utterance.begin()
        if fault == "nonsense":
            utterance.talk_nonsense()
            return
        for at, part in enumerate(() if fault == "nothing" else (audio[:500], audio[500:])):
            if fault in ("stall", "reset") and at == number:
                break
            utterance.sound(part)
        if fault == "stall":
            await utterance.cancelled.wait()
        elif fault == "reset":
            utterance.reset_stream()
        else:
            utterance.closed()
            utterance.end()


def requested(exchange: Exchange) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(exchange.body)
    return body


@asynccontextmanager
async def running(name: str, **limits: Any) -> AsyncIterator[Remote]:
    """The vendor of that name, on a socket of its own. `limits` are its adapter's; AWS's keys are the environment's."""
    limits = {"first_byte_s": PATIENCE_S - 1, **limits}
    match name:
        case "polly":
            async with HttpServer().running() as server:
                options = {"endpoint": server.url, "per_second": 1e6, "burst": 1000, **limits}
                async with Polly.running(region="us-east-1", **options) as polly:
                    yield HttpVendor(server, polly, "Text")
        case "elevenlabs":
            async with (
                HttpServer().running() as server,
                ElevenLabs.running(**{"api_key": "a-secret", "endpoint": server.url, **limits}) as elevenlabs,
            ):
                yield HttpVendor(server, elevenlabs, "text")
        case "cartesia":
            cartesia_stand_in = CartesiaServer()
            async with cartesia_stand_in.running():
                options = {"endpoint": cartesia_stand_in.endpoint, **limits}
                async with Cartesia.running(api_key=cartesia_server.KEY, **options) as cartesia:
                    yield CartesiaVendor(cartesia_stand_in, cartesia)
        case "polly-stream":
            stand_in = polly_stream_server.PollyStreamServer()
            async with stand_in.running():
                options = {"endpoint": stand_in.url, **limits}
                async with PollyStream.running(region="us-east-1", **options) as stream:
                    yield PollyStreamVendor(stand_in, stream)
        case _:
            raise LookupError(name)


REMOTE = ("polly", "polly-stream", "cartesia", "elevenlabs")
