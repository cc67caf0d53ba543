"""A call in text: the same core as on the line, with typed lines for ears and a screen for a voice.

What is shown counts as heard at once, and a typed line is a whole utterance.
"""

from datetime import datetime
from typing import Protocol
from uuid import uuid4

from shared.core.actions import Record, Speak
from shared.core.agent import Agent
from shared.core.attempt import Assignment
from shared.core.call import Call
from shared.core.events import CallerGone, CallStarted, Event, FinalHeard, JsonValue, SpeechEnded, SpeechStarted
from shared.core.next_step import NextStep
from shared.ports import LanguageModel, Tools
from shared.usecases.turn_by_turn import TurnByTurn


class Screen(Protocol):
    """Shows the conversation."""

    def agent(self, text: str) -> None:
        """One segment of the agent's speech."""

    def note(self, kind: str, data: dict[str, JsonValue]) -> None:
        """One line of the call's record."""


class TextCall:
    """One conversation. `begin`, then `say` line after line, until `ended`."""

    def __init__(
        self,
        agent: Agent,
        model: LanguageModel,
        tools: Tools,
        screen: Screen,
        now: datetime,
        assignment: Assignment | None = None,
    ) -> None:
        self._turns = TurnByTurn(
            Call(agent, call_sid=f"CA{uuid4().hex}", now=now, assignment=assignment), model, tools, self._show
        )
        self._screen = screen
        self._lines = 0

    @property
    def ended(self) -> bool:
        return self._turns.core.ended

    @property
    def next_step(self) -> NextStep | None:
        return self._turns.next_step

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
        await self._turns.happen(*events)
        await self._turns.heard()

    def _show(self, shown: Speak | Record) -> None:
        if isinstance(shown, Speak):
            self._screen.agent(shown.text)
        else:
            self._screen.note(shown.kind, dict(shown.data))
