"""Whose turn it is to speak, and what the turn that holds the floor has under way.

The turn number rises whenever the floor changes hands; from then on nothing the old turn asked for counts.

An answer is prepared as soon as the caller may have finished, and kept from being heard until they have (C6): until
then nothing of it has an effect, and it can be withdrawn without a trace but a line in the record.
"""

from dataclasses import dataclass, field
from typing import assert_never

from shared.core.actions import Action, AskModel, CancelModel, ChangeAgent, EndStream, Record, RunTool, SaveProgress
from shared.core.agent import Agent
from shared.core.ahead import Ahead
from shared.core.dialogue import WITHHELD, Dialogue
from shared.core.endpointing import Question
from shared.core.events import HeardWord, JsonValue
from shared.core.lines import Line, fixed
from shared.core.listening import DEAF_MS, Listening
from shared.core.moved import Moved
from shared.core.moves import ChangeTo, Move, Say, Think, ToolCall, Use
from shared.core.next_step import NextStep, TurnByTurn
from shared.core.segments import Segmenter, is_opener
from shared.core.speaking import Speaking
from shared.core.timers import Timer, Timers
from shared.core.turn_timing import TurnTiming
from shared.core.turns import what_matters

MODEL_MS = 6_000
"""To the model's next word. Longer, and the caller asks whether anyone is there."""
TOOL_MS = 8_000
"""To a tool's answer."""
SLOW_REPLY_MS = 1_800
"""A model silent for so long, with nothing being said, is covered by a few words: silence of three seconds and more
sounds like a lost call."""
FILLER_MS = 1_200
"""A tool this slow is covered by a few words."""

TAIL_MS = 150
"""After a turn's last sound the caller is silent for longer; its tail is not to be heard as a word of the next."""


@dataclass(slots=True)
class ReplyUnderWay:
    """What the model has written so far in this turn."""

    segmenter: Segmenter
    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)


@dataclass(slots=True)
class ToolUnderWay:
    call_id: str
    since: int


@dataclass(slots=True)
class Draft:
    """An answer to what the caller has said so far, in case that was all."""

    text: str
    words: tuple[HeardWord, ...]
    reply: ReplyUnderWay | None = None
    """What the model writes for it."""
    effect: Use | ChangeTo | None = None
    """What is to be done once the caller has finished."""
    notes: list[Record] = field(default_factory=list)

    def answers(self, text: str, words: tuple[HeardWord, ...], *, agent: Agent) -> bool:
        """Whether it answers these words too: the same but for a "please" or "um" behind them, and all heard well."""
        doubtful = words != self.words and any(confidence < agent.sure_from for _, confidence in words)
        return not doubtful and what_matters(text, agent.speaks) == what_matters(self.text, agent.speaks)


