"""The call: a pure state machine. Events in, actions out; no clock, no sockets, no randomness.

Rules of this file.
1. Every result of work carries the turn that asked for it. `handle` drops those of another turn, there and nowhere
   else. The turn rises whenever the floor changes hands: a barge-in, an utterance taken, a prompt of ours.
2. While a tool runs the turn does not rise: what a tool has done must be said. Words that come meanwhile are kept.
3. Nothing waits for ever: whoever has the floor has a timer running (`Timer`), and each timer has a way on.
4. The history holds what was heard: text enters it when the carrier has played it, or as far as it was played.

`shared.core.dialogue` decides what to say; this decides when.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from shared.core import events as on
from shared.core.actions import Action, AskModel, CancelModel, EndStream, Record, RunTool, SaveProgress
from shared.core.agent import Agent
from shared.core.dialogue import Dialogue, Move, Say, Think, ToolCall, Use
from shared.core.events import Event, JsonValue
from shared.core.keypad import BETWEEN_DIGITS_MS, Keypad
from shared.core.lines import Line, fixed
from shared.core.listening import DEAF_MS, Listening
from shared.core.next_step import HangUp, NextStep, TakeMessage
from shared.core.segments import Segmenter
from shared.core.speaking import Speaking
from shared.core.timers import Timer, Timers
from shared.core.turn_timing import TurnTiming
from shared.core.turns import BARGE_IN_MS, interrupts

MODEL_MS = 6_000
"""To the model's next word. Longer, and the caller asks whether anyone is there."""
TOOL_MS = 8_000
"""To a tool's answer."""
FILLER_MS = 1_200
"""A tool this slow is covered by a few words."""


@dataclass(slots=True)
class _ReplyUnderWay:
    """What the model has written so far in this turn."""

    segmenter: Segmenter = field(default_factory=Segmenter)
    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)


@dataclass(slots=True)
class _ToolUnderWay:
    call_id: str
    since: int


@dataclass(slots=True)
class _Unheard:
    """What an interruption kept from the caller: texts, and where they would have led."""

    texts: list[str]
    end: NextStep | None


