"""The browser as a telephone, over one WebSocket.

Binary frames are mu-law at 8 kHz: up what the microphone hears (any length), down 160 bytes every 20 ms. Text frames
are JSON:

    up    {"type": "dial", "to": "+1..", "from": "+1.."}   {"type": "answer"}   {"type": "hangup"}
          {"type": "digit", "digit": "5"}                  {"type": "say", "text": ".."}  speak a typed line
    down  {"type": "ringing", "call_sid"?}   {"type": "answered", "call_sid"}   {"type": "ended", "status"}
          {"type": "refused", "why"}
"""

import asyncio
import json
from contextlib import suppress
from typing import Annotated, Literal, assert_never

from aiohttp import WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from local.carrier.exchange import Exchange, UnknownNumber
from local.carrier.handset import Answer, Handset, PhoneBusy, PhoneFailed
from local.carrier.speech import SpeechUnavailable, Voice
from shared.wire import mulaw

MAX_MESSAGE_BYTES = 64 * 1024
_MAX_WAITING = 250
# A microphone's frames come unevenly: more than this is delay nobody wants, so the oldest go.
_MOST_MOUTH_BYTES = 400 * mulaw.BYTES_PER_MS
_KEPT_MOUTH_BYTES = 100 * mulaw.BYTES_PER_MS

type _Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Dial(_Order):
    type: Literal["dial"]
    to: _Number
    from_: _Number = Field(alias="from")


class _Answer(_Order):
    type: Literal["answer"]


class _HangUp(_Order):
    type: Literal["hangup"]


class _Digit(_Order):
    type: Literal["digit"]
    digit: str = Field(pattern=r"^[0-9*#A-D]$", repr=False)


class _Say(_Order):
    type: Literal["say"]
    text: str = Field(min_length=1, max_length=3000, repr=False)
    voice: str = "Polly.Joanna-Neural"


type _Anything = Annotated[_Dial | _Answer | _HangUp | _Digit | _Say, Field(discriminator="type")]
_orders: TypeAdapter[_Anything] = TypeAdapter(_Anything)


class BrowserPhone:
    """One browser; in one call at a time."""

    def __init__(self, exchange: Exchange, socket: web.WebSocketResponse) -> None:
        self._exchange = exchange
        self._socket = socket
        self._outgoing: asyncio.Queue[bytes | str] = asyncio.Queue(_MAX_WAITING)
        self._handset: Handset | None = None
        self._decision: asyncio.Future[Answer] | None = None
        self._in_use = False
        self._typed = False

    async def prepare(self, voice: Voice) -> None:
        if self._in_use:
            raise PhoneBusy("the browser is in a call")
        self._in_use = True

    async def ring(self) -> Answer:
        self._decision = asyncio.get_running_loop().create_future()
        self._tell(type="ringing")
        return await self._decision

    async def talk(self, handset: Handset) -> None:
        self._handset = handset
        handset.listener = self._hear
        self._tell(type="answered", call_sid=handset.call_sid)

    async def ended(self, status: str) -> None:
        self._handset = None
        self._in_use = False
        self._tell(type="ended", status=status)

    async def serve(self) -> None:
        """Until the browser leaves; a call in progress is then hung up."""
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write())
            try:
                async for message in self._socket:
                    if message.type is WSMsgType.BINARY:
                        self._speak(message.data)
                    elif message.type is WSMsgType.TEXT:
                        await self._obey(message.data)
            finally:
                self._hang_up()
                writer.cancel()

    async def _obey(self, text: str) -> None:
        try:
            order = _orders.validate_json(text)
        except ValidationError:
            self._tell(type="refused", why="not a message of this phone")
            return
        match order:
            case _Dial():
                await self._dial(order)
            case _Answer():
                self._decide(Answer.PICKED_UP)
            case _HangUp():
                self._hang_up()
            case _Digit():
                if self._handset:
                    self._handset.press(order.digit)
            case _Say():
                await self._say(order)
            case _:
                assert_never(order)

    async def _dial(self, order: _Dial) -> None:
        try:
            call = await self._exchange.dial_in(order.from_, order.to, self)
        except UnknownNumber:
            self._tell(type="refused", why="the number is not in service")
        except PhoneFailed as failed:
            self._tell(type="refused", why=str(failed))
        else:
            self._handset = call.handset
            self._tell(type="ringing", call_sid=call.record.sid)

    async def _say(self, order: _Say) -> None:
        try:
            sound = await self._exchange.plant.voice.say(order.text, order.voice)
        except SpeechUnavailable as failed:
            self._tell(type="refused", why=str(failed))
            return
        if self._handset:
            self._typed = True
            self._handset.speak(sound)

    def _speak(self, ulaw: bytes) -> None:
        """The microphone, unless a typed line is being spoken."""
        if self._handset is None or (self._typed and self._handset.speaking):
            return
        self._typed = False
        self._handset.speak(ulaw)
        self._handset.trim(_MOST_MOUTH_BYTES, _KEPT_MOUTH_BYTES)

    def _hang_up(self) -> None:
        self._decide(Answer.BUSY)
        if self._handset:
            self._handset.hang_up()

    def _decide(self, answer: Answer) -> None:
        if self._decision and not self._decision.done():
            self._decision.set_result(answer)

    def _hear(self, frame: bytes) -> None:
        # A browser that does not keep up loses sound, never events.
        if not self._outgoing.full():
            self._outgoing.put_nowait(frame)

    def _tell(self, **event: str) -> None:
        if self._outgoing.full():
            self._outgoing.get_nowait()
        self._outgoing.put_nowait(json.dumps(event))

    async def _write(self) -> None:
        with suppress(ConnectionError):
            while True:
                message = await self._outgoing.get()
                if isinstance(message, bytes):
                    await self._socket.send_bytes(message)
                else:
                    await self._socket.send_str(message)