class Floor:
    """Performs the dialogue's moves by adding actions to `out`. `at` is the time of the event being handled, in ms."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.turn = 0
        self.ended = False
        self.at = 0
        self.out: list[Action] = []
        self.timers = Timers(self.out)
        self.speaking = Speaking(self.out, self.timers, dialogue.agent.speaks)
        self.listening = Listening(self.timers, dialogue.agent.speaks)
        self.reply: ReplyUnderWay | None = None
        self.tool: ToolUnderWay | None = None
        self.end: NextStep | None = None
        """Where the call goes once everything has been heard."""
        self.ahead = Ahead(self.out)
        self.timing: TurnTiming | None = None
        """Of the answer that has not sounded yet."""
        self.dialogue = dialogue
        self.deaf = False
        """Whether recognition is lost for good."""
        self.draft: Draft | None = None
        """The answer that is prepared while the caller still has the floor."""
        self.before: Dialogue | None = None
        """The dialogue as it was before the caller's last utterance, as long as no answer to it was heard or done."""

    @property
    def ours(self) -> bool:
        """Whether the agent holds the floor: it thinks, has a tool at work, or speaks."""
        return self.reply is not None or self.tool is not None or self.speaking.playback.active

    @property
    def locked(self) -> bool:
        """Whether the agent must not be interrupted: a tool is at work, or this has to be heard to its end."""
        return self.tool is not None or (self.speaking.playback.protected and self.draft is None)

    @property
    def question(self) -> Question:
        """What the caller was asked last."""
        return Question.of(self.dialogue.expecting, self.dialogue.slot)

    @property
    def spoken(self) -> str:
        """What the agent said last, and is saying."""
        saying = (line.text for line in self.speaking.playback.lines)
        return " ".join([self.dialogue.conversation.last_words(), *saying])

    def listen(self) -> None:
        """Give the floor to the caller, here or where the caller can be heard."""
        if self.deaf:
            self.move(TurnByTurn("recognition"))
            return
        self._ring_ahead()
        self.out.append(SaveProgress(self.dialogue.snapshot()))
        self.listening.begin(self.dialogue.patience_ms, self.question, self.spoken)

    def unheard(self) -> None:
        """A sound without words was noise, or speech that nobody made out; then its speaker waits for an answer."""
        if self.listening.spoke:
            self.interject(self.dialogue.unheard())
        else:
            self.listen()

    def prepare(self, text: str, words: tuple[HeardWord, ...]) -> None:
        """Begin the answer to `text`; nobody hears it before `commit`."""
        self.change_hands()
        self.before, self.dialogue = self.dialogue, self.dialogue.fork()
        self.draft = Draft(text, words)
        self.speaking.hold()
        self.timing = TurnTiming(self.listening.voice_ended, self.at)
        self.perform(self.dialogue.heard(text, words))

    def commit(self, text: str, since: int, **said: JsonValue) -> None:
        """The caller has finished, at `since`, with words the draft answers: it may be heard, and do what it does."""
        draft, self.draft = self.draft, None
        assert draft is not None
        text = self.dialogue.shown(text)
        self.dialogue.conversation.caller_said_rather(text)
        if self.timing is not None:
            self.timing.voice_ended, self.timing.taken = self.listening.voice_ended, since
        asked = (self.before or self.dialogue).slot
        self.note("caller", turn=self.turn, text=WITHHELD if asked is not None and asked.secret else text, **said)
        self.out += [*self.dialogue.take_notes(), *draft.notes]
        self.speaking.release(self.turn)
        self._ring_ahead()
        if draft.effect is not None:
            self.perform(draft.effect)
        elif not self.ours:
            self.before = None
            self.finish(self.end) if self.end is not None else self.listen()

    def withdraw(self) -> None:
        """The caller has not finished: the draft, if there is one, was never there."""
        if self.draft is not None:
            draft, self.draft, spoken = self.draft, None, self.speaking.held_chars
            self.take_back()
            written = 0 if draft.reply is None else len(draft.reply.text)
            self.note("draft_withdrawn", turn=self.turn - 1, written=written, spoken=spoken)

    def take_back(self) -> None:
        """Be silent, and have the conversation as it was before the caller's last utterance."""
        self.fall_silent()
        self.timing = None
        self.timers.set(Timer.DEAF, DEAF_MS)
        if self.before is not None:
            self.dialogue, self.before = self.before, None

    def interject(self, move: Move) -> None:
        """Take the floor without having been asked."""
        self.fall_silent()
        self.before = None
        self.perform(move)

    def fall_silent(self) -> list[Line]:
        """End our turn where it is; the segments not heard to their end."""
        turn = self.turn
        self.change_hands()
        heard, unheard = self.speaking.stop(turn, self.at)
        if heard:
            self.dialogue.conversation.agent_heard(heard, interrupted=True)
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
                if end is not None and not self.ours and self.draft is None:
                    self.finish(end)
            case Think(messages, tools):
                self.reply = ReplyUnderWay(Segmenter(self.dialogue.agent.speaks))
                if self.draft is not None:
                    self.draft.reply = self.reply
                self.out.append(AskModel(self.turn, messages, tools))
                self.timers.set(Timer.MODEL, MODEL_MS)
                self.timers.set(Timer.FILLER, SLOW_REPLY_MS)
            case Use() | ChangeTo() if self.draft is not None:
                self.draft.effect = move
            case Use(name, arguments, key):
                self.before = None
                self.tool = ToolUnderWay(f"{self.turn}:{key}", self.at)
                self.out.append(RunTool(self.turn, self.tool.call_id, name, arguments, key))
                self.timers.set(Timer.TOOL, TOOL_MS)
                self.timers.set(Timer.FILLER, FILLER_MS)
            case ChangeTo():
                self.before = None
                self._change_language(move)
            case _:
                assert_never(move)
        self._ring_ahead()

    def _ring_ahead(self) -> None:
        """What the floor has come to counts."""
        if not self.ended and self.draft is None:
            self.ahead.leads_to(self.end, self.dialogue)

    def _change_language(self, change: ChangeTo) -> None:
        """Hear and speak another language. What the caller has said since their turn is heard anew, in that."""
        move = self.dialogue.change_to(change)
        agent, listening = self.dialogue.agent, self.listening
        listening.language = self.speaking.language = agent.speaks
        listening.hearing.clear()
        self.out.append(ChangeAgent(agent, max(0, self.at - listening.taken_until - TAIL_MS)))
        self.perform(move)

    def utter(self, texts: list[str]) -> None:
        """Speak segments of the model's reply."""
        for text in texts:
            self._mark_spoken()
            self.speaking.segment(self.turn, Line(text, fixed=is_opener(text, self.dialogue.agent.speaks)))

    def heard_to_end(self, text: str) -> None:
        """The caller has heard `text`; when that was all, the floor is the caller's, or the call is over."""
        if text:
            self.dialogue.conversation.agent_heard(text)
            self.note("agent", turn=self.turn, text=text)
        if self.ours:
            return
        if self.end is not None:
            self.finish(self.end)
        else:
            self.listen()

    def lose_hearing(self) -> None:
        """Nobody will be heard here any more: what is being said is heard to its end, then the call moves."""
        self.deaf = True
        self.withdraw()
        if not self.ours:
            self.listen()

    def move(self, to: NextStep | None = None) -> None:
        """The call goes on elsewhere: nothing of it is said twice, and nothing lost.

        An answer half written is asked for again there. A tool at work cannot be taken along: what it has done is
        excused there and the question asked again.
        """
        if self.end is not None and self.draft is None:
            self.finish(self.end)
            return
        self.ahead.call_off()
        tool = self.tool
        self.withdraw()
        if self.reply is not None and self.before is not None and not self.speaking.playback.audible:
            self.take_back()
            self.listening.hearing.reopen()
        unheard = self.deaf and self.listening.unheard
        moved = Moved(tuple(self.fall_silent()), self.listening.text)
        if unheard:
            moved = Moved((*moved.unsaid, fixed(self.dialogue.agent.phrases.trouble)))
        self.timers.cancel_all()
        self.ended = True
        snapshot = self.dialogue.snapshot()
        self.out.append(SaveProgress(moved.into(snapshot) if tool is None else snapshot))
        if to is not None:
            self.out.append(EndStream(to))

    def finish(self, next_step: NextStep | None) -> None:
        """Nothing is under way any more, and nothing will be."""
        self.withdraw()
        if self.end is None:
            self.ahead.call_off()
        if self.reply is not None:
            self.out.append(CancelModel(self.turn))
        self.timers.cancel_all()
        self.ended = True
        self.out.append(SaveProgress(self.dialogue.snapshot()))
        if next_step is not None:
            self.out.append(EndStream(next_step))

    def note(self, kind: str, **data: JsonValue) -> None:
        """Add a line to the call's record; of a draft, once it counts."""
        (self.out if self.draft is None else self.draft.notes).append(Record(kind, data))

    def taken(self) -> list[Action]:
        """The actions so far, the dialogue's notes first; they are then nobody's but the shell's."""
        notes = [] if self.draft is not None else self.dialogue.take_notes()
        out = [*notes, *self.out]
        self.out.clear()
        return out

    def _mark_spoken(self) -> None:
        if self.timing is not None and self.timing.spoken is None:
            self.timing.spoken = self.at
