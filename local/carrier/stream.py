"""A media stream: its socket opened as Twilio opens it, fed on the line's clock, as strict as Twilio.

Nothing here may hold up the line: the tick only queues messages, a writer task sends them. A server that does not
read loses media (31930); one that writes faster than its marks can be told is read more slowly.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

import aiohttp

from local.carrier import errors
from local.carrier.call import Call
from local.carrier.media_socket import CLOSE_S, StreamFailed, open_socket
from local.carrier.outbox import Outbox
from local.carrier.record import Webhook
from shared.wire import twilio_media_carrier

type Track = Literal["inbound", "outbound"]

_NORMAL_CLOSES = frozenset({1000, 1001, 1005})
_PROTOCOL_CLOSES = frozenset({1002, 1007, 1009})


class MediaStream(ABC):
    """One stream of one call. `run` returns when it is over, whoever ended it."""

    def __init__(
        self,
        call: Call,
        *,
        sid: str,
        name: str,
        callback: Webhook | None,
        parameters: Mapping[str, str],
        tracks: tuple[Track, ...] = ("inbound",),
    ) -> None:
        self.sid = sid
        self.name = name
        self.tracks = tracks
        self.call = call
        self.line = call.line
        self.callback = callback
        self._parameters = parameters
        self.outbox = Outbox()
        self._sequence = 0
        self._chunks = dict.fromkeys(tracks, 0)
        self._begun_ms = 0
        self._leaving = False
        self._warned: set[int] = set()

    @abstractmethod
    def listen(self) -> None:
        """The stream has begun: take part in the line."""

    @abstractmethod
    def unlisten(self) -> None:
        """It is over."""

    @abstractmethod
    def obey(self, text: str) -> None:
        """A message of the server."""

    async def run(self, url: str) -> None:
        """Connect, carry sound and messages until either side ends it. Failures are reported, not raised."""
        self.call.timeline.note("stream", state="opening", stream_sid=self.sid)
        try:
            socket = await open_socket(self.call.plant, url)
        except StreamFailed as failed:
            self.fault(failed.code, str(failed))
            return
        self._report("stream-started")
        self._begin()
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self.outbox.send_all(socket))
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
                self.fault(getattr(failure, "code", 31900), str(failure))
        finally:
            self._report("stream-stopped")

    def _begin(self) -> None:
        record = self.call.record
        self._begun_ms = self.line.now_ms
        start = twilio_media_carrier.start(
            self.sid,
            self.next(),
            account_sid=record.account_sid,
            call_sid=record.sid,
            parameters=self._parameters,
            tracks=self.tracks,
        )
        self.outbox.put(twilio_media_carrier.connected())
        self.outbox.put(start)
        self.listen()

    def _leave(self) -> None:
        self._leaving = True
        self.unlisten()

    def send_frame(self, track: Track, frame: bytes) -> None:
        """20 ms of one track; left out when the server does not keep up."""
        self._chunks[track] += 1
        if self.outbox.behind:
            self.warn(31930)
            return
        elapsed = self.line.now_ms - self._begun_ms
        message = twilio_media_carrier.media(
            self.sid, self.next(), chunk=self._chunks[track], timestamp_ms=elapsed, ulaw=frame, track=track
        )
        self.outbox.put(message)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Obey the server until it closes. Raises StreamFailed when it did not close properly."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.obey(message.data)
                await self.outbox.room()
            elif message.type is aiohttp.WSMsgType.BINARY:
                self.warn(31950)
            elif message.type is aiohttp.WSMsgType.ERROR:
                raise StreamFailed(31924, type(message.data).__name__)
        code = socket.close_code
        if self._leaving or code in _NORMAL_CLOSES:
            return
        if code in (None, 1006):
            raise StreamFailed(31903)
        raise StreamFailed(31924 if code in _PROTOCOL_CLOSES else 31921, f"close code {code}")

    async def _close(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        record = self.call.record
        farewell = twilio_media_carrier.stop(self.sid, self.next(), account_sid=record.account_sid, call_sid=record.sid)
        try:
            async with asyncio.timeout(CLOSE_S):
                if not socket.closed:
                    await socket.send_str(farewell)
        except (TimeoutError, aiohttp.ClientError, OSError):
            self.call.timeline.note("stream", state="stop not taken", stream_sid=self.sid)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * CLOSE_S):
                    await socket.close()

    def next(self) -> int:
        self._sequence += 1
        return self._sequence

    def warn(self, code: int) -> None:
        """A warning is given once a stream."""
        if code not in self._warned:
            self._warned.add(code)
            self.fault(code)

    def fault(self, code: int, why: str = "") -> None:
        self.call.timeline.fault(code, why)
        self._report("stream-error", f"{code} {errors.text(code)}{f' ({why})' if why else ''}")

    def _report(self, event: str, error: str = "") -> None:
        if event != "stream-error":
            self.call.timeline.note("stream", state=event.removeprefix("stream-"), stream_sid=self.sid)
        if self.callback is None:
            return
        fields = [
            ("AccountSid", self.call.record.account_sid),
            ("CallSid", self.call.record.sid),
            ("StreamSid", self.sid),
            ("StreamName", self.name),
            ("StreamEvent", event),
            ("Timestamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")),
        ]
        if error:
            fields.append(("StreamError", error))
        self.call.notify(self.callback, fields, "stream")
