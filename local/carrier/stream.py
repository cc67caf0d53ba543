"""The media socket of <Connect><Stream>: opened as Twilio opens it, fed on the line's clock, as strict as Twilio.

Nothing here may hold up the line: the tick only queues messages, a writer task sends them. A server that does not
read loses media (31930); one that writes faster than its marks can be told is read more slowly.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

import aiohttp

from local.carrier import errors
from local.carrier.call import Call
from local.carrier.record import Webhook
from local.carrier.routes import MalformedUrl, NoRoute
from shared.wire import signature, twilio_media_carrier
from shared.wire.twilio_media import SendClear, SendMark, SendMedia

_HANDSHAKE_S = 10
_CLOSE_S = 2
_MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Ten minutes of sound in one message; Twilio documents no limit."""
_MAX_WAITING_MEDIA = 250
_MAX_WAITING = 1000
_SOCKET_TIMEOUT = aiohttp.ClientWSTimeout(ws_close=_CLOSE_S)
_NORMAL_CLOSES = frozenset({1000, 1001, 1005})


class StreamFailed(Exception):
    """The stream could not be opened, or broke; `code` is Twilio's error code."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(why)
        self.code = code


class MediaStream:
    """One stream of one call. `run` returns when it is over, whoever ended it."""

    def __init__(
        self,
        call: Call,
        *,
        sid: str,
        url: str,
        name: str,
        track: str,
        callback: Webhook | None,
        parameters: Mapping[str, str],
    ) -> None:
        self._call = call
        self._line = call.line
        self._sid = sid
        self._url = url
        self._name = name
        self._track = track
        self._callback = callback
        self._parameters = parameters
        self._outgoing: deque[str] = deque()
        self._queued = asyncio.Event()
        self._moved = asyncio.Event()
        self._sequence = 0
        self._chunk = 0
        self._begun_ms = 0
        self._warned: set[int] = set()

    async def run(self) -> None:
        """Connect, carry sound and messages until either side ends it. Failures are reported, not raised."""
        self._call.timeline.note("stream", state="opening", stream_sid=self._sid)
        try:
            socket = await self._open()
        except StreamFailed as failed:
            self._fault(failed.code, str(failed))
            return
        self._report("stream-started")
        self._begin()
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write(socket))
                await self._read(socket)
                writer.cancel()
        except* StreamFailed as failures:
            for failure in failures.exceptions:
                self._fault(getattr(failure, "code", 31900), str(failure))
        finally:
            self._line.frame_listeners.discard(self._on_frame)
            self._line.key_listeners.discard(self._on_key)
            self._line.mark_listener = None
            self._line.playout.clear()
            await self._close(socket)
            self._report("stream-stopped")

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        """The upgrade request, signed over the URL of the TwiML. Raises StreamFailed."""
        if self._track != "inbound_track":
            raise StreamFailed(31941)
        # Twilio sends no query; whoever put a token there waits for it in vain.
        url = self._url.partition("#")[0].partition("?")[0]
        if not url.startswith("wss://"):
            raise StreamFailed(31922 if "://" in url else 31923)
        try:
            destination = self._call.plant.routes.destination(url)
        except MalformedUrl as error:
            raise StreamFailed(31923, str(error)) from None
        except NoRoute as error:
            raise StreamFailed(31904, str(error)) from None
        headers = {
            "Host": destination.host,
            "User-Agent": "TwilioMediaStreams/1.0",
            signature.HEADER.lower(): signature.sign(self._call.plant.auth_token, url),
        }
        try:
            async with asyncio.timeout(_HANDSHAKE_S):
                return await self._call.plant.session.ws_connect(
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

    def _begin(self) -> None:
        record = self._call.record
        self._begun_ms = self._line.now_ms
        self._send(twilio_media_carrier.connected())
        self._send(
            twilio_media_carrier.start(
                self._sid,
                self._next(),
                account_sid=record.account_sid,
                call_sid=record.sid,
                parameters=self._parameters,
            )
        )
        self._line.frame_listeners.add(self._on_frame)
        self._line.key_listeners.add(self._on_key)
        self._line.mark_listener = self._on_mark

    def _on_frame(self, frame: bytes) -> None:
        self._chunk += 1
        if len(self._outgoing) >= _MAX_WAITING_MEDIA:
            self._warn(31930)
            return
        elapsed = self._line.now_ms - self._begun_ms
        message = twilio_media_carrier.media(
            self._sid, self._next(), chunk=self._chunk, timestamp_ms=elapsed, ulaw=frame
        )
        self._send(message)

    def _on_key(self, digit: str) -> None:
        self._send(twilio_media_carrier.dtmf(self._sid, self._next(), digit))

    def _on_mark(self, name: str) -> None:
        self._call.timeline.note("mark", name=name[:64])
        self._send(twilio_media_carrier.mark(self._sid, self._next(), name))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Obey the server until it closes. Raises StreamFailed when it did not close properly."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._obey(message.data)
                while len(self._outgoing) > _MAX_WAITING:
                    self._moved.clear()
                    await self._moved.wait()
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._warn(31950)
            elif message.type is aiohttp.WSMsgType.ERROR:
                raise StreamFailed(31924, str(message.data))
        code = socket.close_code
        if code == 1006:
            raise StreamFailed(31903)
        if code in (1002, 1007, 1009):
            raise StreamFailed(31924, f"close code {code}")
        if code is not None and code not in _NORMAL_CLOSES:
            raise StreamFailed(31921, f"close code {code}")

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
                if playout.mark(command.mark.name):
                    self._tell_due()
                else:
                    self._warn(31951)
            case SendClear():
                waiting = playout.waiting_ms
                names = playout.clear()
                self._call.timeline.note("clear", dropped_ms=waiting, marks=len(names))
                for name in names:
                    self._on_mark(name)
            case _:
                assert_never(command)

    def _tell_due(self) -> None:
        """A mark with nothing left to play before it comes back at once."""
        for name in self._line.playout.due():
            self._on_mark(name)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            while True:
                while self._outgoing:
                    await socket.send_str(self._outgoing[0])
                    self._outgoing.popleft()
                    self._moved.set()
                self._queued.clear()
                await self._queued.wait()
        except (aiohttp.ClientError, OSError):
            # The reader learns of it too and says why.
            return

    async def _close(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        record = self._call.record
        farewell = twilio_media_carrier.stop(
            self._sid, self._next(), account_sid=record.account_sid, call_sid=record.sid
        )
        try:
            if not socket.closed:
                async with asyncio.timeout(_CLOSE_S):
                    await socket.send_str(farewell)
        except (TimeoutError, aiohttp.ClientError, OSError):
            self._call.timeline.note("stream", state="stop not taken", stream_sid=self._sid)
        finally:
            await socket.close()

    def _send(self, message: str) -> None:
        self._outgoing.append(message)
        self._queued.set()

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _warn(self, code: int) -> None:
        """A warning is given once a stream."""
        if code not in self._warned:
            self._warned.add(code)
            self._fault(code)

    def _fault(self, code: int, why: str = "") -> None:
        self._call.fault(code, why)
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
