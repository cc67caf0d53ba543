"""What each field of a file allows by itself, but not together; and where two files of one agent differ."""

import re
from collections.abc import Collection, Iterator
from zoneinfo import available_timezones

from shared.adapters.agent_files import calling, hours, schema
from shared.adapters.agent_files.paying import pay_contradictions
from shared.core import agent as core
from shared.core import languages
from shared.core.lines import PLACEHOLDER
from shared.core.prompt import CHANGE_LANGUAGE, END_CALL, NOT_UNDERSTOOD, TRANSFER

_PAID = ("connector", "currency", "amount", "amount_from", "at_most", "attempts", "cards", "otherwise")
"""Of how a task is paid, what is the same in every language."""
_OURS = (TRANSFER, END_CALL, NOT_UNDERSTOOD, CHANGE_LANGUAGE)

type Wrong = tuple[tuple[str, ...], str]
"""A field, and what is wrong with it."""


def contradictions(read: schema.AgentFile, tools: frozenset[str] | None, speakers: Collection[str]) -> Iterator[Wrong]:
    """What is wrong with a file."""
    for speaker in speakers:
        if not speaker.startswith("polly") and getattr(read.voice, speaker) is None:
            yield ("voice", speaker), f"is missing, and {speaker} is in use; add the id of a voice there"
    if "polly-stream" in speakers and read.voice.engine != "generative":
        yield ("voice", "engine"), "must be generative, for polly-stream is in use; change it, and the name with it"
    if "polly-stream" in speakers and read.voice.rate != 1:
        yield ("voice", "rate"), "cannot be kept by polly-stream, which is in use; leave it out"
    for written in read.voice.say_as:
        if written != written.strip():
            yield ("voice", "say_as", written), "has blanks around it; write it as it stands in texts"
    yield from _language_contradictions(read)
    yield from calling.contradictions(read)
    if read.timezone not in available_timezones():
        yield ("timezone",), "is no time zone; use a name such as America/New_York"
    if read.when_it_fails not in read.routes:
        yield ("when_it_fails",), f"is no route; use one of {', '.join(read.routes)}"
    for name, route in read.routes.items():
        yield from _route_contradictions(("routes", name), route, read)
    for name, task in read.tasks.items():
        here = ("tasks", name)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name in _OURS:
            yield here, "cannot be a task's name; use small letters and underscores, and not a name of ours"
        if not task.run and not task.result and task.pay is None:
            yield (*here, "run"), "is missing; name the tool, or in a call that the agent makes the `result:`"
        if tools is not None and task.run and task.run not in tools:
            yield (*here, "run"), f"`{task.run}` is no tool; use one of {', '.join(sorted(tools))}"
        if task.pay is not None:
            english = read.language.startswith("en-")
            yield from pay_contradictions(here, task, task.pay, read, english=english)
        for slot_name, slot in task.ask_for.items():
            yield from _slot_contradictions((*here, "ask_for", slot_name), slot, tools)
        slots = set(task.ask_for) | calling.said(read)
        for field, text in (
            ("confirm", task.confirm or ""),
            ("declined", task.declined),
            *((f"problems.{k}.say", p.say) for k, p in task.problems.items()),
        ):
            for word in PLACEHOLDER.findall(text):
                if word not in slots | {"options"}:
                    yield (
                        (*here, *field.split(".")),
                        f"{{{word}}} is not asked for; use one of {', '.join(sorted(slots))}",
                    )
                elif word in task.ask_for and task.ask_for[word].secret:
                    yield (*here, *field.split(".")), f"{{{word}}} is a secret; say it another way"
        for key, problem in task.problems.items():
            for word in problem.ask_again:
                if word not in task.ask_for:
                    yield (*here, "problems", key, "ask_again"), f"`{word}` is not asked for; name a slot"


def _route_contradictions(here: tuple[str, ...], route: schema.Route, read: schema.AgentFile) -> Iterator[Wrong]:
    for at, one in enumerate(route.to):
        given = [name for name, value in one if value and name != "label"]
        if len(given) != 1:
            yield (*here, "to", str(at)), "names one place; give exactly one of number, sip, queue, team and person"
    try:
        hours.read(route.hours, route.closed_on)
    except ValueError as error:
        yield (*here, "hours"), str(error)
    if route.to and not route.nobody:
        yield (*here, "nobody"), "is missing; add what callers hear when nobody takes the call"
    if route.hours and not route.closed:
        yield (*here, "closed"), "is missing; add what callers hear outside the hours"
    if not route.to and (route.hours or route.otherwise):
        yield (*here, "to"), "is missing; hours and otherwise are of people who are rung, so name them under `to:`"
    if route.otherwise and route.otherwise not in read.tasks:
        yield (*here, "otherwise"), f"`{route.otherwise}` is no task; use one of {', '.join(read.tasks) or 'none yet'}"
    if route.first and not route.to:
        yield (*here, "to"), "is missing; `first` is what comes before people, so name them under `to:`"
    for name in route.first:
        if name not in read.tasks:
            yield (*here, "first"), f"`{name}` is no task; use one of {', '.join(read.tasks) or 'none yet'}"


