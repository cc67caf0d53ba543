"""The door of streams that listen while callers talk with people: `/assist`. A live call comes before any of them.

Who gets in: an upgrade signed by Twilio (else 403), while the live calls leave a place (else 503: nobody is helped,
and nobody notices). Then a `start` with the token of a conversation that goes on, once each.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable, Sequence

from shared.core.next_step import HandOver
from shared.current_call import CALL_SID
from shared.ports import CallRecord, LogEntry, ProviderError
from shared.usecases.stream_token import (
    ATTEMPT_PARAMETER,
    TOKEN_PARAMETER,
    assist_name,
    assist_token,
    assist_url,
)
from shared.wire.twilio_media import Start
from streaming.assist import AssistRunner
from streaming.deps import Deps
from streaming.live_calls import LiveCalls
from streaming.media_stream import (
    CLOSE_FAILED,
    CLOSE_POLICY,
    AsgiMessage,
    AtOnce,
    MediaStream,
    Receive,
    Send,
    StreamGone,
)
from streaming.upgrade import is_signed, respond

START_S = 5
CLAIM_S = 5

log = logging.getLogger(__name__)


class AssistDoor:
    """Lets them in beside the live `calls`, and has the newest leave when those need its place."""

    def __init__(self, deps: Deps, calls: LiveCalls) -> None:
        self._deps = deps
        self._calls = calls
        self._url = assist_url(deps.stream_url)
        self._count = 0
        self._leave: list[Callable[[], None]] = []

    async def upgrade(self, scope: AsgiMessage, receive: Receive, send: Send, socket: AtOnce | None) -> None:
        if not is_signed(scope, self._deps.auth_tokens, self._url):
            log.warning("assist_refused", extra={"reason": "signature"})
            await respond(send, 403, upgrade=True)
        elif not self._calls.accepting or self._calls.count + self._count >= self._calls.limit:
            log.warning("assist_refused", extra={"reason": "no-place", "calls": self._calls.count})
            await respond(send, 503, upgrade=True)
        else:
            self._count += 1
            try:
                await send({"type": "websocket.accept"})
                await self._serve(MediaStream(receive, send, socket, tracks=2))
            except OSError:
                log.warning("assist_lost")
            finally:
                self._count -= 1

    def make_room(self) -> None:
        """A live call has come: there may be one too many."""
        if self._leave and self._calls.count + self._count > self._calls.limit:
            self._leave[-1]()

    async def _serve(self, media: MediaStream) -> None:
        """One accepted socket, to its end."""
        try:
            start = await media.start(START_S)
            claimed = await self._claim(start)
        except (TimeoutError, StreamGone):
            claimed = None
        except ProviderError as error:
            log.warning("assist_failed", extra={"error": type(error).__name__})
            await media.close(CLOSE_FAILED)
            return
        if claimed is None:
            log.warning("assist_refused", extra={"reason": "token"})
            await media.close(CLOSE_POLICY)
            return
        record, name, lines = claimed
        CALL_SID.set(record.call_sid)
        agent = self._deps.agents[record.agent]
        runner = AssistRunner(self._deps, media, record, agent, name=name, so_far=lines)
        self._leave.append(runner.leave)
        log.info("assist_started", extra={"call_sid": record.call_sid})
        try:
            await runner.run()
        except Exception:
            log.exception("assist_failed", extra={"call_sid": record.call_sid})
        finally:
            self._leave.remove(runner.leave)
            await media.close(CLOSE_FAILED)

    async def _claim(self, start: Start) -> tuple[CallRecord, str, Sequence[LogEntry]] | None:
        """The call this stream may listen to, the stream's name and what was said so far; None if it may not."""
        given, store = start.start.custom_parameters, self._deps.store
        attempt = given.get(ATTEMPT_PARAMETER, "")
        if not attempt.isdecimal():
            return None

        def claim() -> tuple[CallRecord, str, Sequence[LogEntry]] | None:
            call = store.get(start.start.call_sid)
            if call is None or call.ended_at is not None or call.agent not in self._deps.agents:
                return None
            if not (isinstance(call.next_step, HandOver) and call.next_step.answered):
                return None
            if not hmac.compare_digest(
                given.get(TOKEN_PARAMETER, "").encode(), assist_token(call, int(attempt)).encode()
            ):
                return None
            name, so_far = assist_name(call, int(attempt)), store.log(call.call_sid)
            once = LogEntry(name, "assist", self._deps.clock(), {"stream_sid": start.stream_sid})
            return (call, name, so_far) if store.append(call.call_sid, [once]) else None

        async with asyncio.timeout(CLAIM_S):
            return await asyncio.get_running_loop().run_in_executor(self._deps.store_threads, claim)
