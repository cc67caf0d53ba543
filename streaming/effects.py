"""Performs what the core asks for. The only `match` over `Action`; every result comes back as an event.

Nothing here waits: slow work runs in tasks of the call's TaskGroup, each with a deadline, and timers belong to the
call.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, assert_never

from shared.core.actions import (
    Action,
    AskModel,
    CallOff,
    CancelModel,
    CancelTimer,
    ChangeAgent,
    EndStream,
    FlushHearing,
    Record,
    Release,
    RingAhead,
    RunTool,
    SaveProgress,
    SetTimer,
    Speak,
    StopSpeaking,
)
from shared.core.agent import Voice
from shared.core.events import (
    Event,
    JsonValue,
    ReplyFailed,
    ReplyFinished,
    ReplyText,
    ReplyToolCall,
    TimerFired,
    ToolFailed,
    ToolReturned,
)
from shared.core.next_step import NextStep
from shared.ports import ModelText, ModelToolCall, ModelUsage, ProviderError, Tools
from streaming.ahead import Ahead
from streaming.deps import Deps
from streaming.hearing import Hearing
from streaming.playout import Playout
from streaming.records import Records

FIRST_SOUND_S = 6
"""To the first bytes of a segment; the core loses patience a little earlier."""
NEXT_SOUND_S = 2
FIRST_WORD_S = 8
"""To the first event of a reply; the core loses patience a little earlier."""
NEXT_WORD_S = 6
TOOL_S = 10

TURN_TIMING = "turn_timing"
"""The kind of record that is logged too: figures only, and those of typed turns apart, for nobody spoke."""

type Emit = Callable[[Event], None]

log = logging.getLogger(__name__)


class Effects:
    """The hands of one call. `close` must be called when the call is over; the tasks end with their group."""

    def __init__(
        self,
        deps: Deps,
        tools: Tools,
        tasks: asyncio.TaskGroup,
        playout: Playout,
        records: Records,
        *,
        voice: Voice,
        about: Mapping[str, JsonValue],
        emit: Emit,
        hearing: Hearing,
        ahead: Ahead,
        end: Callable[[NextStep], None],
    ) -> None:
        self._deps = deps
        self._tools = tools
        self._tasks = tasks
        self._playout = playout
        self._records = records
        self._voice = voice
        self._about = about
        self._emit = emit
        self._hearing = hearing
        self._ahead = ahead
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._models: dict[int, asyncio.Task[None]] = {}
        self._segments: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._running_tools: set[asyncio.Task[None]] = set()

    def perform(self, action: Action) -> None:
        """Begin one action. Never blocks."""
        match action:
            case Speak():
                self._speak(action)
            case Release(turn):
                self._playout.release(turn)
            case FlushHearing():
                self._hearing.flush()
            case StopSpeaking(turn):
                self._stop_speaking(turn)
            case AskModel():
                self._cancel_model(action.turn)
                self._models[action.turn] = self._task(self._ask_model, action, "model")
            case CancelModel(turn):
                self._cancel_model(turn)
            case RunTool():
                task = self._task(self._run_tool, action, "tool")
                self._running_tools.add(task)
                task.add_done_callback(self._running_tools.discard)
            case SetTimer(name, ms):
                self._cancel_timer(name)
                self._timers[name] = self._loop.call_later(ms / 1000, self._fire, name)
            case CancelTimer(name):
                self._cancel_timer(name)
            case Record(kind, data):
                self._records.append(kind, data)
                if kind == TURN_TIMING and data.get("by_keypad"):
                    log.info("keypad_timing", extra={**self._about, **data})
                elif kind == TURN_TIMING:
                    log.info(TURN_TIMING, extra={**self._about, **data})
            case ChangeAgent(agent, again_ms):
                self._voice = agent.voice
                self._hearing.open(agent, self._deps.vocabularies.get(agent.file), again_ms=again_ms)
            case SaveProgress(progress):
                self._records.save_progress(progress)
            case RingAhead(step):
                self._ahead.begin(step)
            case CallOff():
                self._ahead.call_off()
            case EndStream(next_step):
                self._end(next_step)
            case _:
                assert_never(action)

    async def finish_tools(self, deadline_s: float) -> None:
        """Give tools under way the time to answer: what they have done must reach the record."""
        if self._running_tools:
            await asyncio.wait(self._running_tools, timeout=deadline_s)

    def close(self) -> None:
        """Forget the timers, and the tasks, which end with their group."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._models.clear()
        self._segments.clear()

    def _speak(self, action: Speak) -> None:
        key = action.turn, action.segment
        self._playout.add(*key, held=action.held)
        self._segments[key] = task = self._task(self._synthesise, action, "synthesis")
        task.add_done_callback(lambda _: self._segments.pop(key, None))

    async def _synthesise(self, action: Speak) -> None:
        playout, turn, segment = self._playout, action.turn, action.segment
        try:
            async with asyncio.timeout(FIRST_SOUND_S) as deadline:
                async for sound in self._deps.voice.speak(action.text, self._voice, cached=action.cached):
                    deadline.reschedule(self._loop.time() + NEXT_SOUND_S)
                    playout.feed(turn, segment, sound)
        except (ProviderError, TimeoutError) as error:
            self._failed("synthesis", error)
            playout.fail(turn, segment, type(error).__name__)
        else:
            playout.end(turn, segment)

    def _stop_speaking(self, turn: int) -> None:
        self._playout.stop(turn)
        for (spoken, _), task in list(self._segments.items()):
            if spoken <= turn:
                task.cancel()

    async def _ask_model(self, action: AskModel) -> None:
        turn = action.turn
        try:
            async with asyncio.timeout(FIRST_WORD_S) as deadline:
                async for event in self._deps.model.reply(action.messages, action.tools):
                    deadline.reschedule(self._loop.time() + NEXT_WORD_S)
                    match event:
                        case ModelText(text):
                            self._emit(ReplyText(turn, text))
                        case ModelToolCall(call_id, name, arguments):
                            self._emit(ReplyToolCall(turn, call_id, name, arguments))
                        case ModelUsage(input_tokens, output_tokens):
                            usage = {"turn": turn, "input_tokens": input_tokens, "output_tokens": output_tokens}
                            self._records.append("model_usage", usage)
                        case _:
                            assert_never(event)
        except (ProviderError, TimeoutError) as error:
            self._failed("model", error)
            self._emit(ReplyFailed(turn, type(error).__name__))
        else:
            self._emit(ReplyFinished(turn))

    def _cancel_model(self, turn: int) -> None:
        for asked in [asked for asked in self._models if asked <= turn]:
            self._models.pop(asked).cancel()

    async def _run_tool(self, action: RunTool) -> None:
        turn, call_id = action.turn, action.call_id
        try:
            async with asyncio.timeout(TOOL_S):
                result = await self._tools.run(action.name, action.arguments, key=action.key)
        except (ProviderError, TimeoutError) as error:
            about = {"provider": "tools", "tool": action.name, "error": type(error).__name__}
            log.warning("tool_failed", extra={**self._about, **about})
            self._emit(ToolFailed(turn, call_id, type(error).__name__))
        else:
            self._emit(ToolReturned(turn, call_id, result))

    def _failed(self, provider: str, error: Exception) -> None:
        log.warning("provider_failed", extra={**self._about, "provider": provider, "error": type(error).__name__})

    def _fire(self, name: str) -> None:
        del self._timers[name]
        self._emit(TimerFired(name))

    def _cancel_timer(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _task[Asked](
        self, work: Callable[[Asked], Coroutine[Any, Any, None]], asked: Asked, name: str
    ) -> asyncio.Task[None]:
        return self._tasks.create_task(_without_trace(work, asked), name=name)


async def _without_trace[Asked](work: Callable[[Asked], Coroutine[Any, Any, None]], asked: Asked) -> None:
    """Of where it was cancelled: those frames hold the task, which holds them, and so all of the call."""
    try:
        await work(asked)
    except asyncio.CancelledError as cancelled:
        raise cancelled.with_traceback(None) from None
