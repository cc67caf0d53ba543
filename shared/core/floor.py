"""Whose turn it is to speak, and what the turn that holds the floor has under way.

The turn number rises whenever the floor changes hands; from then on nothing the old turn asked for counts.
"""

from dataclasses import dataclass, field
from typing import assert_never

from shared.core.actions import Action, AskModel, CancelModel, EndStream, Record, RunTool, SaveProgress
from shared.core.dialogue import Dialogue
from shared.core.events import JsonValue
from shared.core.listening import Listening
from shared.core.moves import Move, Say, Think, ToolCall, Use
from shared.core.next_step import NextStep
from shared.core.segments import Segmenter
from shared.core.speaking import Speaking
from shared.core.timers import Timer, Timers
from shared.core.turn_timing import TurnTiming

MODEL_MS = 6_000
"""To the model's next word. Longer, and the caller asks whether anyone is there."""
TOOL_MS = 8_000
"""To a tool's answer."""
FILLER_MS = 1_200
"""A tool this slow is covered by a few words."""


@dataclass(slots=True)
class ReplyUnderWay:
    """What the model has written so far in this turn."""

    segmenter: Segmenter = field(default_factory=Segmenter)
    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)


@dataclass(slots=True)
class ToolUnderWay:
    call_id: str
    since: int


class Floor:
    """Performs the dialogue's moves by adding actions to `out`. `at` is the time of the event being handled, in ms."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.turn = 0
        self.ended = False
        self.at = 0
        self.out: list[Action] = []
        self.timers = Timers(self.out)
        self.speaking = Speaking(self.out, self.timers)
        self.listening = Listening(self.timers)
        self.reply: ReplyUnderWay | None = None
        self.tool: ToolUnderWay | None = None
        self.end: NextStep | None = None
        """Where the call goes once everything has been heard."""
        self.timing: TurnTiming | None = None
        """Of the answer that has not sounded yet."""
        self._dialogue = dialogue

    @property
    def ours(self) -> bool:
        """Whether the agent holds the floor: it thinks, has a tool at work, or speaks."""
        return self.reply is not None or self.tool is not None or self.speaking.playback.active

    @property
    def locked(self) -> bool:
        """Whether the agent must not be interrupted: a tool is at work, or this has to be heard to its end."""
        return self.tool is not None or self.speaking.playback.protected

    def listen(self) -> None:
        """Give the floor to the caller."""
        self.out.append(SaveProgress(self._dialogue.snapshot()))
        self.listening.begin(self._dialogue.agent.limits.silence_ms, self._dialogue.expecting)

    def interject(self, move: Move) -> None:
        """Take the floor without having been asked."""
        self.fall_silent()
        self.perform(move)

    def fall_silent(self) -> list[str]:
        """End our turn where it is; the texts not heard to their end."""
        turn = self.turn
        self.change_hands()
        heard, unheard = self.speaking.stop(turn, self.at)
        if heard:
            self._dialogue.conversation.agent_heard(heard, interrupted=True)
            self.note("agent", turn=turn, text=heard, interrupted=True)
        return unheard

    def change_hands(self) -> None:
        """Whatever the turn so far still has under way is nobody's any more."""
        if self.reply is not None:
            self.out.append(CancelModel(self.turn))
        self.reply, self.tool, self.end = None, None, None
        self.timers.cancel(Timer.MODEL, Timer.TOOL, Timer.FILLER, Timer.BARGE_IN, Timer.SILENCE, Timer.DEAF)
        self.turn += 1

    def perform(self, move: Move) -> None:
        match move:
            case Say(lines, end):
                self.end = end
                for line in lines:
                    self._mark_spoken()
                    self.speaking.say(self.turn, line)
                if end is not None and not self.ours:
                    self.finish(end)
            case Think(messages, tools):
                self.reply = ReplyUnderWay()
                self.out.append(AskModel(self.turn, messages, tools))
                self.timers.set(Timer.MODEL, MODEL_MS)
            case Use(name, arguments, key):
                self.tool = ToolUnderWay(f"{self.turn}:{key}", self.at)
                self.out.append(RunTool(self.turn, self.tool.call_id, name, arguments, key))
                self.timers.set(Timer.TOOL, TOOL_MS)
                self.timers.set(Timer.FILLER, FILLER_MS)
            case _:
                assert_never(move)

    def utter(self, texts: list[str]) -> None:
        """Speak segments of the model's reply."""
        for text in texts:
            self._mark_spoken()
            self.speaking.segment(self.turn, text)

    def heard_to_end(self, text: str) -> None:
        """The caller has heard `text`; when that was all, the floor is the caller's, or the call is over."""
        if text:
            self._dialogue.conversation.agent_heard(text)
            self.note("agent", turn=self.turn, text=text)
        if self.ours:
            return
        if self.end is not None:
            self.finish(self.end)
        else:
            self.listen()

    def finish(self, next_step: NextStep | None) -> None:
        """Nothing is under way any more, and nothing will be."""
        if self.reply is not None:
            self.out.append(CancelModel(self.turn))
        self.timers.cancel_all()
        self.ended = True
        self.out.append(SaveProgress(self._dialogue.snapshot()))
        if next_step is not None:
            self.out.append(EndStream(next_step))

    def note(self, kind: str, **data: JsonValue) -> None:
        """Add a line to the call's record."""
        self.out.append(Record(kind, data))

    def taken(self) -> list[Action]:
        """The actions so far, the dialogue's notes first; they are then nobody's but the shell's."""
        out = [*self._dialogue.take_notes(), *self.out]
        self.out.clear()
        return out

    def _mark_spoken(self) -> None:
        if self.timing is not None and self.timing.spoken is None:
            self.timing.spoken = self.at