def _language_contradictions(read: schema.AgentFile) -> Iterator[Wrong]:
    for name, code in (("language", read.language), *(("mixed_with", code) for code in read.mixed_with)):
        try:
            languages.of(code)
        except LookupError:
            known = ", ".join(languages.codes())
            yield (name,), f"`{code}` is no language that is spoken here yet; use one that begins with {known}"
    families = [code.partition("-")[0] for code in (read.language, *read.mixed_with)]
    if len(families) > len(set(families)):
        yield ("mixed_with",), "has a language twice; recognition takes one region of each"
    if families[0] != "en":
        for part, name in ((read, "question"), *((read.phrases, name) for name in schema.Phrases.model_fields)):
            if name not in part.model_fields_set:
                where = (name,) if part is read else ("phrases", name)
                yield where, "is missing, and what would be said instead is English; add it"


def differences(read: schema.AgentFile, other: schema.AgentFile, name: str) -> Iterator[Wrong]:
    """Where two files of one agent do different things: a caller who changes the language goes on where they were."""
    mine, theirs = _outline(read), _outline(other)
    for where in [*mine, *(where for where in theirs if where not in mine)]:
        here, there = mine.get(where, "not here"), theirs.get(where, "not there")
        if here != there:
            yield where, f"is {here}, but {there} in {name}; in each language an agent does the same"


def _outline(read: schema.AgentFile) -> dict[tuple[str, ...], str]:
    """What an agent does, whatever its words."""
    out: dict[tuple[str, ...], str] = {
        ("timezone",): read.timezone,
        ("when_it_fails",): read.when_it_fails,
        ("routes",): ", ".join(sorted(read.routes)),
    }
    for name, route in read.routes.items():
        shown = ", ".join(str(value) for one in route.to for key, value in one if value and key != "label")
        out |= {("routes", name, "to"): shown or "nobody", ("routes", name, "otherwise"): route.otherwise or "nothing"}
        out |= {("routes", name, "first"): ", ".join(route.first) or "nothing"}
    if read.outbound is not None:
        out |= {("outbound", "facts"): ", ".join(sorted(read.outbound.facts))}
        out |= {("outbound", "begins_with"): read.outbound.begins_with or "nothing"}
    for name, task in read.tasks.items():
        here = ("tasks", name)
        out |= {(*here, "result"): task.result or "none"}
        out |= {(*here, "run"): task.run or "nothing", (*here, "confirm"): "there" if task.confirm else "not there"}
        out |= {(*here, "ask_for"): ", ".join(task.ask_for), (*here, "problems"): ", ".join(sorted(task.problems))}
        if task.pay is not None:
            for field in _PAID:
                out[*here, "pay", field] = str(getattr(task.pay, field))
        for slot_name, slot in task.ask_for.items():
            there = (*here, "ask_for", slot_name)
            out |= {(*there, "kind"): slot.kind, (*there, "options_from"): str(slot.options_from)}
            out |= {(*there, "choices"): ", ".join(sorted(slot.choices))}
            out |= {(*there, "min_digits"): str(slot.min_digits), (*there, "max_digits"): str(slot.max_digits)}
            out |= {(*there, "secret"): str(slot.secret).lower()}
    return out


def _slot_contradictions(here: tuple[str, ...], slot: schema.Slot, tools: frozenset[str] | None) -> Iterator[Wrong]:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", here[-1]) or here[-1] in ("confirmed", "cancelled", "options"):
        yield here, "cannot be a slot's name; use small letters and underscores"
    if slot.kind is core.SlotKind.CHOICE and not slot.choices and slot.options_from is None:
        yield here, "a choice needs `choices:`; list them, each with other words callers use"
    if slot.options_from is not None and tools is not None and slot.options_from not in tools:
        yield (*here, "options_from"), f"`{slot.options_from}` is no tool; use one of {', '.join(sorted(tools))}"
    if slot.secret and slot.sure_from:
        yield (*here, "sure_from"), "cannot be of a secret, which is never read back; leave it out"
    if slot.min_digits > slot.max_digits:
        yield (*here, "min_digits"), "is more than max_digits; swap them"
