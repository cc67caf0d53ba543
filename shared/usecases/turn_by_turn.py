"""A call's conversation one turn at a time, without the sound: the same core, with whole utterances for its ear and
lines of text for its voice.

It is how a call goes on over the carrier's own ear and voice, and how one is held at a terminal. Nothing here measures
the rhythm of speech: an utterance that comes in is over, and of the core's timers only those that bound the model and
the tools run.
"""

import asyncio
from collections import deque
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
from shared.core.call import Call
from shared.core.events import (
    Event,
    JsonValue,
    ReplyFailed,
    ReplyFinished,
    ReplyText,
    ReplyToolCall,
    SegmentPlayed,
    SegmentSent,
    SegmentStarted,
    TimerFired,
    ToolFailed,
    ToolReturned,
)
from shared.core.next_step import NextStep
from shared.core.timers import Timer
from shared.ports import LanguageModel, ModelText, ModelToolCall, ModelUsage, ProviderError, Tools

_AT_ONCE = (Timer.END_OF_TURN, Timer.WORDS)
"""What was said whole is over."""
_BOUNDS = (Timer.MODEL, Timer.TOOL)
"""These run in real time; the others measure silence, and cover it."""

type Shown = Callable[[Speak | Record], None]
"""Told, as it comes, of each segment the agent says and each line of the call's record."""


class TurnByTurn:
    """One conversation. Let things `happen`, and say when what the agent said was `heard`, until `core.ended`."""

    def __init__(self, core: Call, model: LanguageModel, tools: Tools, shown: Shown) -> None:
        self.core = core
        self.progress: Mapping[str, JsonValue] | None = None
        """What was saved last."""
        self.next_step: NextStep | None = None
        """Where the call goes once it has ended."""
        self._model = model
        self._tools = tools
        self._shown = shown
        self._events: deque[Event] = deque()
        self._handling = False
        self._unheard: list[Speak] = []
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._models: dict[int, asyncio.Task[None]] = {}
        self._running_tools: set[asyncio.Task[None]] = set()
        self._tasks: asyncio.TaskGroup | None = None

    async def happen(self, *events: Event, within_s: float | None = None) -> None:
        """Returns when the agent has said all it has to say to these. What is not there `within_s` has failed."""
        async with asyncio.TaskGroup() as self._tasks:
            late = None
            if within_s is not None:
                late = asyncio.get_running_loop().call_later(within_s, self._give_up)
            for event in events:
                self._emit(event)
        if late is not None:
            late.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._models.clear()

    async def heard(self) -> None:
        """All that was said has been heard to its end."""
        unheard, self._unheard = self._unheard, []
        await self.happen(
            *(
                event
                for speak in unheard
                for event in (
                    SegmentStarted(speak.turn, speak.segment),
                    SegmentSent(speak.turn, speak.segment, 0),
                    SegmentPlayed(speak.turn, speak.segment),
                )
            )
        )

    def _emit(self, event: Event) -> None:
        """Let the core handle an event; events that arise meanwhile come after it."""
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        while self._events:
            at_ms = round(asyncio.get_running_loop().time() * 1000)
            for action in self.core.handle(self._events.popleft(), at_ms):
                self._perform(action)
        self._handling = False

    def _perform(self, action: Action) -> None:
        match action:
            case Speak():
                self._unheard.append(action)
                self._shown(action)
            case StopSpeaking(turn):
                self._unheard = [speak for speak in self._unheard if speak.turn != turn]
            case AskModel(turn):
                self._models[turn] = self._task(self._ask(action))
            case CancelModel(turn):
                if turn in self._models:
                    self._models.pop(turn).cancel()
            case RunTool():
                task = self._task(self._run(action))
                self._running_tools.add(task)
                task.add_done_callback(self._running_tools.discard)
            case SetTimer(name, ms):
                self._set_timer(name, ms)
            case CancelTimer(name):
                self._cancel_timer(name)
            case Record():
                self._shown(action)
            case SaveProgress(progress):
                self.progress = progress
            case EndStream(next_step):
                self.next_step = next_step
            case Release() | FlushHearing() | ChangeAgent() | RingAhead() | CallOff():
                pass
            case _:
                assert_never(action)

    def _set_timer(self, name: str, ms: int) -> None:
        self._cancel_timer(name)
        if name in _AT_ONCE:
            self._events.append(TimerFired(name))
        elif name in _BOUNDS:
            self._timers[name] = asyncio.get_running_loop().call_later(ms / 1000, self._ring, name)

    def _cancel_timer(self, name: str) -> None:
        if name in self._timers:
            self._timers.pop(name).cancel()

    def _ring(self, name: str) -> None:
        if name == Timer.TOOL:
            for task in self._running_tools:
                task.cancel()
        self._emit(TimerFired(name))

    def _give_up(self) -> None:
        for name in _BOUNDS:
            self._ring(name)

    async def _ask(self, action: AskModel) -> None:
        turn = action.turn
        try:
            async for event in self._model.reply(action.messages, action.tools):
                match event:
                    case ModelText(text):
                        self._emit(ReplyText(turn, text))
                    case ModelToolCall(call_id, name, arguments):
                        self._emit(ReplyToolCall(turn, call_id, name, arguments))
                    case ModelUsage():
                        pass
                    case _:
                        assert_never(event)
        except ProviderError as error:
            self._emit(ReplyFailed(turn, type(error).__name__))
        else:
            self._emit(ReplyFinished(turn))

    async def _run(self, action: RunTool) -> None:
        try:
            result = await self._tools.run(action.name, action.arguments, key=action.key)
        except ProviderError as error:
            self._emit(ToolFailed(action.turn, action.call_id, type(error).__name__))
        else:
            self._emit(ToolReturned(action.turn, action.call_id, result))

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None
        return self._tasks.create_task(work)
