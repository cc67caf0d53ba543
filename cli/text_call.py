"""A call in text: the same core as on the line, with typed lines for ears and a screen for a voice.

What is shown counts as heard at once, and a typed line is a whole utterance, so no timer of the conversation's rhythm
runs; those that bound the model and the tools do.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Protocol, assert_never
from uuid import uuid4

from shared.core.actions import (
    Action,
    AskModel,
    CancelModel,
    CancelTimer,
    ChangeAgent,
    EndStream,
    FlushHearing,
    Record,
    Release,
    RunTool,
    SaveProgress,
    SetTimer,
    Speak,
    StopSpeaking,
)
from shared.core.agent import Agent
from shared.core.call import Call
from shared.core.events import (
    CallerGone,
    CallStarted,
    Event,
    FinalHeard,
    JsonValue,
    ReplyFailed,
    ReplyFinished,
    ReplyText,
    ReplyToolCall,
    SegmentPlayed,
    SegmentSent,
    SegmentStarted,
    SpeechEnded,
    SpeechStarted,
    TimerFired,
    ToolFailed,
    ToolReturned,
)
from shared.core.next_step import NextStep
from shared.core.timers import Timer
from shared.ports import LanguageModel, ModelText, ModelToolCall, ModelUsage, ProviderError, Tools

_AT_ONCE = (Timer.END_OF_TURN, Timer.WORDS)
"""A line that was entered is over."""
_BOUNDS = (Timer.MODEL, Timer.TOOL, Timer.FILLER, Timer.SOUND)
"""These run in real time; the others measure silence, of which typing is full."""


class Screen(Protocol):
    """Shows the conversation."""

    def agent(self, text: str) -> None:
        """One segment of the agent's speech."""

    def note(self, kind: str, data: dict[str, JsonValue]) -> None:
        """One line of the call's record."""


class TextCall:
    """One conversation. `begin`, then `say` line after line, until `ended`."""

    def __init__(self, agent: Agent, model: LanguageModel, tools: Tools, screen: Screen, now: datetime) -> None:
        self._core = Call(agent, call_sid=f"CA{uuid4().hex}", now=now)
        self._model = model
        self._tools = tools
        self._screen = screen
        self._events: deque[Event] = deque()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._replies: dict[int, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._floor = asyncio.Event()
        self._handling = False
        self._lines = 0
        self.next_step: NextStep | None = None

    @property
    def ended(self) -> bool:
        return self._core.ended

    async def begin(self) -> None:
        """The agent greets; returns when it listens."""
        await self._until_listening(CallStarted())

    async def say(self, text: str) -> None:
        """The caller says this; returns when the agent has answered and listens again, or the call has ended."""
        self._lines += 1
        await self._until_listening(SpeechStarted(), FinalHeard(str(self._lines), text), SpeechEnded(0))

    async def hang_up(self) -> None:
        await self._until_listening(CallerGone())

    async def _until_listening(self, *events: Event) -> None:
        self._floor.clear()
        async with asyncio.TaskGroup() as self._tasks:
            for event in events:
                self._emit(event)
            await self._floor.wait()
            for reply in self._replies.values():
                reply.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._replies.clear()

    def _emit(self, event: Event) -> None:
        """Let the core handle an event; events that arise meanwhile come after it."""
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        while self._events:
            at_ms = round(asyncio.get_running_loop().time() * 1000)
            for action in self._core.handle(self._events.popleft(), at_ms):
                self._perform(action)
        self._handling = False
        if self.ended:
            self._floor.set()

    def _perform(self, action: Action) -> None:
        match action:
            case Speak(turn, segment, text):
                self._screen.agent(text)
                heard = (SegmentStarted(turn, segment), SegmentSent(turn, segment, 0), SegmentPlayed(turn, segment))
                self._events.extend(heard)
            case AskModel():
                self._replies[action.turn] = self._task(self._ask(action))
            case CancelModel(turn):
                if turn in self._replies:
                    self._replies.pop(turn).cancel()
            case RunTool():
                self._task(self._run(action))
            case SetTimer(name, ms):
                self._set_timer(name, ms)
            case CancelTimer(name):
                if name in self._timers:
                    self._timers.pop(name).cancel()
            case Record(kind, data):
                self._screen.note(kind, dict(data))
            case EndStream(next_step):
                self.next_step = next_step
            case Release() | FlushHearing() | StopSpeaking() | ChangeAgent() | SaveProgress():
                pass
            case _:
                assert_never(action)

    def _set_timer(self, name: str, ms: int) -> None:
        if name in self._timers:
            self._timers.pop(name).cancel()
        if name == Timer.SILENCE:
            self._floor.set()
        elif name in _AT_ONCE:
            self._events.append(TimerFired(name))
        elif name in _BOUNDS:
            self._timers[name] = asyncio.get_running_loop().call_later(ms / 1000, self._emit, TimerFired(name))

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
