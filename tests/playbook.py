"""A test language for conversations: what happens, and exactly what the core then asks for.

    play.call_starts()
    play.agent_says("Thank you for calling.", "How can I help you?").is_heard()
    play.caller_says("I'd like an appointment").model_is_asked()
    play.model_calls("book", day="tuesday").agent_says("What time?")

Everything the core asks for (speech, silence, model, tool, end) has to be claimed by a line of the play before
the next event; what nobody claims fails the test. Timers run on the play's own clock: `passes(ms)` rings those due.
Record lines and saved progress are looked up with `recorded` and `saved`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from shared.core import events as on
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
from shared.core.agent import Agent
from shared.core.attempt import Assignment
from shared.core.call import Call
from shared.core.events import JsonValue
from shared.core.next_step import HandOver, NextStep

FRIDAY = datetime(2026, 11, 20, 9, 14, tzinfo=ZoneInfo("America/New_York"))
MS_PER_CHAR = 60
"""How fast the play's agent speaks."""
VAD_PAUSE_MS = 160
VAD_SILENCE_MS = 200


class Playbook:
    def __init__(
        self,
        agent: Agent,
        progress: Mapping[str, JsonValue] | None = None,
        *,
        now: datetime = FRIDAY,
        facts: Mapping[str, str] | None = None,
        earlier: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self.agent = agent
        assignment = None if facts is None else Assignment("reminder-1.1", facts, earlier=earlier)
        self.call = Call(agent, call_sid="CA1", now=now, progress=progress, assignment=assignment)
        self.at = 0
        self.records: list[Record] = []
        self.saved: Mapping[str, JsonValue] = {}
        self.messages: tuple[Mapping[str, JsonValue], ...] = ()
        self._timers: dict[str, int] = {}
        self._unclaimed: list[Action] = []
        self._unplayed: list[Speak] = []
        self.flushes = 0
        """How often recognition was asked for its words."""
        self.rings: HandOver | None = None
        """Whose people may be rung already."""
        self._quiet = 0
        self._held: set[int] = set()
        self._tool: RunTool | None = None
        self._results = 0

    # --- what happens

    def send(self, event: on.Event) -> Self:
        """One event, now."""
        assert not self._unclaimed, f"the play does not mention {self._unclaimed} before {event}"
        return self._feed(event)

    def passes(self, ms: int) -> Self:
        """Time goes by; timers ring."""
        end = self.at + ms
        while due := sorted((at, name) for name, at in self._timers.items() if at <= end):
            self.at, name = due[0]
            del self._timers[name]
            self.send(on.TimerFired(name))
            if self._unclaimed:
                return self
        self.at = end
        return self

    def until(self, timer: str) -> Self:
        """Time goes by until that timer rings."""
        assert timer in self._timers, f"{timer} is not running, but {sorted(self._timers)}"
        return self.passes(self._timers[timer] - self.at)

    def call_starts(self) -> Self:
        return self.send(on.CallStarted())

    def caller_says(self, text: str, *, final: bool = True, confidence: float = 0.95) -> Self:
        """A whole utterance, until its turn is over: voice, words, silence; what it leads to is claimed afterwards."""
        self.voice_begins().hears(text)
        self.at += len(text) * MS_PER_CHAR + VAD_SILENCE_MS
        self._feed(on.SpeechEnded(VAD_SILENCE_MS))
        if final:
            self._feed(on.FinalHeard(f"r{self._results}", text, tuple((word, confidence) for word in text.split())))
            self._results += 1
        self.at = self._timers.pop("end-of-turn")
        return self._feed(on.TimerFired("end-of-turn"))

    def voice_begins(self) -> Self:
        self._quiet = 0
        return self.send(on.SpeechStarted())

    def voice_pauses(self) -> Self:
        self.at += VAD_PAUSE_MS
        self._quiet = VAD_PAUSE_MS
        return self.send(on.SpeechPaused(VAD_PAUSE_MS))

    def voice_ends(self) -> Self:
        self.at += VAD_SILENCE_MS - self._quiet
        return self.send(on.SpeechEnded(VAD_SILENCE_MS))

    def turn_ends(self) -> Self:
        """Silence, until the caller's turn is over; what it leads to is claimed afterwards."""
        self.voice_ends()
        self.at = self._timers.pop("end-of-turn")
        return self._feed(on.TimerFired("end-of-turn"))

    def hears(self, text: str, *, stable: bool = True) -> Self:
        """A partial result."""
        words = len(text.split())
        return self.send(on.PartialHeard(f"r{self._results}", text, words if stable else words - 1))

    def carrier_thinks(self, answered_by: str) -> Self:
        """The carrier's own word for who picked up."""
        return self.send(on.AnsweredBy(answered_by))

    def presses(self, digits: str) -> Self:
        for digit in digits:
            self.send(on.DigitPressed(digit))
        return self

    def model_says(self, *chunks: str) -> Self:
        """The whole reply is text, in these pieces."""
        return self.model_writes(*chunks)._feed(on.ReplyFinished(self.call.turn))

    def model_writes(self, *chunks: str) -> Self:
        """Some of the reply."""
        for chunk in chunks:
            self._feed(on.ReplyText(self.call.turn, chunk))
        return self

    def model_calls(self, tool: str, **arguments: JsonValue) -> Self:
        turn = self.call.turn
        self.send(on.ReplyToolCall(turn, f"c{turn}", tool, json.dumps(arguments)))
        return self.send(on.ReplyFinished(turn))

    def model_calls_all(self, *calls: tuple[str, Mapping[str, JsonValue]]) -> Self:
        """Several tools in one reply."""
        turn = self.call.turn
        for number, (tool, arguments) in enumerate(calls):
            self.send(on.ReplyToolCall(turn, f"c{turn}-{number}", tool, json.dumps(arguments)))
        return self.send(on.ReplyFinished(turn))

    def model_fails(self, reason: str = "unavailable") -> Self:
        return self.send(on.ReplyFailed(self.call.turn, reason))

    def tool_returns(self, **result: JsonValue) -> Self:
        assert self._tool is not None, "no tool is running"
        tool, self._tool = self._tool, None
        return self.send(on.ToolReturned(tool.turn, tool.call_id, result))

    def tool_fails(self) -> Self:
        assert self._tool is not None, "no tool is running"
        tool, self._tool = self._tool, None
        return self.send(on.ToolFailed(tool.turn, tool.call_id, "unavailable"))

    def is_sent(self) -> Self:
        """All the agent's audio is with the carrier, and begins to play."""
        for speak in self._unplayed:
            assert speak.turn not in self._held, f"{speak.text} may not be heard yet"
            self.send(on.SegmentStarted(speak.turn, speak.segment))
            self.send(on.SegmentSent(speak.turn, speak.segment, len(speak.text) * MS_PER_CHAR))
        return self

    def is_heard(self) -> Self:
        """The agent's audio plays to its end, and its marks come back."""
        self.is_sent()
        for speak in list(self._unplayed):
            self.at += len(speak.text) * MS_PER_CHAR
            self._unplayed.remove(speak)
            self.send(on.SegmentPlayed(speak.turn, speak.segment))
        return self

    # --- what the core asks for

    def agent_says(self, *texts: str) -> Self:
        """Exactly these segments are to be spoken, and may be heard."""
        self.agent_prepares(*texts)
        assert self.call.turn not in self._held, "what was prepared may not be heard yet"
        return self

    def agent_prepares(self, *texts: str) -> Self:
        """Exactly these segments are to be synthesised."""
        spoken = [action for action in self._unclaimed if isinstance(action, Speak)]
        assert [speak.text for speak in spoken] == list(texts), f"{[s.text for s in spoken]} != {list(texts)}"
        self._unplayed += spoken
        self._unclaimed = [action for action in self._unclaimed if not isinstance(action, Speak)]
        return self

    def may_be_heard(self) -> Self:
        """What was prepared is released."""
        assert self.call.turn not in self._held
        return self

    def agent_is_silenced(self) -> Self:
        self._claim(StopSpeaking)
        self._unplayed.clear()
        return self

    def model_is_asked(self) -> Self:
        asked = self._claim(AskModel)
        assert isinstance(asked, AskModel)
        self.messages = asked.messages
        return self

    def model_is_cancelled(self) -> Self:
        self._claim(CancelModel)
        return self

    def tool_runs(self, name: str, /, **arguments: str) -> Self:
        tool = self._claim(RunTool)
        assert isinstance(tool, RunTool)
        assert (tool.name, dict(tool.arguments)) == (name, arguments), f"{tool.name} {tool.arguments}"
        self._tool = tool
        return self

    def agent_changes_to(self, language: str, *, again_ms: int | None = None) -> Self:
        """The caller is heard and spoken to in another language, and the last `again_ms` of their sound anew."""
        changed = self._claim(ChangeAgent)
        assert isinstance(changed, ChangeAgent)
        assert changed.agent.language == self.call.agent.language == language
        assert again_ms is None or changed.again_ms == again_ms, f"{changed.again_ms} ms are heard anew"
        return self

    def stream_ends(self, next_step: NextStep) -> Self:
        ended = self._claim(EndStream)
        assert isinstance(ended, EndStream)
        assert ended.next_step == next_step, f"{ended.next_step} != {next_step}"
        assert self.call.ended
        assert not self._timers, f"{sorted(self._timers)} still running after the end"
        return self

    def nothing_happens(self) -> Self:
        assert not self._unclaimed, f"{self._unclaimed}"
        return self

    def recorded(self, kind: str) -> list[Mapping[str, JsonValue]]:
        """The data of all record lines of that kind."""
        return [record.data for record in self.records if record.kind == kind]

    def history(self) -> list[str]:
        """The model's last history, without the system message: `role: content`."""
        return [f"{m['role']}: {m['content']}" for m in self.messages if m["role"] != "system" and m.get("content")]

    def _feed(self, event: on.Event) -> Self:
        for action in self.call.handle(event, self.at):
            self._take(action)
        return self

    def _claim(self, kind: type[Action]) -> Action:
        found = next((action for action in self._unclaimed if isinstance(action, kind)), None)
        assert found is not None, f"{kind.__name__} is not among {self._unclaimed}"
        self._unclaimed.remove(found)
        return found

    def _take(self, action: Action) -> None:
        match action:
            case SetTimer(name, ms):
                self._timers[name] = self.at + ms
            case CancelTimer(name):
                self._timers.pop(name, None)
            case Record():
                self.records.append(action)
            case SaveProgress(progress):
                self.saved = json.loads(json.dumps(progress))
            case FlushHearing():
                self.flushes += 1
            case RingAhead(step):
                self.rings = step
            case CallOff():
                assert self.rings is not None
                self.rings = None
            case Release(turn):
                self._held.discard(turn)
            case Speak(turn, held=True):
                self._held.add(turn)
                self._unclaimed.append(action)
            case _:
                self._unclaimed.append(action)
