"""An agent: who answers, what it knows and does, and what happens when it cannot. Data only.

A business person writes it as a file (`shared/adapters/agent_files.py` reads it); the core follows it. Texts may hold
`{slot}` placeholders. Everything here is fixed for the length of a call.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache

from shared.core import languages
from shared.core.languages.language import Language
from shared.core.outbound import Outbound
from shared.core.pay import Pay

LANGUAGE = "language"
"""Under this name a call's progress keeps the language it has come to."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: a voice id and engine of Amazon Polly's, and the language, e.g. Joanna, neural, en-US."""

    name: str
    language: str = "en-US"
    engine: str = "neural"
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """The voice ids of other vendors, by vendor."""
    rate: float = 1.0
    """How fast it speaks, as a multiple of its own pace."""
    say_as: tuple[tuple[str, str], ...] = ()
    """Words as they are written, each with a spelling that is read as it should sound."""

    def reads(self, text: str) -> str:
        """What is given to the vendor to say `text`; the record keeps the text as it is written."""
        return _lexicon(self.say_as)(text) if self.say_as else text


@cache
def _lexicon(say_as: tuple[tuple[str, str], ...]) -> Callable[[str], str]:
    """Whole words only, in small and capital letters as given ("IT" is not "it"); the longest entry counts."""
    spellings = dict(say_as)
    longest_first = "|".join(map(re.escape, sorted(spellings, key=len, reverse=True)))
    part = r"[\w\u0900-\u097f]"  # Python counts no vowel sign of Devanagari as part of a word
    written = re.compile(rf"(?<!{part})(?:{longest_first})(?!{part})")
    return lambda text: written.sub(lambda found: spellings[found[0]], text)


class SlotKind(StrEnum):
    """What a slot holds; decides how it is understood, validated, read back, and how patiently we listen."""

    CHOICE = "choice"
    DATE = "date"
    TIME = "time"
    NAME = "name"
    PHONE = "phone"
    DIGITS = "digits"
    NUMBER = "number"
    EMAIL = "email"
    YES_NO = "yes-no"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing a task needs to know."""

    name: str
    kind: SlotKind
    ask: str
    description: str = ""
    ask_again: str = ""
    """Said instead of `ask` when the first answer would not do."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a choice: each value with the other words callers use for it."""
    options_from: str | None = None
    """A tool that lists the values possible now, given the slots before this one."""
    sure_from: float = 0.0
    """How sure the recogniser must be of its words, 0 to 1; less, and it is asked again (S6)."""
    min_digits: int = 1
    max_digits: int = 20
    secret: bool = False
    """Whether it only proves who the caller is: tools have it, the record and people do not."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A tool said no, for a reason the file foresees: what to say, and which slots to ask anew."""

    say: str
    ask_again: tuple[str, ...] = ()
    at_most: int | None = None
    """How often they are asked anew; then the task is given up, and the call goes on without it. None is always."""


@dataclass(frozen=True, slots=True)
class Task:
    """A job the agent does from start to end: gather slots, read them back, run a tool, say how it went."""

    name: str
    language: str
    """What its texts are in; the agent's."""
    purpose: str
    callers_say: tuple[str, ...]
    slots: tuple[Slot, ...]
    run: str
    """The tool; empty for a task that only comes to a result."""
    done: str
    confirm: str | None = None
    problems: Mapping[str, Problem] = field(default_factory=dict)
    declined: str = ""
    """Said after a no to what was read back, which is then given up; empty asks what to change."""
    result: str = ""
    """What a call that the agent makes has come to when this is done."""
    ends: bool = False
    """Whether the call is over then."""
    passes_on: tuple[str, ...] = ()
    """Facts of the event that the tool is given."""
    given: Mapping[str, str] = field(default_factory=dict)
    """In one call: these facts."""
    said: Mapping[str, str] = field(default_factory=dict)
    """And what its texts may hold of them, as it is said."""
    pay: Pay | None = None
    """What is paid for it once its tool, if `run` names one, has said how much; `done` is said when it is paid."""

    @property
    def speaks(self) -> Language:
        return languages.of(self.language)


class DestinationKind(StrEnum):
    NUMBER = "number"
    SIP = "sip"
    QUEUE = "queue"
    """A workflow of Twilio's TaskRouter."""
    TEAM = "team"
    """People signed in at the desk."""
    PERSON = "person"
    """One of them."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a caller may be transferred to: a number in E.164, a sip: address, a workflow's sid, a team's name, or the
    user name under which a person signs in at the desk."""

    kind: DestinationKind
    address: str
    label: str
    """How it is called in records, and to people."""

    def is_asked(self, *, warm: bool) -> bool:
        """Whether whoever is there is rung by us, and asked, while the caller waits; else the carrier connects them."""
        at_desk = self.kind in (DestinationKind.TEAM, DestinationKind.PERSON)  # who has to be claimed first
        return at_desk or (warm and self.kind is not DestinationKind.QUEUE)


@dataclass(frozen=True, slots=True)
class Hours:
    """When people are there, by the agent's own time."""

    days: Mapping[int, tuple[time, time]]
    """By day of the week, 0 is Monday: from, to. Days that are missing are closed."""
    closed_on: frozenset[date] = frozenset()

    def open_at(self, now: datetime) -> bool:
        opens, closes = self.days.get(now.weekday(), (time.max, time.min))
        return now.date() not in self.closed_on and opens <= now.time() < closes


