"""The doors of the streaming service: `/health`, `/ready`, and the media sockets `/media` and `/assist`. Plain ASGI.

Who gets in: an upgrade signed by Twilio over the configured public URL (else 403), while there is a place (else 503,
and the next-step webhook decides). Then `start` must come within five seconds with a token that the call's state
accepts once; everything else is closed with 1008. A newer stream of a call takes it over from an older one.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial

from shared.core.agent import Agent
from shared.current_call import CALL_SID
from shared.ports import CallRecord, ProviderError
from shared.usecases.stream_token import ASSIST_PATH, TOKEN_PARAMETER, hash_token
from shared.wire.twilio_media import Start
from streaming.assist_door import AssistDoor
from streaming.call_runner import CallRunner
from streaming.deps import Deps
from streaming.live_calls import LiveCalls
from streaming.media_socket import AT_ONCE
from streaming.media_stream import (
    CLOSE_FAILED,
    CLOSE_NORMAL,
    CLOSE_POLICY,
    AsgiMessage,
    MediaStream,
    Receive,
    Send,
    StreamGone,
)
from streaming.upgrade import is_signed, respond

START_S = 5
CLAIM_S = 5

_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")
_STREAM_SID = re.compile(r"MZ[0-9a-fA-F]{32}")

type App = Callable[[AsgiMessage, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


class StreamingApp:
    """An ASGI application; `calls` tells how busy it is, and drains it."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self.calls = LiveCalls(deps.max_calls)
        self._assists = AssistDoor(deps, self.calls)
        self.on_check: Callable[[], None] = lambda: None
        """Told when somebody asks for the health: the balancer, before it sends any call."""

    async def __call__(self, scope: AsgiMessage, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, send)
        elif scope["type"] == "websocket":
            await self._upgrade(scope, receive, send)
        else:
            raise RuntimeError(f"no {scope['type']} here")

    async def _answer(self, scope: AsgiMessage, send: Send) -> None:
        """Health says that the process lives, and nothing of its load: a failing one would cost its calls."""
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            await respond(send, 405)
        elif path == "/health":
            self.on_check()
            await respond(send, 200)
        elif path == "/ready":
            await respond(send, 200 if self.calls.accepting else 503)
        else:
            await respond(send, 404)

    async def _upgrade(self, scope: AsgiMessage, receive: Receive, send: Send) -> None:
        socket = scope.get("extensions", {}).pop(AT_ONCE, {}).get("socket")
        await receive()
        if scope["path"] == ASSIST_PATH:
            await self._assists.upgrade(scope, receive, send, socket)
        elif scope["path"] != "/media":
            await respond(send, 404, upgrade=True)
        elif not is_signed(scope, self.deps.auth_tokens, self.deps.stream_url):
            log.warning("upgrade_refused", extra={"reason": "signature"})
            await respond(send, 403, upgrade=True)
        elif not self.calls.admit():
            reason = "draining" if self.calls.draining else "no-place"
            log.warning("upgrade_refused", extra={"reason": reason, "calls": self.calls.count})
            await respond(send, 503, upgrade=True)
        else:
            self._assists.make_room()
            try:
                await send({"type": "websocket.accept"})
                await self._serve(MediaStream(receive, send, socket))
            except OSError:
                log.warning("stream_lost")
            finally:
                self.calls.release()

    async def _serve(self, media: MediaStream) -> None:
        """One accepted socket, to its end."""
        try:
            start = await media.start(START_S)
        except (TimeoutError, StreamGone):
            log.warning("stream_refused", extra={"reason": "no-start"})
            await media.close(CLOSE_POLICY)
            return
        try:
            claimed = await self._claim(start)
        except (ProviderError, TimeoutError) as error:
            log.error("claim_failed", extra={"provider": "store", "error": type(error).__name__})
            await media.close(CLOSE_FAILED)
            return
        if claimed is None:
            log.warning("stream_refused", extra={"reason": "token"})
            await media.close(CLOSE_POLICY)
        else:
            await self._run(media, *claimed)

    async def _claim(self, start: Start) -> tuple[CallRecord, int] | None:
        """The call that this stream may speak for, and the stream's number; None if its token is not good."""
        call_sid, store = start.start.call_sid, self.deps.store
        token = start.start.custom_parameters.get(TOKEN_PARAMETER, "")
        if not (token and _CALL_SID.fullmatch(call_sid) and _STREAM_SID.fullmatch(start.stream_sid)):
            return None
        claim = partial(store.claim_stream, call_sid, hash_token(token), self.deps.clock())
        get = partial(store.get, call_sid)
        async with asyncio.timeout(CLAIM_S):
            stream, record = await asyncio.gather(self._ask(claim), self._ask(get))
            if stream is not None and stream > 1:
                record = await self._ask(get)  # the stream before may have saved something until it lost the call
        return None if stream is None or record is None else (record, stream)

    def _ask[Answer](self, question: Callable[[], Answer]) -> asyncio.Future[Answer]:
        return asyncio.get_running_loop().run_in_executor(self.deps.store_threads, question)

    async def _run(self, media: MediaStream, record: CallRecord, stream: int) -> None:
        about = {"call_sid": record.call_sid, "stream": stream, "agent": record.agent}
        agent: Agent | None = self.deps.agents.get(record.agent)
        if agent is None:
            log.error("agent_unknown", extra=about)
            await media.close(CLOSE_FAILED)
            return
        CALL_SID.set(record.call_sid)
        runner = CallRunner(self.deps, media, record, agent, stream)
        if not self.calls.own(record.call_sid, stream, runner.leave):
            await media.close(CLOSE_NORMAL)
            return
        log.info("stream_started", extra=about | {"calls": self.calls.count})
        try:
            await runner.run()
        except Exception:
            log.exception("call_failed", extra=about)
        finally:
            self.calls.disown(record.call_sid, stream)
            await media.close(CLOSE_FAILED)
            log.info("stream_ended", extra=about | {"dropped": media.refused.total()})


def build_app(deps: Deps) -> StreamingApp:
    """The application, ready to serve."""
    return StreamingApp(deps)
