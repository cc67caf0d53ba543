"""Scenario files: a call as its caller makes it, what happens to the deployment meanwhile, and what has to come of it.

    title: A caller books an appointment
    caller:
      - listen
      - say: I'd like to book a cleaning on {weekday} please
      - listen
      - press: 4155550142#
      - hang up
    expect:
      agent_says: [May I have your first and last name?]

`{weekday}` and `{date}` are a day the clinic is open, two days or more ahead. Times are in seconds unless a field's
name says otherwise. Whatever is wrong with a file is said with file, line, field and the fix, and nothing is run.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rehearsal.faults.trouble import Kind, Party

VOICE: Final = "Polly.Matthew-Neural"
_OPEN_DAYS: Final = range(5)

type _Seconds = Annotated[float, Field(ge=0, le=600)]
type _Text = Annotated[str, Field(min_length=1, max_length=1_000)]
type Json = dict[str, Any]


class ScenarioError(Exception):
    """The file cannot be used. One line per problem: file:line: field: what is wrong."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listen(_Part):
    """Wait until the agent has spoken and then been quiet for `quiet`; hang up after `within`."""

    do: Literal["listen"]
    quiet: _Seconds = 0.7
    within: _Seconds = 20


class Say(_Part):
    """Speak a line. What stands in [brackets] is no word, and not for a caller with a real voice."""

    do: Literal["say"]
    text: _Text


class Interrupt(_Part):
    """Speak a line once the agent has spoken for `after`."""

    do: Literal["interrupt"]
    text: _Text
    after: _Seconds = 1


class Press(_Part):
    do: Literal["press"]
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{1,50}$")]
    gap: _Seconds = 0.12


class Wait(_Part):
    do: Literal["wait"]
    s: _Seconds


class HangUp(_Part):
    do: Literal["hang up"]


class Repeat(_Part):
    """The same steps so many times."""

    do: Literal["repeat"]
    times: Annotated[int, Field(ge=1, le=10_000)]
    steps: tuple["Step", ...]


_SHORT: Final = {
    "listen": "quiet",
    "say": "text",
    "interrupt": "text",
    "press": "keys",
    "wait": "s",
    "hang up": "",
    "repeat": "times",
}
"""The field that a step's verb gives."""


def _step(given: object) -> object:
    """`say: hello` is `{do: say, text: hello}`."""
    if isinstance(given, str) and given in _SHORT:
        return {"do": given}
    if isinstance(given, Mapping):
        verb = next((key for key in given if key in _SHORT), None)
        if verb is not None:
            value = given[verb]
            rest = {key: other for key, other in given.items() if key != verb}
            return {"do": verb, **({_SHORT[verb]: value} if value is not None else {}), **rest}
    raise ValueError(f"is no step; use one of {', '.join(_SHORT)}")


type Step = Annotated[
    Annotated[Listen | Say | Interrupt | Press | Wait | HangUp | Repeat, Field(discriminator="do")],
    BeforeValidator(_step),
]


class Happening(_Part):
    """Something done to the deployment, so many seconds after the caller dialled; at virtual time only."""

    at: Annotated[float, Field(ge=0, le=10_000)]
    do: Literal["drain", "cut", "lose"]
    """`drain`: a new streaming service is up, the old one lets go of its calls. `cut`: media sockets break. `lose`: the
    next order to the carrier is not carried out, and has no answer."""


class Person(_Part):
    """Somebody who is called; at virtual time only. Who has a team is at a desk, and free."""

    at: Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14}|sips?:[^\s?;]{1,200})$")]
    """Their number or SIP address."""
    team: str = ""
    ring: _Seconds = 1
    """How long their phone rings."""
    answer: Literal["pick up", "busy", "never"] = "pick up"
    does: tuple["Step", ...] = ()


class Fault(_Part):
    """One party broken, so many seconds after the caller dialled; at virtual time only. The vendors are then on
    sockets, in their own protocols, with delays of their own."""

    at: Annotated[float, Field(ge=0, le=10_000)]
    party: Party
    kind: Kind
    lasts: Annotated[float, Field(gt=0)] = float("inf")


class Vendors(_Part):
    """How late the vendors are, in ms; at virtual time only."""

    recognition_partial_ms: Annotated[int, Field(ge=0, le=10_000)] = 250
    recognition_final_ms: Annotated[int, Field(ge=0, le=10_000)] = 1_136
    first_token_ms: Annotated[int, Field(ge=0, le=10_000)] = 375
    first_sound_ms: Annotated[int, Field(ge=0, le=10_000)] = 100
    tool_ms: Annotated[int, Field(ge=0, le=20_000)] = 30


class Tool(_Part):
    """A tool that has done something, once, with these arguments among its own."""

    name: _Text
    arguments: Annotated[dict[str, str], Field(alias="with")] = {}


class Told(_Part):
    """What people are told of the caller before they pick up; a field that is not given is not looked at."""

    about: str | None = None
    identity: str | None = None
    slots: dict[str, str] | None = None


