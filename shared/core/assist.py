"""Help for a person while they talk with a caller: what they could say next, what is known about it, the form filled.

Pure: events in, actions out. It never speaks: what it finds are lines of the call's record. A sentence of the caller's
is taken up when the caller pauses, for recognition may take two seconds more to settle; when they go on, or the final
words differ, it is taken up anew.
"""

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.core import events as on
from shared.core.actions import Action, AskModel, CancelModel, CancelTimer, Message, Record, SetTimer
from shared.core.agent import Agent, Fact, Task
from shared.core.events import JsonValue
from shared.core.prompt import assist_message, assist_tools
from shared.core.redaction import Redaction
from shared.core.slots import Accepted, accept
from shared.core.words import words_of

PAUSE_MS = 350
"""Of the caller's: the words so far are taken for a sentence."""
FEWEST_WORDS = 2
FEWEST_SO_FAR = 4
"""Of a sentence that recognition itself calls unfinished, as it may one that is."""
MOST_WORDS = 60
"""Of a suggested reply."""
KEPT = 20
"""What was said last, as the model is told it."""
SURE_OF_PASSAGE = 2.5
"""Words that a reply has in common with what is known about one thing, those that are known about several for less."""

NOTED = "noted"
"""The kind of the lines that hold values."""
CORRECTED = "corrected"
"""And of those that hold what a person has written into the form: all of it, by task and slot, `book.day`."""
_PAUSE = "pause"
_GOES_ON = ("...", "\u2026")
"""How recognisers end what may not be finished."""


class Who(StrEnum):
    CALLER = "caller"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Said:
    """Recognition of one side, so far or for good. `until_ms` is where its last word ends, if that is known."""

    who: Who
    text: str
    final: bool
    until_ms: int | None = None


type Event = Said | on.TimerFired | on.ReplyText | on.ReplyToolCall | on.ReplyFinished | on.ReplyFailed


@dataclass(slots=True)
class _Question:
    """A sentence of the caller's that the model was asked about."""

    turn: int
    text: str
    until_ms: int
    settled: bool
    """Whether recognition has said these words for good; until then the caller may go on."""
    reply: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    answered: bool = False


