"""Twilio's end of a media socket, held by a test: it writes what Twilio writes, and reads as strictly."""

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from shared.wire import mulaw, signature, twilio_media_carrier
from shared.wire.twilio_media import SendClear, SendMark, SendMedia
from tests.fakes import Changes

AUTH_TOKEN = "twelve-thirty"
STREAM_URL = "wss://voice.example.com/media"
SPEECH = Path(__file__).parents[2] / "bench" / "speech"
SILENCE = mulaw.SILENCE * mulaw.FRAME_BYTES


def speech(name: str = "tt-weasels") -> bytes:
    """Some seconds of a human voice, as mu-law."""
    with wave.open(str(SPEECH / f"{name}.wav")) as recording:
        return mulaw.encode(recording.readframes(recording.getnframes()))


class TwilioSocket:
    """One stream. What the server sent is in `commands`; with `plays` its marks are returned at once."""

    def __init__(self, connection: ClientConnection, stream_sid: str, *, plays: bool = True) -> None:
        self.connection = connection
        self.stream_sid = stream_sid
        self.plays = plays
        self.changes = Changes()
        self.commands: list[SendMedia | SendMark | SendClear] = []
        self.close_code: int | None = None
        self._sequence = 0

    @property
    def sound(self) -> bytes:
        """All the mu-law received so far."""
        return b"".join(c.media.payload for c in self.commands if isinstance(c, SendMedia))

    @property
    def marks(self) -> list[str]:
        return [c.mark.name for c in self.commands if isinstance(c, SendMark)]

    @property
    def clears(self) -> int:
        return sum(isinstance(c, SendClear) for c in self.commands)

    async def start(self, call_sid: str, token: str | None) -> None:
        """`connected` and `start`."""
        await self.text(twilio_media_carrier.connected())
        parameters = {} if token is None else {"token": token}
        account = "AC" + "0" * 32
        await self.text(
            twilio_media_carrier.start(
                self.stream_sid, self._next(), account_sid=account, call_sid=call_sid, parameters=parameters
            )
        )

    async def say(self, ulaw: bytes) -> None:
        """Send sound in frames of 20 ms, without waiting between them."""
        for at in range(0, len(ulaw), mulaw.FRAME_BYTES):
            sequence = self._next()
            frame = ulaw[at : at + mulaw.FRAME_BYTES]
            await self.text(
                twilio_media_carrier.media(
                    self.stream_sid, sequence, chunk=sequence, timestamp_ms=20 * sequence, ulaw=frame
                )
            )

    async def press(self, digit: str) -> None:
        await self.text(twilio_media_carrier.dtmf(self.stream_sid, self._next(), digit))

    async def mark(self, name: str) -> None:
        await self.text(twilio_media_carrier.mark(self.stream_sid, self._next(), name))

    async def stop(self, call_sid: str) -> None:
        account = "AC" + "0" * 32
        stop = twilio_media_carrier.stop(self.stream_sid, self._next(), account_sid=account, call_sid=call_sid)
        await self.text(stop)

    async def text(self, text: str) -> None:
        await self.connection.send(text)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what the server sent makes `condition` true."""
        await self.changes.until(condition)

    async def closed(self) -> int:
        """The code the server closed with."""
        await self.changes.until(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    async def listen(self) -> None:
        """Take in what the server sends, until it closes."""
        try:
            async for text in self.connection:
                command = twilio_media_carrier.decode(text, self.stream_sid)
                self.commands.append(command)
                if isinstance(command, SendMark) and self.plays:
                    await self.mark(command.mark.name)
                self.changes.tell()
        except ConnectionClosed:
            pass
        self.close_code = self.connection.close_code
        self.changes.tell()

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


@asynccontextmanager
async def upgraded(port: int, *, signed: str | None = None, path: str = "/media") -> AsyncIterator[ClientConnection]:
    """A socket whose upgrade carries Twilio's signature, or another."""
    given = signature.sign(AUTH_TOKEN, STREAM_URL) if signed is None else signed
    headers = {signature.HEADER: given} if given else {}
    address = f"ws://127.0.0.1:{port}{path}"
    async with connect(address, additional_headers=headers, compression=None, proxy=None) as connection:
        yield connection


@asynccontextmanager
async def calling(
    port: int, call_sid: str, token: str | None, *, stream: int = 1, plays: bool = True
) -> AsyncIterator[TwilioSocket]:
    """A started stream of a call, taken down at the end as when the network breaks."""
    async with upgraded(port) as connection, asyncio.TaskGroup() as tasks:
        line = TwilioSocket(connection, f"MZ{stream:032x}", plays=plays)
        listening = tasks.create_task(line.listen())
        await line.start(call_sid, token)
        yield line
        await connection.close()
        listening.cancel()
