"""Who asked for a call back is called by the agent: what it knows then of the call in which they asked.

Whoever picks up may be somebody else, so nothing counts as proved, and secrets are not known at all: the history is
made of the record, which has none but those that were said unasked. A task that takes a secret is done again, with what
else was heard for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.core.agent import LANGUAGE, Agent, Task
from shared.core.conversation import Conversation
from shared.core.events import JsonValue
from shared.core.numbers import digits_of
from shared.core.outbound import CallsBack
from shared.core.report import Line

REQUEST_CALLBACK: Final = "request_callback"
"""The tool by which a caller asks for it."""
CALL_SID: Final = "call_sid"
"""The fact that says in which call that was."""
TALK_TO_PEOPLE: Final = "talk_to_people"
"""The task that is asked about at once; no agent file has one of this name."""
WITHHELD: Final = "•••"
FEWEST_DIGITS: Final = 3
"""Of a number that may be a secret."""
NATIONAL_DIGITS: Final = 10
COUNTRIES: Final = ("+1", "+44", "+91")
"""Whose numbers have so many digits; nobody is called elsewhere (docs/rules.md)."""

_CARRIED: Final = frozenset({"caller", "agent", "person", "cut_off", "misheard", "intent", "tool"})
_UNSAID: Final = frozenset({"cut_off", "misheard"})


def talk_to_people(agent: Agent, calls_back: CallsBack) -> Task:
    """What begins a call back: a yes leads to people."""
    return Task(
        name=TALK_TO_PEOPLE,
        language=agent.language,
        purpose="Put them through now, as they wanted when they called",
        callers_say=(),
        slots=(),
        run="",
        done="",
        confirm=calls_back.ask,
        declined=calls_back.declined,
    )


def number_to_call(named: str, caller: str, line: str) -> str:
    """The number (E.164) that a caller has named by its digits, read as one of the line's country; their own if they
    named none. Empty if nobody can tell."""
    digits = "".join(filter(str.isdecimal, named))
    own = caller if caller[1:].isdecimal() and caller.startswith("+") else ""
    if not digits or own.endswith(digits):
        return own
    country = next((code for code in COUNTRIES if line.startswith(code)), "")
    national = digits.removeprefix(country[1:]) if len(digits) > NATIONAL_DIGITS else digits
    national = national.removeprefix("0")
    return country + national if country and len(national) == NATIONAL_DIGITS else ""


def lines_of(agent: Agent, lines: Iterable[Line]) -> list[Line]:
    """What of the record of that call is of use in this one: who said what, and what was wanted and done, but not the
    call back itself."""
    asked = {task.name for task in agent.tasks if task.run == REQUEST_CALLBACK}
    return [
        (kind, data)
        for kind, data in lines
        if kind in _CARRIED and data.get("intent") not in asked and data.get("name") != REQUEST_CALLBACK
    ]


def taken_along(agent: Agent, progress: Mapping[str, JsonValue], lines: Iterable[Line]) -> dict[str, JsonValue]:
    """What the agent takes from that call's progress and record into this one, as JSON values."""
    kept = lines_of(agent, lines)
    known = {task.name: task for task in agent.tasks if task.run != REQUEST_CALLBACK}
    proved = {name for name, task in known.items() if any(slot.secret for slot in task.slots)}
    settled = progress.get("settled")
    return {
        LANGUAGE: progress.get(LANGUAGE),
        "messages": _said(agent, kept, withheld=bool(proved)),
        "task": _under_way(known, progress.get("task")),
        "settled": [name for name in settled if name in known.keys() - proved] if isinstance(settled, list) else [],
        "bills": progress.get("bills"),
        "begun": {name: _arguments(known[name], kept) for name in proved},
        "route": _route(agent, progress.get("patience")),
    }


def _said(agent: Agent, lines: Sequence[Line], *, withheld: bool) -> list[JsonValue]:
    """The history; numbers are left out of it (`withheld`) where one of them may be a secret."""
    unsaid = {data.get("turn") for kind, data in lines if kind in _UNSAID}
    conversation = Conversation()
    for kind, data in lines:
        text = str(data.get("text", ""))
        if kind == "caller" and data.get("turn") not in unsaid:
            is_number = len(digits_of(agent.speaks.in_english(text))) >= FEWEST_DIGITS
            conversation.caller_said(WITHHELD if withheld and is_number else text)
        elif kind == "agent":
            conversation.agent_heard(text)
    return [*conversation.snapshot()]


def _under_way(known: Mapping[str, Task], task: JsonValue) -> dict[str, JsonValue] | None:
    """The tasks that were not done, with what was heard of them; what was free or owed then is looked up anew."""
    if not isinstance(task, Mapping):
        return None
    later = task.get("later")
    found = [one for one in (task, *(later if isinstance(later, list) else ())) if isinstance(one, Mapping)]
    kept: list[dict[str, JsonValue]] = [
        {name: one.get(name) for name in ("task", "values", "proposed")} for one in found if one.get("task") in known
    ]
    return {**kept[0], "later": [*kept[1:]]} if kept else None


def _arguments(task: Task, lines: Iterable[Line]) -> dict[str, JsonValue]:
    """What the task's tool was given last; the record has no secrets."""
    given = [data.get("arguments") for kind, data in lines if kind == "tool" and data.get("name") == task.run]
    return {**given[-1]} if given and isinstance(given[-1], Mapping) else {}


def _route(agent: Agent, patience: JsonValue) -> str:
    """Where nobody took the call; else where the agent leads when it cannot go on."""
    in_vain = patience.get("in_vain") if isinstance(patience, Mapping) else None
    tried = str(in_vain[-1]) if isinstance(in_vain, list) and in_vain else ""
    return tried if agent.route(tried) else agent.when_it_fails
