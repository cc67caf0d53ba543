"""The media socket of <Connect><Stream>: opened as Twilio opens it, fed on the line's clock, as strict as Twilio.

Nothing here may hold up the line: the tick only queues messages, a writer task sends them. A server that does not
read loses media (31930); one that writes faster than its marks can be told is read more slowly.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import assert_never

import aiohttp

from local.carrier import errors
from local.carrier.call import Call
from local.carrier.outbox import Outbox
from local.carrier.plant import Plant
from local.carrier.record import Webhook
from local.carrier.routes import MalformedUrl, NoRoute
from shared.wire import signature, twilio_media_carrier
from shared.wire.twilio_media import SendClear, SendMark, SendMedia

_HANDSHAKE_S = 10
_CLOSE_S = 1
_MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Ten minutes of sound in one message; Twilio documents no limit."""
_SOCKET_TIMEOUT = aiohttp.ClientWSTimeout(ws_close=_CLOSE_S)
_NORMAL_CLOSES = frozenset({1000, 1001, 1005})
_PROTOCOL_CLOSES = frozenset({1002, 1007, 1009})


class StreamFailed(Exception):
    """The stream could not be opened, or broke; `code` is Twilio's error code."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(why)
        self.code = code


class MediaStream:
    """One stream of one call. `run` returns when it is over, whoever ended it."""

    def __init__(
        self, call: Call, *, sid: str, name: str, callback: Webhook | None, parameters: Mapping[str, str]
    ) -> None:
        self._call = call
        self._line = call.line
        self._sid = sid
        self._name = name
        self._callback = callback
        self._parameters = parameters
        self._outbox = Outbox()
        self._sequence = 0
        self._chunk = 0
        self._begun_ms = 0
        self._leaving = False
        self._warned: set[int] = set()

    async def run(self, url: str, track: str) -> None:
        """Connect, carry sound and messages until either side ends it. Failures are reported, not raised."""
        self._call.timeline.note("stream", state="opening", stream_sid=self._sid)
        try:
            socket = await _open(self._call.plant, url, track)
        except StreamFailed as failed:
            self._fault(failed.code, str(failed))
            return
        self._report("stream-started")
        self._begin()
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._outbox.send_all(socket))
                reader = tasks.create_task(self._read(socket))
                try:
                    # Never cancelled while it receives: the socket could not be closed properly any more.
                    await asyncio.wait({reader})
                finally:
                    self._leave()
                    writer.cancel()
                    await self._close(socket)
        except* StreamFailed as failures:
            for failure in failures.exceptions:
                self._fault(getattr(failure, "code", 31900), str(failure))
        finally:
            self._report("stream-stopped")

    def _begin(self) -> None:
        record = self._call.record
        self._begun_ms = self._line.now_ms
        start = twilio_media_carrier.start(
            self._sid,
            self._next(),
            account_sid=record.account_sid,
            call_sid=record.sid,
            parameters=self._parameters,
        )
        self._outbox.put(twilio_media_carrier.connected())
        self._outbox.put(start)
        self._line.frame_listeners.add(self._on_frame)
        self._line.key_listeners.add(self._on_key)
        self._line.mark_listener = self._on_mark

    def _leave(self) -> None:
        self._leaving = True
        self._line.frame_listeners.discard(self._on_frame)
        self._line.key_listeners.discard(self._on_key)
        self._line.mark_listener = None
        self._line.playout.clear()

    def _on_frame(self, frame: bytes) -> None:
        self._chunk += 1
        if self._outbox.behind:
            self._warn(31930)
            return
        elapsed = self._line.now_ms - self._begun_ms
        message = twilio_media_carrier.media(
            self._sid, self._next(), chunk=self._chunk, timestamp_ms=elapsed, ulaw=frame
        )
        self._outbox.put(message)

    def _on_key(self, digit: str) -> None:
        self._outbox.put(twilio_media_carrier.dtmf(self._sid, self._next(), digit))

    def _on_mark(self, name: str) -> None:
        self._call.timeline.note("mark", name=name[:64])
        self._outbox.put(twilio_media_carrier.mark(self._sid, self._next(), name))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Obey the server until it closes. Raises StreamFailed when it did not close properly."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._obey(message.data)
                await self._outbox.room()
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._warn(31950)
            elif message.type is aiohttp.WSMsgType.ERROR:
                raise StreamFailed(31924, type(message.data).__name__)
        code = socket.close_code
        if self._leaving or code in _NORMAL_CLOSES:
            return
        if code in (None, 1006):
            raise StreamFailed(31903)
        raise StreamFailed(31924 if code in _PROTOCOL_CLOSES else 31921, f"close code {code}")

    def _obey(self, text: str) -> None:
        try:
            command = twilio_media_carrier.decode(text, self._sid)
        except twilio_media_carrier.InvalidCommand:
            self._warn(31951)
            return
        playout = self._line.playout
        match command:
            case SendMedia():
                if not playout.feed(command.media.payload):
                    self._warn(31931)
            case SendMark():
                if not playout.mark(command.mark.name):
                    self._warn(31951)
                # With nothing left to play before it, it comes back at once.
                for name in playout.due():
                    self._on_mark(name)
            case SendClear():
                waiting = playout.waiting_ms
                names = playout.clear()
                self._call.timeline.note("clear", dropped_ms=waiting, marks=len(names))
                for name in names:
                    self._on_mark(name)
            case _:
                assert_never(command)

    async def _close(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        record = self._call.record
        farewell = twilio_media_carrier.stop(
            self._sid, self._next(), account_sid=record.account_sid, call_sid=record.sid
        )
        try:
            async with asyncio.timeout(_CLOSE_S):
                if not socket.closed:
                    await socket.send_str(farewell)
        except (TimeoutError, aiohttp.ClientError, OSError):
            self._call.timeline.note("stream", state="stop not taken", stream_sid=self._sid)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * _CLOSE_S):
                    await socket.close()

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _warn(self, code: int) -> None:
        """A warning is given once a stream."""
        if code not in self._warned:
            self._warned.add(code)
            self._fault(code)

    def _fault(self, code: int, why: str = "") -> None:
        self._call.timeline.fault(code, why)
        self._report("stream-error", f"{code} {errors.text(code)}{f' ({why})' if why else ''}")

    def _report(self, event: str, error: str = "") -> None:
        if event != "stream-error":
            self._call.timeline.note("stream", state=event.removeprefix("stream-"), stream_sid=self._sid)
        if self._callback is None:
            return
        fields = [
            ("AccountSid", self._call.record.account_sid),
            ("CallSid", self._call.record.sid),
            ("StreamSid", self._sid),
            ("StreamName", self._name),
            ("StreamEvent", event),
            ("Timestamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")),
        ]
        if error:
            fields.append(("StreamError", error))
        self._call.notify(self._callback, fields, "stream")


async def _open(plant: Plant, url: str, track: str) -> aiohttp.ClientWebSocketResponse:
    """The upgrade request, signed over the URL of the TwiML. Raises StreamFailed."""
    if track != "inbound_track":
        raise StreamFailed(31941)
    # Twilio sends no query: whoever put a token there waits for it in vain.
    url = url.partition("#")[0].partition("?")[0]
    if not url.startswith("wss://"):
        raise StreamFailed(31922 if "://" in url else 31923)
    try:
        destination = plant.routes.destination(url)
    except MalformedUrl as error:
        raise StreamFailed(31923, str(error)) from None
    except NoRoute as error:
        raise StreamFailed(31904, str(error)) from None
    headers = {
        "Host": destination.host,
        "User-Agent": "TwilioMediaStreams/1.0",
        signature.HEADER.lower(): signature.sign(plant.auth_token, url),
    }
    try:
        async with asyncio.timeout(_HANDSHAKE_S):
            return await plant.session.ws_connect(
                destination.url, headers=headers, max_msg_size=_MAX_MESSAGE_BYTES, timeout=_SOCKET_TIMEOUT
            )
    except aiohttp.WSServerHandshakeError as error:
        raise StreamFailed(31920, f"answered {error.status}") from None
    except TimeoutError:
        raise StreamFailed(31901) from None
    except aiohttp.ClientConnectorError:
        raise StreamFailed(31902) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise StreamFailed(31920, type(error).__name__) from None
