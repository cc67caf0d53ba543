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
from typing import assert_never

from shared.core import events as on
from shared.core.actions import Action, AskModel, CancelModel, EndStream, Record, RunTool, SaveProgress
from shared.core.agent import Agent
from shared.core.dialogue import Dialogue, Move, Say, Think, ToolCall, Use
from shared.core.events import Event, JsonValue
from shared.core.keypad import BETWEEN_DIGITS_MS, Keypad
from shared.core.lines import Line, fixed
from shared.core.listening import Listening
from shared.core.next_step import HangUp, NextStep, TakeMessage
from shared.core.segments import Segmenter
from shared.core.speaking import Speaking
from shared.core.timers import Timer, Timers
from shared.core.turn_timing import TurnTiming
from shared.core.turns import BARGE_IN_MS, interrupts

MODEL_MS = 6_000
"""To the model's next word. Longer, and the caller asks whether anyone is there."""
TOOL_MS = 8_000
FILLER_MS = 1_200
"""A tool this slow is covered by a few words."""


class Call:
    """One call's conversation. `progress` is what an earlier stream of the same call saved."""

    def __init__(self, agent: Agent, *, call_sid: str, progress: Mapping[str, JsonValue] | None = None) -> None:
        self.agent = agent
        self.call_sid = call_sid
        self.turn = 0
        self.ended = False
        self._saved = progress
        self._out: list[Action] = []
        self._timers = Timers(self._out)
        self._listening = Listening(self._timers)
        self._speaking = Speaking(self._out, self._timers)
        self._keypad = Keypad()
        self._dialogue: Dialogue | None = None
        self._thinking = False
        self._using: str | None = None
        self._used_since = 0
        self._segmenter = Segmenter()
        self._said = ""
        self._calls: list[ToolCall] = []
        self._end: NextStep | None = None
        self._unheard: tuple[list[str], NextStep | None] | None = None
        self._timing: TurnTiming | None = None
        self._fillers = 0

    def handle(self, event: Event, at_ms: int) -> list[Action]:
        """What to do about `event`, which happened `at_ms` after the stream began."""
        if self.ended or (isinstance(event, on.Reply) and event.turn != self.turn):
            return []
        if isinstance(event, on.CallStarted):
            if self._dialogue is None:
                self._begin(event)
        elif isinstance(event, on.CallerGone):
            self._finish(None)
        elif self._dialogue is not None:
            self._dispatch(event, self._dialogue, at_ms)
        out = [*(self._dialogue.notes if self._dialogue else ()), *self._out]
        self._out.clear()
        if self._dialogue is not None:
            self._dialogue.notes.clear()
        return out

    def _begin(self, event: on.CallStarted) -> None:
        self._dialogue = Dialogue(self.agent, self.call_sid, event.now)
        self._timers.set(Timer.CALL, self.agent.limits.call_ms)
        if self._saved is None:
            self._perform(self._dialogue.greet())
        else:
            self._dialogue.restore(self._saved)
            self._perform(self._dialogue.go_on())

    def _dispatch(self, event: Event, dialogue: Dialogue, at: int) -> None:
        match event:
            case on.SpeechStarted() | on.SpeechEnded() | on.PartialHeard() | on.FinalHeard():
                self._caller(event, dialogue, at)
            case on.DigitPressed(digit):
                self._pressed(digit, dialogue, at)
            case on.TimerFired(name):
                self._rang(self._timers.rang(name), dialogue, at)
            case on.RecognitionFailed(reason):
                self._out.append(Record("fault", {"what": "recognition", "reason": reason}))
                self._interject(dialogue.give_up("recognition"), dialogue, at)
            case on.ReplyText() | on.ReplyToolCall() | on.ReplyFinished() | on.ReplyFailed():
                self._replied(event, dialogue, at)
            case on.ToolReturned() | on.ToolFailed():
                self._returned(event, dialogue, at)
            case on.SegmentStarted() | on.SegmentSent() | on.SegmentPlayed() | on.SegmentFailed():
                self._sounded(event, dialogue, at)
            case on.CallStarted() | on.CallerGone():
                pass
            case on.Reply():
                pass
            case _:
                assert_never(event)

    # --- the caller has the floor, or wants it

    def _caller(
        self,
        event: on.SpeechStarted | on.SpeechEnded | on.PartialHeard | on.FinalHeard,
        dialogue: Dialogue,
        at: int,
    ) -> None:
        """Voice activity and words. Speech over ours is a barge-in; speech after its turn was taken continues it."""
        expecting = dialogue.agenda.expecting
        match event:
            case on.SpeechStarted():
                self._listening.voice_began()
                if self._speaking.playback.audible:
                    self._timers.set(Timer.BARGE_IN, BARGE_IN_MS)
                elif self._thinking and not self._speaking.playback.active:
                    self._new_turn()
                    self._listening.hearing.reopen()
                    dialogue.conversation.caller_goes_on()
            case on.SpeechEnded(silence_ms):
                self._timers.cancel(Timer.BARGE_IN)
                self._listening.voice_stopped(at, silence_ms, expecting)
            case on.PartialHeard() | on.FinalHeard():
                self._listening.words(event, at)
                if self._speaking.playback.active and interrupts(self._listening.text, expecting):
                    self._interrupt(dialogue, at)

    def _pressed(self, digit: str, dialogue: Dialogue, at: int) -> None:
        self._timers.cancel(Timer.SILENCE, Timer.DEAF, Timer.KEYPAD)
        self._interrupt(dialogue, at)
        typed = self._keypad.press(digit, dialogue.agenda.slot)
        if typed is None:
            self._timers.set(Timer.KEYPAD, BETWEEN_DIGITS_MS)
        else:
            self._keyed(typed, dialogue, at)

    def _keyed(self, typed: str, dialogue: Dialogue, at: int) -> None:
        if self._using is not None or self._speaking.playback.protected:
            return
        self._listening.hearing.clear()
        self._out.append(Record("keypad", {"digits": len(typed)}))
        self._timing = TurnTiming(at, at)
        self._interject(dialogue.keyed(typed), dialogue, at)

    def _interrupt(self, dialogue: Dialogue, at: int) -> None:
        """Fall silent, unless this must be heard, or covers a tool at work."""
        if self._using is not None or self._speaking.playback.protected or not self._speaking.playback.active:
            return
        turn = self.turn
        self._new_turn()
        heard, unheard = self._speaking.stop(turn, at)
        dialogue.conversation.agent_heard(heard, interrupted=True)
        self._out.append(Record("agent", {"turn": turn, "text": heard, "interrupted": True}))
        self._unheard = (unheard, self._end)
        self._end = None

    def _take_turn(self, dialogue: Dialogue, at: int) -> None:
        """The caller has finished: the floor is ours."""
        if self._using is not None or self._speaking.playback.active:
            return
        if self._unheard is not None and self._listening.is_backchannel(dialogue.agenda.expecting):
            self._resume(dialogue, at)
            return
        text, confidence = self._listening.take()
        self._unheard = None
        self._new_turn()
        self._timing = TurnTiming(self._listening.voice_ended, at)
        self._out.append(Record("caller", {"turn": self.turn, "text": text, "confidence": round(confidence, 3)}))
        self._perform(dialogue.heard(text))

    def _resume(self, dialogue: Dialogue, at: int) -> None:
        """It was no barge-in: go on from the first segment not heard to its end."""
        unheard, end = self._unheard or ([], None)
        self._unheard = None
        self._listening.hearing.clear()
        self._out.append(Record("false_interruption"))
        self._interject(Say(tuple(Line(text) for text in unheard), end), dialogue, at)

    # --- timers

    def _rang(self, timer: Timer | None, dialogue: Dialogue, at: int) -> None:
        match timer:
            case Timer.END_OF_TURN:
                if self._listening.is_over():
                    self._take_turn(dialogue, at)
            case Timer.WORDS:
                self._no_words(dialogue, at)
            case Timer.BARGE_IN:
                self._interrupt(dialogue, at)
            case Timer.SILENCE | Timer.DEAF:
                if not self._busy:
                    self._interject(dialogue.silence(), dialogue, at)
            case Timer.MODEL:
                self._out.append(CancelModel(self.turn))
                self._replied(on.ReplyFailed(self.turn, "deadline"), dialogue, at)
            case Timer.TOOL:
                self._returned(on.ToolFailed(self.turn, self._using or "", "deadline"), dialogue, at)
            case Timer.FILLER:
                phrases = self.agent.phrases.one_moment
                self._speaking.say(self.turn, fixed(phrases[self._fillers % len(phrases)]))
                self._fillers += 1
            case Timer.SOUND:
                self._overdue(dialogue, at)
            case Timer.KEYPAD:
                if (typed := self._keypad.finish()) is not None:
                    self._keyed(typed, dialogue, at)
                elif not self._busy:
                    self._listen(dialogue)
            case Timer.CALL:
                self._out_of_time(dialogue, at)
            case None:
                pass
            case _:
                assert_never(timer)

    def _no_words(self, dialogue: Dialogue, at: int) -> None:
        """There was a sound, but no speech in it."""
        if self._busy:
            return
        if self._unheard is not None:
            self._resume(dialogue, at)
        else:
            self._listen(dialogue)

    def _out_of_time(self, dialogue: Dialogue, at: int) -> None:
        if self._using is not None:
            self._timers.set(Timer.CALL, TOOL_MS)
        else:
            self._interject(dialogue.time_is_up(), dialogue, at)

    def _overdue(self, dialogue: Dialogue, at: int) -> None:
        """Either the marks are lost, which is harmless, or a segment has no sound, which is not."""
        text = self._speaking.overdue()
        if text is None:
            self._voiceless("deadline", dialogue, at)
        else:
            self._out.append(Record("fault", {"what": "marks", "reason": "overdue"}))
            self._heard_to_end(text, dialogue)

    # --- results of our own work

    def _replied(
        self,
        event: on.ReplyText | on.ReplyToolCall | on.ReplyFinished | on.ReplyFailed,
        dialogue: Dialogue,
        at: int,
    ) -> None:
        if not self._thinking:
            return
        if self._timing is not None and self._timing.understood is None:
            self._timing.understood = at
        self._timers.set(Timer.MODEL, MODEL_MS)
        move: Move | None = None
        match event:
            case on.ReplyText(_, text):
                self._said += text
                self._utter(self._segmenter.feed(text), at)
                return
            case on.ReplyToolCall(_, call_id, name, arguments):
                self._calls.append(ToolCall(call_id, name, arguments))
                return
            case on.ReplyFinished():
                self._utter(self._segmenter.finish(), at)
                move = dialogue.replied(self._said.strip(), self._calls)
            case on.ReplyFailed(_, reason):
                move = dialogue.model_failed(reason)
            case _:
                assert_never(event)
        self._thinking = False
        self._timers.cancel(Timer.MODEL)
        if move is not None:
            self._perform(move, at)
        if not self._busy:
            self._listen(dialogue)

    def _utter(self, texts: list[str], at: int) -> None:
        for text in texts:
            self._mark_spoken(at)
            self._speaking.segment(self.turn, text)

    def _returned(self, event: on.ToolReturned | on.ToolFailed, dialogue: Dialogue, at: int) -> None:
        if event.call_id != self._using:
            return
        self._using = None
        self._timers.cancel(Timer.TOOL, Timer.FILLER)
        if self._timing is not None:
            self._timing.tool += at - self._used_since
        if isinstance(event, on.ToolReturned):
            self._perform(dialogue.returned(event.result), at)
        else:
            self._perform(dialogue.tool_failed(event.reason), at)

    def _sounded(
        self,
        event: on.SegmentStarted | on.SegmentSent | on.SegmentPlayed | on.SegmentFailed,
        dialogue: Dialogue,
        at: int,
    ) -> None:
        match event:
            case on.SegmentStarted(_, segment):
                self._speaking.started(segment, at)
                if self._timing is not None and self._using is None:
                    self._out.append(Record("turn_timing", self._timing.summary(self.turn, at)))
                    self._timing = None
            case on.SegmentSent(_, segment, audio_ms):
                self._speaking.sent(segment, audio_ms, at)
            case on.SegmentPlayed(_, segment):
                self._heard_to_end(self._speaking.played(segment), dialogue)
            case on.SegmentFailed(_, _, reason):
                self._voiceless(reason, dialogue, at)
            case _:
                assert_never(event)

    def _voiceless(self, reason: str, dialogue: Dialogue, at: int) -> None:
        """Our voice is gone: the carrier's own takes over."""
        self._out.append(Record("fault", {"what": "synthesis", "reason": reason}))
        self._speaking.stop(self.turn, at)
        given_up = dialogue.give_up("synthesis")
        message = given_up.end.say if isinstance(given_up.end, TakeMessage) else ""
        excuse = f"{self.agent.phrases.trouble} {message}" if not isinstance(self._end, HangUp) else ""
        self._finish(TakeMessage(excuse, "synthesis") if excuse else HangUp())

    def _heard_to_end(self, text: str, dialogue: Dialogue) -> None:
        if text:
            dialogue.conversation.agent_heard(text)
            self._out.append(Record("agent", {"turn": self.turn, "text": text}))
        if self._busy:
            return
        if self._end is not None:
            self._finish(self._end)
        else:
            self._listen(dialogue)

    # --- who has the floor

    @property
    def _busy(self) -> bool:
        """Whether the floor is ours."""
        return self._thinking or self._using is not None or self._speaking.playback.active

    def _listen(self, dialogue: Dialogue) -> None:
        self._out.append(SaveProgress(dialogue.snapshot()))
        self._listening.begin(self.agent.limits.silence_ms, dialogue.agenda.expecting)

    def _interject(self, move: Move, dialogue: Dialogue, at: int) -> None:
        """Take the floor without having been asked."""
        turn = self.turn
        self._new_turn()
        heard, _ = self._speaking.stop(turn, at)
        dialogue.conversation.agent_heard(heard, interrupted=True)
        self._perform(move, at)

    def _new_turn(self) -> None:
        """The floor changes hands: whatever the turn before still has under way is nobody's any more."""
        if self._thinking:
            self._out.append(CancelModel(self.turn))
        self._thinking = False
        self._using = None
        self._end = None
        self._timers.cancel(Timer.MODEL, Timer.TOOL, Timer.FILLER, Timer.BARGE_IN, Timer.SILENCE, Timer.DEAF)
        self.turn += 1

    def _perform(self, move: Move, at: int = 0) -> None:
        match move:
            case Say(lines, end):
                self._end = end
                for line in lines:
                    self._mark_spoken(at)
                    self._speaking.say(self.turn, line)
            case Think(messages, tools):
                self._thinking, self._said, self._calls, self._segmenter = True, "", [], Segmenter()
                self._out.append(AskModel(self.turn, messages, tools))
                self._timers.set(Timer.MODEL, MODEL_MS)
            case Use(name, arguments, key):
                self._using, self._used_since = f"{self.turn}:{key}", at
                self._out.append(RunTool(self.turn, self._using, name, arguments, key))
                self._timers.set(Timer.TOOL, TOOL_MS)
                self._timers.set(Timer.FILLER, FILLER_MS)
            case _:
                assert_never(move)

    def _mark_spoken(self, at: int) -> None:
        if self._timing is not None and self._timing.spoken is None:
            self._timing.spoken = at

    def _finish(self, next_step: NextStep | None) -> None:
        """Nothing is under way any more, and nothing will be."""
        if self._thinking:
            self._out.append(CancelModel(self.turn))
        self._timers.cancel_all()
        self.ended = True
        if self._dialogue is not None:
            self._out.append(SaveProgress(self._dialogue.snapshot()))
        if next_step is not None:
            self._out.append(EndStream(next_step))
