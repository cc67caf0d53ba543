"""uvicorn, taught to drain. By itself it closes every WebSocket within 0.1 s of SIGTERM, whatever its timeouts say.

On the first signal: no more calls, those that live go on. At the deadline, or on a second signal, every call is let go
of with its progress saved, so that the next-step webhook takes it on elsewhere. Then the process exits, with status 0.
"""

import logging
import socket
import time
from types import FrameType

import uvicorn

from shared.wire.twilio_media import MAX_MESSAGE_BYTES
from streaming.app import StreamingApp
from streaming.loop_lag import LoopLag
from streaming.media_socket import MediaSocket

SECOND_SIGNAL_S = 1.0
"""A supervisor may signal a whole group and pass the signal on besides; who wants to hurry us takes longer."""
LEAVE_S = 35
"""For calls that were let go of to write out their records."""
TICK_S = 0.1
"""Between two ticks, in uvicorn's main loop."""
MINUTE_TICKS = 600

log = logging.getLogger(__name__)


class DrainingServer(uvicorn.Server):
    """Serves a StreamingApp; `serve` returns when it has drained."""

    def __init__(self, app: StreamingApp, *, host: str, port: int, drain_s: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                lifespan="off",
                ws=MediaSocket,
                ws_max_size=MAX_MESSAGE_BYTES,
                ws_per_message_deflate=False,
                backlog=1024,
                timeout_graceful_shutdown=2,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
            )
        )
        self._calls = app.calls
        self._drain_s = drain_s
        self._signalled_at: float | None = None
        self._leave_at: float | None = None
        self._left_at: float | None = None
        self._lag = LoopLag(TICK_S)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say where."""
        await super().startup(sockets)
        log.info("server_listening", extra={"port": self.bound_port})

    @property
    def bound_port(self) -> int:
        """The port it listens on, once started."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: drain; a second one: hurry. Two at once are one that came by two ways."""
        now = time.monotonic()
        if self._signalled_at is None:
            self._signalled_at, self._leave_at = now, now + self._drain_s
        elif now >= self._signalled_at + SECOND_SIGNAL_S:
            self._leave_at = now
        self._calls.drain()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: see how draining goes."""
        now = time.monotonic()
        self._lag.tick(now)
        if counter % MINUTE_TICKS == 0:
            self._report()
        if self._leave_at is not None and self._left_at is None and now >= self._leave_at:
            self._left_at = now
            log.warning("calls_let_go", extra={"calls": self._calls.count})
            self._calls.leave_all()
        overdue = self._left_at is not None and now >= self._left_at + LEAVE_S
        if self._calls.draining and (self._calls.count == 0 or overdue):
            self.should_exit = True
        return await super().on_tick(counter)

    def _report(self) -> None:
        """Once a minute. By `service_busy` the number of tasks is decided: one that drains has no places to offer."""
        if not self._calls.draining:
            busy = round(100 * self._calls.count / self._calls.limit)
            log.info("service_busy", extra={"calls": self._calls.count, "busy_percent": busy})
        log.info("loop_lag", extra={"lag_ms": self._lag.worst_ms()})