class Assist:
    """Beside one conversation of a caller with a person. `before` is who said what until then, `known` the values of
    each task so far."""

    def __init__(
        self,
        agent: Agent,
        now: datetime,
        before: Iterable[tuple[str, str]] = (),
        known: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._agent = agent
        self._now = now
        self._said: deque[tuple[str, str]] = deque(before, maxlen=KEPT)
        self._known = {task: dict(values) for task, values in (known or {}).items()}
        self._cards = {who: Redaction(agent.speaks) for who in Who}
        self._draft: Said | None = None
        self._question: _Question | None = None
        self._turn = 0
        self._told = ""

    def handle(self, event: Event, at_ms: int) -> list[Action]:
        """What follows from it; `at_ms` is on the same clock as `Said.until_ms`."""
        match event:
            case Said(who=Who.PERSON):
                return self._person_said(self._without_cards(event))
            case Said():
                return self._caller_said(self._without_cards(event), at_ms)
            case on.TimerFired():
                draft, self._draft = self._draft, None
                return [] if draft is None or _is_begun_only(draft.text) else self._ask(draft, at_ms, settled=False)
            case _:
                return self._replied(event, at_ms)

    def _without_cards(self, said: Said) -> Said:
        """A card's number that is read out, by whichever side, is for neither record nor model."""
        heard = on.FinalHeard("", said.text) if said.final else on.PartialHeard("", said.text)
        return replace(said, text=self._cards[said.who].of(heard, None, takes_cards=False).text)

    def _person_said(self, said: Said) -> list[Action]:
        if not said.final or not said.text:
            return []
        self._said.append((Who.PERSON, said.text))
        return [Record(Who.PERSON, {"text": said.text})]

    def _caller_said(self, said: Said, at_ms: int) -> list[Action]:
        if not said.final:
            if self._draft is not None and words_of(self._draft.text) == words_of(said.text):
                return []
            asked, self._draft = self._question, said
            if asked is None or asked.settled:
                return [SetTimer(_PAUSE, PAUSE_MS)]
            if words_of(asked.text) == words_of(said.text):
                self._draft = None
                return [CancelTimer(_PAUSE)]
            return [*self._forget(), SetTimer(_PAUSE, PAUSE_MS)]
        self._draft = None
        if not said.text:
            return [CancelTimer(_PAUSE)]
        actions: list[Action] = [CancelTimer(_PAUSE), Record(Who.CALLER, {"text": said.text})]
        asked = self._question
        if asked is None or asked.settled or words_of(asked.text) != words_of(said.text):
            actions += self._ask(said, at_ms, settled=True)
        else:
            asked.settled = True
        self._said.append((Who.CALLER, said.text))
        return actions

    def _ask(self, said: Said, at_ms: int, *, settled: bool) -> list[Action]:
        unwanted = self._forget()
        if len(words_of(said.text)) < FEWEST_WORDS:
            return unwanted
        self._turn += 1
        until_ms = at_ms if said.until_ms is None else said.until_ms
        self._question = _Question(self._turn, said.text, until_ms, settled)
        messages = (assist_message(self._agent, self._now), *self._messages(said.text))
        return [*unwanted, AskModel(self._turn, messages, assist_tools(self._agent))]

    def _forget(self) -> list[Action]:
        """The caller says something else than was asked about."""
        asked, self._question = self._question, None
        return [] if asked is None or asked.answered else [CancelModel(asked.turn)]

    def _messages(self, text: str) -> list[Message]:
        roles = {Who.CALLER: "user"}
        said = [*self._said, (Who.CALLER, text)]
        return [{"role": roles.get(Who(who), "assistant"), "content": words} for who, words in said]

    def _replied(
        self, event: on.ReplyText | on.ReplyToolCall | on.ReplyFinished | on.ReplyFailed, at_ms: int
    ) -> list[Action]:
        asked = self._question
        if asked is None or event.turn != asked.turn or asked.answered:
            return []
        match event:
            case on.ReplyText(_, text):
                asked.reply += text
            case on.ReplyToolCall(_, _, name, arguments):
                asked.calls.append((name, arguments))
            case on.ReplyFinished() | on.ReplyFailed():
                asked.answered = True
                return self._tell(asked, at_ms)
        return []

    def _tell(self, asked: _Question, at_ms: int) -> list[Action]:
        """What has come of a sentence, as lines of the record."""
        told: list[Action] = []
        question = ""
        for name, arguments in asked.calls:
            if (task := self._agent.task(name)) is not None:
                noted = self._fill(task, arguments)
                told += [Record(NOTED, {"task": task.name, "slots": noted})] if noted else []
                question = question or self._missing(task)
        reply = " ".join((asked.reply.strip() or question).split()[:MOST_WORDS])
        if reply and reply != self._told:
            self._told = reply
            passage = self._passage(f"{asked.text} {reply}")
            about = None if passage is None else {"about": passage.about, "answer": passage.answer}
            after_ms = max(0, at_ms - asked.until_ms)
            told.append(
                Record("suggestion", {"to": asked.text, "reply": reply, "passage": about, "after_ms": after_ms})
            )
        return told

    def _fill(self, task: Task, arguments: str) -> dict[str, JsonValue]:
        """The values among what the model passed on that are good, and new."""
        known, today = self._known.setdefault(task.name, {}), self._now.date()
        found: dict[str, JsonValue] = {}
        proposed = _object(arguments)
        for slot in task.slots:
            if slot.secret:
                continue
            value = accept(slot, str(proposed.get(slot.name, "")), language=task.speaks, today=today)
            if slot.name in proposed and isinstance(value, Accepted) and known.get(slot.name) != value.value:
                known[slot.name] = value.value
                found[slot.name] = value.value
        return found

    def _missing(self, task: Task) -> str:
        """The question for what the task still needs, as the agent would ask it."""
        known = self._known.get(task.name, {})
        open_ones = (slot for slot in task.slots if slot.name not in known and not slot.secret)
        return next((slot.ask for slot in open_ones if "{" not in slot.ask), "")

    def _passage(self, said: str) -> Fact | None:
        """What the agent knows that sentence and reply are about."""
        facts = self._agent.facts
        mentions = [set(words_of(f"{fact.about} {fact.answer}")) for fact in facts]
        wanted = set(words_of(said))
        scores = [
            sum(1 / sum(word in other for other in mentions) for word in wanted & mentioned) for mentioned in mentions
        ]
        best = max(range(len(facts)), key=lambda place: scores[place], default=None)
        return None if best is None or scores[best] < SURE_OF_PASSAGE else facts[best]


def spoken_before(lines: Sequence[tuple[str, Mapping[str, JsonValue]]]) -> list[tuple[str, str]]:
    """Who said what, from the call's record: the agent's words count as those of the person who goes on."""
    kinds = {"caller": Who.CALLER, "agent": Who.PERSON, "person": Who.PERSON}
    return [(kinds[kind], str(data["text"])) for kind, data in lines if kind in kinds and data.get("text")]


def _is_begun_only(text: str) -> bool:
    return text.rstrip().endswith(_GOES_ON) and len(words_of(text)) < FEWEST_SO_FAR


def heard_of(lines: Iterable[tuple[str, Mapping[str, JsonValue]]]) -> dict[str, dict[str, JsonValue]]:
    """The values that were noted while people talked, by task, from the call's record. What a person wrote counts
    before them, as they wrote it last."""
    heard: dict[str, dict[str, JsonValue]] = {}
    corrected: Mapping[str, JsonValue] = {}
    for kind, data in lines:
        slots = data.get("slots")
        if kind == NOTED and isinstance(slots, Mapping):
            heard.setdefault(str(data.get("task")), {}).update(slots)
        elif kind == CORRECTED and isinstance(slots, Mapping):
            corrected = slots
    for key, value in corrected.items():
        task, _, slot = key.partition(".")
        heard.setdefault(task, {})[slot] = value
    return heard


def _object(arguments: str) -> Mapping[str, JsonValue]:
    try:
        read = json.loads(arguments)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