@dataclass(frozen=True, slots=True)
class Route:
    """A named way out to people. The model may choose the name; what stands behind it is configuration.

    A route without destinations takes a message.
    """

    name: str
    purpose: str
    callers_say: tuple[str, ...]
    say: str
    message: str
    """Said before the caller leaves a message."""
    destinations: tuple[Destination, ...] = ()
    """Tried one after the other."""
    warm: bool = True
    """Whether people are told what it is about, and asked, before they hear the caller; the caller waits meanwhile."""
    ring_ms: int = 20_000
    wait_ms: int = 90_000
    """How long the caller waits in all."""
    hours: Hours | None = None
    """None for always."""
    closed: str = ""
    """Said outside the hours."""
    nobody: str = ""
    """Said when nobody took the call."""
    otherwise: str = ""
    """The task offered when it is closed, or nobody took the call; none takes a message."""
    first: tuple[str, ...] = ()
    """The tasks that come before people: who the caller is, what it is about. A caller who asks again skips them."""
    result: str = ""
    """What a call that the agent makes has come to when it goes here."""

    @property
    def rings_first(self) -> bool:
        """Whether people are rung before the caller's leg is needed for it."""
        return bool(self.destinations) and self.destinations[0].is_asked(warm=self.warm)

    def open_at(self, now: datetime) -> bool:
        """Whether callers are put through now; `now` is the agent's own time."""
        return bool(self.destinations) and (self.hours is None or self.hours.open_at(now))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the agent knows and may say."""

    about: str
    answer: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Fixed lines. Tuples are used in turn."""

    anything_else: str
    goodbye: str
    one_moment: tuple[str, ...]
    not_understood: tuple[str, ...]
    still_there: tuple[str, ...]
    silent_goodbye: str
    trouble: str
    """After a fault of ours: the caller is asked to say it again."""
    cut_off: str
    """After a lost stream: the conversation goes on."""
    time_is_up: str
    message_taken: str
    """After the caller has left a message, by the carrier's own voice."""
    unsure: str
    """Before a question is asked again whose answer was heard badly."""
    check: str
    """Reads back one value that was heard badly, as {value}."""
    use_keypad: str
    """Offers the keypad for a number that was heard badly."""
    dropped: str
    """After the caller gave up a task."""
    what_to_change: str
    """After a no to what was read back."""
    no_card_numbers: str
    """To a caller who says or types a card's number where everybody could read it."""
    back: str
    """To a caller who did not want to wait for people any longer."""
    whisper: str
    """To a person before they hear the caller: the {business}, and what it is {about}."""
    accept: str
    """How the person says that they take the call: by 1, or yes."""
    not_needed: str
    """To a person who picks up too late."""
    hold: str
    """To a caller who waits for people, now and then."""
    verified: str
    """In what people are told: who the caller has proved to be, as {identity}."""
    not_verified: str
    """In what people are told: the caller was asked to prove it, and has not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When patience ends."""

    silence_ms: int = 7_000
    misunderstandings: int = 3
    """In a row, about the same thing."""
    call_ms: int = 20 * 60_000


@dataclass(frozen=True, slots=True)
class Agent:
    name: str
    business: str
    role: str
    greeting: str
    disclosure: str
    question: str
    language: str
    """Such as en-US; the core knows it (`shared.core.languages`)."""
    timezone: str
    voice: Voice
    phrases: Phrases
    when_it_fails: str
    """The route taken when the agent cannot go on."""
    facts: tuple[Fact, ...] = ()
    tasks: tuple[Task, ...] = ()
    routes: tuple[Route, ...] = ()
    vocabulary: tuple[str, ...] = ()
    mixed_with: tuple[str, ...] = ()
    """Other languages that callers use in the same breath."""
    streaming: bool = True
    """Whether calls are streamed where they can be; if not, they are held turn by turn."""
    limits: Limits = field(default_factory=Limits)
    file: str = ""
    """Its name: that of its file, without the ending."""
    outbound: Outbound | None = None
    """How it calls people, if it does."""
    siblings: tuple["Agent", ...] = ()
    """The same agent in other languages: tasks, slots, tools and routes are the same, and of the same names. They have
    no siblings of their own."""

    @property
    def speaks(self) -> Language:
        return languages.of(self.language, self.mixed_with)

    @property
    def takes_cards(self) -> bool:
        return any(task.pay is not None for task in self.tasks)

    @property
    def calls_back(self) -> bool:
        """Whether it rings those itself who ask for a call back."""
        return self.outbound is not None and self.outbound.calls_back is not None

    @property
    def sure_from(self) -> float:
        """How sure the surest slot wants to be of its words."""
        return max((slot.sure_from for task in self.tasks for slot in task.slots), default=0.0)

    def task(self, name: str) -> Task | None:
        return next((task for task in self.tasks if task.name == name), None)

    def in_language(self, language: str) -> "Agent | None":
        """The same agent in another language, with this one among its siblings."""
        found = next((sibling for sibling in self.siblings if sibling.language == language), None)
        if found is None:
            return None
        rest = (sibling for sibling in self.siblings if sibling is not found)
        return replace(found, siblings=(replace(self, siblings=()), *rest))

    def as_left(self, progress: Mapping[str, object] | None) -> "Agent":
        """The agent in the language that a call had come to, by the progress it saved."""
        return self.in_language(str((progress or {}).get(LANGUAGE))) or self

    def route(self, name: str) -> Route | None:
        return next((route for route in self.routes if route.name == name), None)