class Expect(_Part):
    """What has to come of it; a field that is not given is not looked at."""

    agent_says: tuple[_Text, ...] = ()
    """Each heard by the caller, in this order."""
    agent_never_says: tuple[_Text, ...] = ()
    caller_heard_as: tuple[_Text, ...] | None = None
    """The caller's turns as understood, all of them; at virtual time only: real recognisers spell as they like."""
    tools: tuple[Tool, ...] | None = None
    """All that have done something."""
    outcome: str | None = None
    """The record's, such as `goodbye` or `route:front_desk`."""
    message: bool | None = None
    """Whether the caller left a message."""
    record: dict[str, int] = {}
    """How many lines of a kind the call's record has."""
    heard_gap_ms: int | None = None
    """The longest the caller waited for an answer, on the recording."""
    stops_within_ms: int | None = None
    """The longest the agent spoke on over an interruption."""
    streams: int | None = None
    people_hear: tuple[_Text, ...] = ()
    """By whoever picks up, in this order."""
    caller_hears: tuple[_Text, ...] = ()
    """Said by people, in this order."""
    transfer: tuple[str, ...] | None = None
    """To whom the caller was put through, and why they were back, in turn, such as `[the desk, finished]`."""
    told: Told | None = None
    quiet_ms: int | None = None
    """The longest in which the caller waited for people, or was with them, and nobody was heard on the recording."""


class Scenario(_Part):
    title: _Text
    caller: tuple[Step, ...]
    at: dt.datetime = dt.datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001  # by the agent's own zone
    agent: _Text = "front_door"
    """One of the ready ones; another than this at virtual time only."""
    facts: dict[str, str] | None = None
    """Of the event for which the agent calls: `caller` is then who picks up. At virtual time only."""
    seed: int = 1
    call_minutes: Annotated[int, Field(ge=1, le=240)] | None = None
    """Instead of the agent's own limit; at virtual time only."""
    happenings: tuple[Happening, ...] = ()
    fault: Fault | None = None
    people: tuple[Person, ...] = ()
    vendors: Vendors = Vendors()
    expect: Expect = Expect()

    @property
    def only_virtual(self) -> bool:
        another_agent = self.agent != Scenario.model_fields["agent"].default
        return bool(self.happenings or self.fault or self.people or self.call_minutes or another_agent)


@dataclass(frozen=True, slots=True)
class Day:
    """The day a caller wants to come."""

    date: dt.date

    @classmethod
    def after(cls, today: dt.date) -> "Day":
        day = today + dt.timedelta(days=2)
        while day.weekday() not in _OPEN_DAYS:
            day += dt.timedelta(days=1)
        return cls(day)

    def fill(self, text: str) -> str:
        return text.replace("{weekday}", f"{self.date:%A}").replace("{date}", self.date.isoformat())


def read(path: Path) -> Scenario:
    """Raises ScenarioError."""
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        given = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read ({error.strerror}); check the name") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"{path}:{line}: {error.problem}; check indentation, colons and quotes") from None
    try:
        return Scenario.model_validate(given)
    except ValidationError as error:
        raise ScenarioError("\n".join(_explain(path, node, item) for item in error.errors())) from None


def steps_of(who: Scenario | Person, day: Day) -> list[Json]:
    """What the caller's or a person's phone does, as the carrier's own script has it
    (`local/carrier/phones/script.py`)."""
    return list(_steps(who.caller if isinstance(who, Scenario) else who.does, day))


def _steps(steps: Sequence[Any], day: Day) -> list[Json]:
    out: list[Json] = []
    for step in steps:
        match step:
            case Listen(quiet=quiet, within=within):
                out.append({"do": "listen", "quiet_ms": round(quiet * 1000), "within_ms": round(within * 1000)})
            case Say(text=text):
                out.append({"do": "say", "text": day.fill(text), "voice": VOICE})
            case Interrupt(text=text, after=after):
                after_ms = round(after * 1000)
                out.append({"do": "interrupt", "text": day.fill(text), "voice": VOICE, "after_ms": after_ms})
            case Press(keys=keys, gap=gap):
                out.append({"do": "press", "digits": keys, "gap_ms": round(gap * 1000)})
            case Wait(s=s):
                out.append({"do": "wait", "ms": round(s * 1000)})
            case HangUp():
                out.append({"do": "hang_up"})
            case Repeat(times=times, steps=inner):
                out += _steps(inner, day) * times
    return out


def _explain(path: Path, node: yaml.Node | None, problem: Mapping[str, Any]) -> str:
    where = [part for part in problem["loc"] if not (isinstance(part, str) and part in _SHORT and part != "listen")]
    field = ".".join(str(part) for part in where)
    message = re.sub(r"^Value error, ", "", str(problem["msg"]))
    if problem["type"] == "missing":
        message = f"is missing; add `{where[-1]}:` here"
    elif problem["type"] == "extra_forbidden":
        message = "is not known here; remove it, or check its spelling and indentation"
    return f"{path}:{_line(node, where)}: {field}: {message}"


def _line(node: yaml.Node | None, where: Sequence[object]) -> int:
    """The line of a field, or of the nearest one around it that exists."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
