"""The call: a pure state machine. Events in, actions out; no clock, no sockets, no randomness.

Rules of this file.
1. Every result of work carries the turn that asked for it. `handle` drops those of another turn, there and nowhere
   else. The turn rises with every answer begun or withdrawn, every barge-in and prompt of ours.
2. While a tool runs the turn does not rise: what a tool has done must be said. Words that come meanwhile are kept.
3. Nothing waits for ever: whoever has the floor has a timer running (`Timer`), and each timer has a way on.
4. The history holds what was heard: text enters it when the carrier has played it, or as far as it was played.

`shared.core.dialogue` decides what to say, `shared.core.floor` keeps whose turn it is; this decides when.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from shared.core import events as on
from shared.core.actions import Action, CancelModel, FlushHearing
from shared.core.agent import Agent
from shared.core.attempt import Assignment
from shared.core.barge_in import BargeIn
from shared.core.dialogue import Dialogue
from shared.core.drafts import Drafts
from shared.core.events import Event, JsonValue
from shared.core.fillers import Fillers
from shared.core.floor import MODEL_MS, SLOW_REPLY_MS, TOOL_MS, Floor
from shared.core.keypad import BETWEEN_DIGITS_MS, Keypad
from shared.core.moved import Moved
from shared.core.moves import Move, Say, ToolCall
from shared.core.next_step import TurnByTurn
from shared.core.payment import Settled
from shared.core.redaction import Redaction
from shared.core.timers import Timer
from shared.core.transfer import Returned
from shared.core.turn_timing import TurnTiming
from shared.core.urgent import Urgent


class Call:
    """One call's conversation.

    `now` is the line's local time when the stream began; `progress` is what an earlier stream of the call saved;
    `assignment` is what a call that the agent makes is for.
    """

    def __init__(
        self,
        agent: Agent,
        *,
        call_sid: str,
        now: datetime,
        progress: Mapping[str, JsonValue] | None = None,
        assignment: Assignment | None = None,
    ) -> None:
        self._moved, self._from_people = Moved.read(progress or {}), Returned.read(progress or {})
        self._from_paying = Settled.read(progress or {})
        self._redaction = Redaction(agent.speaks)
        dialogue = Dialogue(agent, call_sid, now, assignment)
        if progress is not None:
            dialogue.restore(progress)
        self._floor = Floor(dialogue)
        self._timers = self._floor.timers
        self._speaking = self._floor.speaking
        self._listening = self._floor.listening
        self._keypad = Keypad()
        self._barge_in = BargeIn(self._floor)
        self._fillers = Fillers(self._floor)
        self._urgent = Urgent(self._floor)
        self._drafts = Drafts(self._floor, self._barge_in)

    @property
    def turn(self) -> int:
        """The number that results must carry to count."""
        return self._floor.turn

    @property
    def agent(self) -> Agent:
        """Who speaks now, in the language the call has come to."""
        return self._floor.dialogue.agent

    @property
    def floor(self) -> Floor:
        """What is being said, and waited for: to be looked at, not touched."""
        return self._floor

    @property
    def ended(self) -> bool:
        return self._floor.ended

    def handle(self, event: Event, at_ms: int) -> list[Action]:
        """What to do about `event`, which happened `at_ms` after the stream began."""
        if self.ended or (isinstance(event, on.Reply) and event.turn != self.turn):
            return []
        self._floor.at = at_ms
        self._dispatch(event)
        self._drafts.take_if_ready()
        return self._floor.taken()

    def _dispatch(self, event: Event) -> None:
        match event:
            case on.CallStarted():
                self._timers.set(Timer.CALL, self.agent.limits.call_ms)
                self._begin()
            case on.SpeechStarted() | on.SpeechPaused() | on.SpeechEnded():
                self._sounds(event)
            case on.PartialHeard() | on.FinalHeard():
                self._words(event)
            case on.DigitPressed(digit):
                self._pressed(digit)
            case on.AnsweredBy(verdict):
                self._urgent.verdict(verdict)
            case on.TimerFired(name):
                self._rang(self._timers.rang(name))
            case on.RecognitionFailed(reason):
                self._drafts.take_if_over()
                self._floor.note("fault", what="recognition", reason=reason)
                self._floor.lose_hearing()
            case on.ReplyText() | on.ReplyToolCall() | on.ReplyFinished() | on.ReplyFailed():
                self._replied(event)
            case on.ToolReturned() | on.ToolFailed():
                self._returned(event)
            case on.SegmentStarted() | on.SegmentSent() | on.SegmentPlayed() | on.SegmentFailed():
                self._sounded(event)
            case on.CallerGone():
                self._floor.finish(None)
            case on.CallMoves():
                self._floor.move()
            case _:
                assert_never(event)

    def _begin(self) -> None:
        """Greet; or go on where the call was: as if nothing had been if it was moved, with an excuse if it was lost."""
        dialogue = self._floor.dialogue
        if self._from_people is not None:
            self._floor.perform(dialogue.back(self._from_people))
        elif self._from_paying is not None:
            self._floor.perform(dialogue.back_from_paying(self._from_paying))
        elif self._moved is None:
            self._floor.perform(dialogue.go_on() if dialogue.begun else dialogue.greet())
            self._urgent.listen_if_silent()
        else:
            self._listening.hearing.resume(self._moved.heard)
            self._floor.perform(Say(self._moved.unsaid)) if self._moved.unsaid else self._floor.listen()

    # --- the caller has the floor, or wants it

    def _sounds(self, event: on.SpeechStarted | on.SpeechPaused | on.SpeechEnded) -> None:
        """Voice activity. Speech over ours is a barge-in; speech before our answer to it continues an utterance."""
        floor = self._floor
        match event:
            case on.SpeechStarted():
                self._listening.voice_began(floor.at)
                if self._speaking.playback.audible:
                    self._barge_in.voice()
                elif floor.before is not None and floor.draft is None:
                    floor.note("cut_off", turn=floor.turn, after_ms=floor.at - self._listening.voice_ended)
                    floor.take_back()
                    self._listening.hearing.reopen()
            case on.SpeechPaused(silence_ms):
                self._listening.voice_paused(floor.at, silence_ms)
                self._ask_for_words()
                self._drafts.prepare()
            case on.SpeechEnded(silence_ms):
                self._timers.cancel(Timer.BARGE_IN)
                if not self._listening.paused:
                    self._ask_for_words()
                self._listening.voice_stopped(floor.at, silence_ms, floor.question)
                self._drafts.prepare()
            case _:
                assert_never(event)

    def _ask_for_words(self) -> None:
        """The caller may have finished; what is said over the agent is told soon enough."""
        if self._floor.draft is not None or not self._floor.ours:
            self._floor.out.append(FlushHearing())

    def _words(self, event: on.PartialHeard | on.FinalHeard) -> None:
        """What the caller says, so far or for good."""
        floor = self._floor
        begun = floor.dialogue.ways_out.withheld
        event = self._redaction.of(event, floor.dialogue.slot, takes_cards=self.agent.takes_cards, begun=begun)
        corrected = self._listening.words(event, floor.at, floor.question)
        if self._urgent.words():
            return
        if corrected is not None:
            self._drafts.corrected(corrected, event.words if isinstance(event, on.FinalHeard) else ())
        self._barge_in.words()
        self._drafts.prepare()

    def _pressed(self, digit: str) -> None:
        self._floor.withdraw()
        if self._urgent.key(digit):
            return
        self._timers.cancel(Timer.SILENCE, Timer.DEAF, Timer.KEYPAD)
        self._barge_in.stop()
        typed = self._keypad.press(digit, self._floor.dialogue.slot, takes_cards=self.agent.takes_cards)
        if typed is None:
            self._timers.set(Timer.KEYPAD, BETWEEN_DIGITS_MS)
        else:
            self._keyed(typed)

    def _keyed(self, typed: str) -> None:
        if self._floor.locked:
            return
        self._floor.note("keypad", digits=len(typed))
        self._listening.hearing.clear()
        self._barge_in.was_meant()
        self._floor.timing = TurnTiming(self._floor.at, self._floor.at, by_keypad=True)
        self._floor.interject(self._floor.dialogue.keyed(typed))

    # --- timers

    def _rang(self, timer: Timer | None) -> None:
        match timer:
            case Timer.END_OF_TURN:
                if self._listening.is_over(self._floor.at):
                    self._drafts.turn_is_over()
            case Timer.WORDS:
                self._no_words()
            case Timer.BARGE_IN:
                self._barge_in.stop()
            case Timer.SILENCE | Timer.DEAF:
                if not self._floor.ours:
                    self._urgent.do(self._floor.dialogue.silence())
            case Timer.MODEL:
                self._floor.out.append(CancelModel(self.turn))
                self._replied(on.ReplyFailed(self.turn, "deadline"))
            case Timer.TOOL:
                call_id = self._floor.tool.call_id if self._floor.tool else ""
                self._returned(on.ToolFailed(self.turn, call_id, "deadline"))
            case Timer.FILLER:
                self._drafts.take_if_over()
                self._fillers.say()
            case Timer.SOUND:
                self._overdue()
            case Timer.KEYPAD:
                if (typed := self._keypad.finish()) is not None:
                    self._keyed(typed)
                elif not self._floor.ours:
                    self._floor.listen()
            case Timer.CALL:
                self._timers.set(Timer.CALL, TOOL_MS)
                if self._floor.tool is None:
                    self._floor.withdraw()
                    self._floor.interject(self._floor.dialogue.ways_out.time_is_up())
            case None:
                pass
            case _:
                assert_never(timer)

    def _no_words(self) -> None:
        """There was a sound, but no words in it."""
        if not self._floor.ours and not self._barge_in.resume():
            self._floor.unheard()

    def _overdue(self) -> None:
        """Either the marks are lost, which is harmless, or a segment has no sound, which is not."""
        text = self._speaking.overdue()
        if text is None:
            self._voiceless("deadline")
        else:
            self._floor.note("fault", what="marks", reason="overdue")
            self._floor.heard_to_end(text)

    # --- results of our own work

    def _replied(self, event: on.ReplyText | on.ReplyToolCall | on.ReplyFinished | on.ReplyFailed) -> None:
        reply, timing = self._floor.reply, self._floor.timing
        if reply is None:
            return
        if isinstance(event, on.ReplyFailed):
            self._drafts.take_if_over()
        if timing is not None and timing.understood is None:
            timing.understood = self._floor.at
        match event:
            case on.ReplyText(_, text):
                reply.text += text
                self._floor.utter(reply.segmenter.feed(text))
                self._timers.set(Timer.MODEL, MODEL_MS)
                self._timers.set(Timer.FILLER, SLOW_REPLY_MS)
            case on.ReplyToolCall(_, call_id, name, arguments):
                reply.calls.append(ToolCall(call_id, name, arguments))
                self._timers.set(Timer.MODEL, MODEL_MS)
            case on.ReplyFinished():
                self._floor.utter(reply.segmenter.finish())
                self._reply_over(self._floor.dialogue.replied(reply.text.strip(), reply.calls))
            case on.ReplyFailed() if self._floor.draft is not None:
                self._drafts.failed()
            case on.ReplyFailed(_, reason):
                self._reply_over(self._floor.dialogue.model_failed(reason))
            case _:
                assert_never(event)

    def _reply_over(self, move: Move | None) -> None:
        self._floor.reply = None
        self._timers.cancel(Timer.MODEL, Timer.FILLER)
        if move is not None:
            self._floor.perform(move)
        if not self._floor.ours and not self.ended and self._floor.draft is None:
            self._floor.listen()

    def _returned(self, event: on.ToolReturned | on.ToolFailed) -> None:
        tool, timing = self._floor.tool, self._floor.timing
        if tool is None or event.call_id != tool.call_id:
            return
        self._floor.tool = None
        self._timers.cancel(Timer.TOOL, Timer.FILLER)
        if timing is not None:
            timing.tool += self._floor.at - tool.since
        if isinstance(event, on.ToolReturned):
            self._floor.perform(self._floor.dialogue.returned(event.result))
        else:
            self._floor.perform(self._floor.dialogue.ways_out.tool_failed(event.reason))

    def _sounded(self, event: on.SegmentStarted | on.SegmentSent | on.SegmentPlayed | on.SegmentFailed) -> None:
        floor = self._floor
        match event:
            case on.SegmentStarted(_, segment):
                floor.before = None
                self._speaking.started(segment, floor.at)
                if floor.timing is not None and floor.timing.spoken is not None and floor.tool is None:
                    floor.note("turn_timing", **floor.timing.summary(self.turn, floor.at))
                    floor.timing = None
            case on.SegmentSent(_, segment, audio_ms):
                self._speaking.sent(segment, audio_ms, floor.at)
            case on.SegmentPlayed(_, segment):
                floor.heard_to_end(self._speaking.played(segment))
            case on.SegmentFailed() if floor.draft is not None:
                self._drafts.failed()
            case on.SegmentFailed(_, _, reason):
                self._voiceless(reason)
            case _:
                assert_never(event)

    def _voiceless(self, reason: str) -> None:
        """Our voice is gone: the carrier's own goes on with what was not heard."""
        self._floor.note("fault", what="synthesis", reason=reason)
        self._floor.move(TurnByTurn("synthesis"))