class Call:
    """One call's conversation.

    `now` is the line's local time, with its zone, when the stream began; `progress` is what an earlier stream of the
    same call saved.
    """

    def __init__(
        self, agent: Agent, *, call_sid: str, now: datetime, progress: Mapping[str, JsonValue] | None = None
    ) -> None:
        self.turn = 0
        self.ended = False
        self._agent = agent
        self._resumed = progress is not None
        self._dialogue = Dialogue(agent, call_sid, now)
        if progress is not None:
            self._dialogue.restore(progress)
        self._out: list[Action] = []
        self._timers = Timers(self._out)
        self._listening = Listening(self._timers)
        self._speaking = Speaking(self._out, self._timers)
        self._keypad = Keypad()
        self._at = 0
        self._reply: _ReplyUnderWay | None = None
        self._tool: _ToolUnderWay | None = None
        self._end: NextStep | None = None
        self._unheard: _Unheard | None = None
        self._timing: TurnTiming | None = None
        self._fillers = 0

    def handle(self, event: Event, at_ms: int) -> list[Action]:
        """What to do about `event`, which happened `at_ms` after the stream began."""
        if self.ended or (isinstance(event, on.Reply) and event.turn != self.turn):
            return []
        self._at = at_ms
        self._dispatch(event)
        out = [*self._dialogue.notes, *self._out]
        self._dialogue.notes.clear()
        self._out.clear()
        return out

    def _dispatch(self, event: Event) -> None:
        match event:
            case on.CallStarted():
                self._timers.set(Timer.CALL, self._agent.limits.call_ms)
                self._perform(self._dialogue.go_on() if self._resumed else self._dialogue.greet())
            case on.SpeechStarted() | on.SpeechEnded() | on.PartialHeard() | on.FinalHeard():
                self._caller(event)
            case on.DigitPressed(digit):
                self._pressed(digit)
            case on.TimerFired(name):
                self._rang(self._timers.rang(name))
            case on.RecognitionFailed(reason):
                self._note("fault", what="recognition", reason=reason)
                self._interject(self._dialogue.give_up("recognition"))
            case on.ReplyText() | on.ReplyToolCall() | on.ReplyFinished() | on.ReplyFailed():
                self._replied(event)
            case on.ToolReturned() | on.ToolFailed():
                self._returned(event)
            case on.SegmentStarted() | on.SegmentSent() | on.SegmentPlayed() | on.SegmentFailed():
                self._sounded(event)
            case on.CallerGone():
                self._finish(None)
            case _:
                assert_never(event)

    # --- the caller has the floor, or wants it

    def _caller(self, event: on.SpeechStarted | on.SpeechEnded | on.PartialHeard | on.FinalHeard) -> None:
        """Voice activity and words. Speech over ours is a barge-in; speech after its turn was taken continues it."""
        expecting = self._dialogue.agenda.expecting
        match event:
            case on.SpeechStarted():
                self._listening.voice_began()
                if self._speaking.playback.audible:
                    self._timers.set(Timer.BARGE_IN, BARGE_IN_MS)
                elif self._timing is not None and self._tool is None:
                    self._fall_silent()
                    self._timing = None
                    self._listening.hearing.reopen()
                    self._dialogue.conversation.caller_goes_on()
            case on.SpeechEnded(silence_ms):
                self._timers.cancel(Timer.BARGE_IN)
                self._listening.voice_stopped(self._at, silence_ms, expecting)
            case on.PartialHeard() | on.FinalHeard():
                self._listening.words(event, self._at)
                if self._speaking.playback.active and interrupts(self._listening.text, expecting):
                    self._interrupt()
            case _:
                assert_never(event)

    def _pressed(self, digit: str) -> None:
        self._timers.cancel(Timer.SILENCE, Timer.DEAF, Timer.KEYPAD)
        self._interrupt()
        typed = self._keypad.press(digit, self._dialogue.agenda.slot)
        if typed is None:
            self._timers.set(Timer.KEYPAD, BETWEEN_DIGITS_MS)
        else:
            self._keyed(typed)

    def _keyed(self, typed: str) -> None:
        if self._tool is not None or self._speaking.playback.protected:
            return
        self._note("keypad", digits=len(typed))
        self._listening.hearing.clear()
        self._unheard = None
        self._timing = TurnTiming(self._at, self._at)
        self._interject(self._dialogue.keyed(typed))

    def _interrupt(self) -> None:
        """Fall silent, unless this must be heard, or covers a tool at work."""
        if self._tool is not None or self._speaking.playback.protected or not self._speaking.playback.active:
            return
        end = self._end
        self._unheard = _Unheard(self._fall_silent(), end)
        self._timers.set(Timer.DEAF, DEAF_MS)

    def _take_turn(self) -> None:
        """The caller has finished: the floor is ours, unless we still hold it; then the words wait."""
        if self._tool is not None or self._speaking.playback.active:
            return
        if self._unheard is not None and self._listening.is_backchannel(self._dialogue.agenda.expecting):
            self._resume()
            return
        text, confidence = self._listening.take()
        self._unheard = None
        self._new_turn()
        self._timing = TurnTiming(self._listening.voice_ended, self._at)
        self._note("caller", turn=self.turn, text=text, confidence=round(confidence, 3))
        self._perform(self._dialogue.heard(text))

    def _resume(self) -> None:
        """It was no barge-in: go on from the first segment not heard to its end."""
        unheard, self._unheard = self._unheard, None
        self._listening.hearing.clear()
        if unheard is not None:
            self._note("false_interruption")
            self._interject(Say(tuple(Line(text) for text in unheard.texts), unheard.end))

    # --- timers

    def _rang(self, timer: Timer | None) -> None:
        match timer:
            case Timer.END_OF_TURN:
                if self._listening.is_over():
                    self._take_turn()
            case Timer.WORDS:
                self._no_words()
            case Timer.BARGE_IN:
                self._interrupt()
            case Timer.SILENCE | Timer.DEAF:
                if not self._busy:
                    self._interject(self._dialogue.silence())
            case Timer.MODEL:
                self._out.append(CancelModel(self.turn))
                self._replied(on.ReplyFailed(self.turn, "deadline"))
            case Timer.TOOL:
                self._returned(on.ToolFailed(self.turn, self._tool.call_id if self._tool else "", "deadline"))
            case Timer.FILLER:
                phrases = self._agent.phrases.one_moment
                self._speaking.say(self.turn, fixed(phrases[self._fillers % len(phrases)]))
                self._fillers += 1
            case Timer.SOUND:
                self._overdue()
            case Timer.KEYPAD:
                if (typed := self._keypad.finish()) is not None:
                    self._keyed(typed)
                elif not self._busy:
                    self._listen()
            case Timer.CALL:
                self._timers.set(Timer.CALL, TOOL_MS)
                if self._tool is None:
                    self._interject(self._dialogue.time_is_up())
            case None:
                pass
            case _:
                assert_never(timer)

    def _no_words(self) -> None:
        """There was a sound, but no speech in it."""
        if self._busy:
            return
        if self._unheard is not None:
            self._resume()
        else:
            self._listen()

    def _overdue(self) -> None:
        """Either the marks are lost, which is harmless, or a segment has no sound, which is not."""
        text = self._speaking.overdue()
        if text is None:
            self._voiceless("deadline")
        else:
            self._note("fault", what="marks", reason="overdue")
            self._heard_to_end(text)

    # --- results of our own work

    def _replied(self, event: on.ReplyText | on.ReplyToolCall | on.ReplyFinished | on.ReplyFailed) -> None:
        reply = self._reply
        if reply is None:
            return
        if self._timing is not None and self._timing.understood is None:
            self._timing.understood = self._at
        match event:
            case on.ReplyText(_, text):
                reply.text += text
                self._utter(reply.segmenter.feed(text))
                self._timers.set(Timer.MODEL, MODEL_MS)
            case on.ReplyToolCall(_, call_id, name, arguments):
                reply.calls.append(ToolCall(call_id, name, arguments))
                self._timers.set(Timer.MODEL, MODEL_MS)
            case on.ReplyFinished():
                self._utter(reply.segmenter.finish())
                self._reply_over(self._dialogue.replied(reply.text.strip(), reply.calls))
            case on.ReplyFailed(_, reason):
                self._reply_over(self._dialogue.model_failed(reason))
            case _:
                assert_never(event)

    def _reply_over(self, move: Move | None) -> None:
        self._reply = None
        self._timers.cancel(Timer.MODEL)
        if move is not None:
            self._perform(move)
        if not self._busy:
            self._listen()

    def _utter(self, texts: list[str]) -> None:
        for text in texts:
            self._first_words()
            self._speaking.segment(self.turn, text)

    def _returned(self, event: on.ToolReturned | on.ToolFailed) -> None:
        tool = self._tool
        if tool is None or event.call_id != tool.call_id:
            return
        self._tool = None
        self._timers.cancel(Timer.TOOL, Timer.FILLER)
        if self._timing is not None:
            self._timing.tool += self._at - tool.since
        if isinstance(event, on.ToolReturned):
            self._perform(self._dialogue.returned(event.result))
        else:
            self._perform(self._dialogue.tool_failed(event.reason))

    def _sounded(self, event: on.SegmentStarted | on.SegmentSent | on.SegmentPlayed | on.SegmentFailed) -> None:
        match event:
            case on.SegmentStarted(_, segment):
                self._speaking.started(segment, self._at)
                if self._timing is not None and self._tool is None:
                    self._note("turn_timing", **self._timing.summary(self.turn, self._at))
                    self._timing = None
            case on.SegmentSent(_, segment, audio_ms):
                self._speaking.sent(segment, audio_ms, self._at)
            case on.SegmentPlayed(_, segment):
                self._heard_to_end(self._speaking.played(segment))
            case on.SegmentFailed(_, _, reason):
                self._voiceless(reason)
            case _:
                assert_never(event)

    def _voiceless(self, reason: str) -> None:
        """Our voice is gone: the carrier's own takes over, unless all had been said."""
        self._note("fault", what="synthesis", reason=reason)
        leaving = isinstance(self._end, HangUp)
        self._fall_silent()
        way_out = self._dialogue.give_up("synthesis").end
        excuse = f"{self._agent.phrases.trouble} {way_out.say}" if isinstance(way_out, TakeMessage) else ""
        self._finish(HangUp() if leaving else TakeMessage(excuse, "synthesis"))

    def _heard_to_end(self, text: str) -> None:
        if text:
            self._dialogue.conversation.agent_heard(text)
            self._note("agent", turn=self.turn, text=text)
        if self._busy:
            return
        if self._end is not None:
            self._finish(self._end)
        else:
            self._listen()

    # --- who has the floor

    @property
    def _busy(self) -> bool:
        """Whether the floor is ours."""
        return self._reply is not None or self._tool is not None or self._speaking.playback.active

    def _listen(self) -> None:
        self._out.append(SaveProgress(self._dialogue.snapshot()))
        self._listening.begin(self._agent.limits.silence_ms, self._dialogue.agenda.expecting)

    def _interject(self, move: Move) -> None:
        """Take the floor without having been asked."""
        self._fall_silent()
        self._perform(move)

    def _fall_silent(self) -> list[str]:
        """End our turn where it is; the texts not heard to their end."""
        turn = self.turn
        self._new_turn()
        heard, unheard = self._speaking.stop(turn, self._at)
        if heard:
            self._dialogue.conversation.agent_heard(heard, interrupted=True)
            self._note("agent", turn=turn, text=heard, interrupted=True)
        return unheard

    def _new_turn(self) -> None:
        """The floor changes hands: whatever the turn before still has under way is nobody's any more."""
        if self._reply is not None:
            self._out.append(CancelModel(self.turn))
        self._reply, self._tool, self._end = None, None, None
        self._timers.cancel(Timer.MODEL, Timer.TOOL, Timer.FILLER, Timer.BARGE_IN, Timer.SILENCE, Timer.DEAF)
        self.turn += 1

    def _perform(self, move: Move) -> None:
        match move:
            case Say(lines, end):
                self._end = end
                for line in lines:
                    self._first_words()
                    self._speaking.say(self.turn, line)
                if end is not None and not self._busy:
                    self._finish(end)
            case Think(messages, tools):
                self._reply = _ReplyUnderWay()
                self._out.append(AskModel(self.turn, messages, tools))
                self._timers.set(Timer.MODEL, MODEL_MS)
            case Use(name, arguments, key):
                self._tool = _ToolUnderWay(f"{self.turn}:{key}", self._at)
                self._out.append(RunTool(self.turn, self._tool.call_id, name, arguments, key))
                self._timers.set(Timer.TOOL, TOOL_MS)
                self._timers.set(Timer.FILLER, FILLER_MS)
            case _:
                assert_never(move)

    def _first_words(self) -> None:
        if self._timing is not None and self._timing.spoken is None:
            self._timing.spoken = self._at

    def _note(self, kind: str, **data: JsonValue) -> None:
        self._out.append(Record(kind, data))

    def _finish(self, next_step: NextStep | None) -> None:
        """Nothing is under way any more, and nothing will be."""
        if self._reply is not None:
            self._out.append(CancelModel(self.turn))
        self._timers.cancel_all()
        self.ended = True
        self._out.append(SaveProgress(self._dialogue.snapshot()))
        if next_step is not None:
            self._out.append(EndStream(next_step))
