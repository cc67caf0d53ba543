"""TextToSpeech by Cartesia: many utterances at once over one WebSocket, mu-law at 8 kHz from the vendor to the wire.

From docs.cartesia.ai, read in 2026-11 (API version 2026-03-01): "Text to Speech (WebSocket)" (requests, `chunk`,
`done`, `error`, `cancel`; "scales up to dozens of concurrent generations" a socket), "Contexts", "Buffering" (a delay
of 0 speaks whole phrases at once), "Concurrency and WebSocket Limits" (429 when a plan's contexts are used up; idle
sockets are closed after some minutes). That the real service takes what is sent here is not proven.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from itertools import count
from typing import Any, Final

import msgspec

from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.speech.connections import Broken, Incoming, Pool, twice
from shared.speech.http import named_errors
from shared.speech.phrases import CACHE_BYTES, Phrases, in_time
from shared.speech.sockets import Connection, Frame, is_open, opened, write

PROVIDER: Final = "cartesia"
"""Under which an agent names its voice here."""
CONTEXTS_PER_SOCKET: Final = 24

_VERSION: Final = "2026-03-01"
_CONNECT_S: Final = 2.0


class Cartesia:
    """Speaks with any voice of the account. `endpoint` is `ws://` or `wss://`, host and port.

    Audio must begin within `first_byte_s`, connecting included; the vendor may take `whole_s` for the rest. Phrases
    asked for as `cached` are kept, up to `cache_bytes` of audio.
    """

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        *,
        api_key: str,
        endpoint: str = "wss://api.cartesia.ai",
        model: str = "sonic-3.5",
        first_byte_s: float = 3.0,
        whole_s: float = 10.0,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._tasks = tasks
        self._url = f"{endpoint.rstrip('/')}/tts/websocket"
        self._headers = {"X-API-Key": api_key, "Cartesia-Version": _VERSION}
        self._sockets = Pool(self._open)
        self._model = model
        self._first_byte_s = first_byte_s
        self._whole_s = whole_s
        self._phrases = Phrases("Cartesia", self._synthesise, tasks, cache_bytes)
        self._numbers = count(1)

    @classmethod
    @asynccontextmanager
    async def running(cls, **values: Any) -> AsyncIterator["Cartesia"]:
        """Connections of its own, closed on leaving. `values` are the constructor's."""
        async with asyncio.TaskGroup() as tasks:
            cartesia = cls(tasks, **values)
            try:
                yield cartesia
            finally:
                cartesia._phrases.stop()
                await cartesia._sockets.close()

    def speak(self, text: str, voice: Voice, *, cached: bool = False) -> AsyncGenerator[bytes]:
        """Audio as it arrives."""
        return self._phrases.speak(text, voice, cached=cached)

    def _synthesise(self, text: str, voice: Voice) -> AsyncGenerator[bytes]:
        begin_by = asyncio.get_running_loop().time() + self._first_byte_s
        return twice(lambda: self._utter(text, voice, begin_by))

    async def _utter(self, text: str, voice: Voice, begin_by: float) -> AsyncGenerator[bytes]:
        with named_errors("Cartesia"):
            async with asyncio.timeout_at(begin_by):
                socket = await self._sockets.any()
            with socket.context(f"utterance-{next(self._numbers)}") as context:
                socket.send(self._request(text, voice, context.id))
                sound = in_time(context.next, begin_by=begin_by, whole_s=self._whole_s)
                async with aclosing(sound) as chunks:
                    async for chunk in chunks:
                        yield chunk

    async def _open(self) -> "_Socket":
        socket = _Socket(await opened("Cartesia", self._url, self._headers, within_s=_CONNECT_S))
        self._tasks.create_task(socket.receive())
        return socket

    def _request(self, text: str, voice: Voice, context_id: str) -> str:
        voice_id = voice.elsewhere.get(PROVIDER)
        if voice_id is None:
            raise Refused("Cartesia: the agent names no voice of Cartesia's")
        request: dict[str, Any] = {
            "model_id": self._model,
            "transcript": text,
            "voice": {"mode": "id", "id": voice_id},
            "language": voice.language.partition("-")[0],
            "context_id": context_id,
            "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
            "max_buffer_delay_ms": 0,
            "continue": False,
        }
        if voice.rate != 1:
            request["generation_config"] = {"speed": voice.rate}
        return msgspec.json.encode(request).decode()


class _Message(msgspec.Struct, gc=False):
    """Any message, as far as we need it; `data` is base64, which msgspec decodes."""

    type: str
    context_id: str = ""
    data: bytes = b""
    status_code: int = 0
    error_code: str = ""


_decode = msgspec.json.Decoder(_Message).decode


class _Context(Incoming):
    """One utterance, by its name on the connection."""

    def __init__(self, context_id: str) -> None:
        super().__init__("Cartesia")
        self.id = context_id


class _Socket:
    """One connection, and the utterances on it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._contexts: dict[str, _Context] = {}
        self._silent = False
        """Whether an utterance was waited for in vain: no more are begun here."""

    @property
    def is_open(self) -> bool:
        return is_open(self._connection)

    @property
    def has_room(self) -> bool:
        return not self._silent and len(self._contexts) < CONTEXTS_PER_SOCKET

    @contextmanager
    def context(self, context_id: str) -> Iterator[_Context]:
        """An utterance; what is not wanted of it any more is cancelled."""
        context = self._contexts[context_id] = _Context(context_id)
        try:
            yield context
        except TimeoutError:
            self._silent = True
            raise
        finally:
            del self._contexts[context_id]
            if not context.over and self.is_open:
                self.send(msgspec.json.encode({"context_id": context_id, "cancel": True}).decode())
            if self._silent and not self._contexts:
                self._connection.transport.close()

    def send(self, message: str) -> None:
        if not self.is_open:
            raise Broken("Cartesia closed the connection")
        write(self._connection, message)

    async def receive(self) -> None:
        """Hand each message to its utterance, until the connection ends; with it end all."""
        error: ProviderError = Broken("Cartesia closed the connection")
        try:
            await self._connection.hear(self._hear)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            error = Unavailable("Cartesia sent something unreadable")
        finally:
            for context in self._contexts.values():
                context.end(error)
            self._connection.transport.close()

    def _hear(self, frame: Frame) -> None:
        message = _decode(frame)
        context = self._contexts.get(message.context_id)
        if context is None:
            return
        match message.type:
            case "chunk":
                context.add(message.data)
            case "done":
                context.end()
            case "error":
                context.end(_named(message))
            case _:
                pass  # timestamps, and what may come to be

    async def close(self) -> None:
        await self._connection.close()


def _named(message: _Message) -> ProviderError:
    """What an error means; its title and text are not read, for they may quote the caller's words."""
    code = message.error_code if re.fullmatch(r"[a-z_]{1,60}", message.error_code) else str(message.status_code)
    if message.status_code == 429:
        return Throttled(f"Cartesia: {code}")
    return (Refused if 400 <= message.status_code < 500 else Unavailable)(f"Cartesia: {code}")
