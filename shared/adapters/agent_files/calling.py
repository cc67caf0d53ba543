"""What is wrong with the way an agent file calls people."""

import re
from collections.abc import Iterator

from shared.adapters.agent_files import schema
from shared.core.called_back import REQUEST_CALLBACK
from shared.core.facts import FactKind
from shared.core.lines import PLACEHOLDER
from shared.core.outbound import PERSON

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_COMPARABLE = (FactKind.DATE, FactKind.DIGITS)
_TO_ANYBODY = ("introduction", "opt_out", "opted_out", "voicemail", "screening", "unverified")
"""What is said before it is known who hears it."""
_TO_THEM = ("disclosure", "opening")

type Wrong = tuple[tuple[str, ...], str]


def said(read: schema.AgentFile) -> set[str]:
    """The words in curly brackets that texts of this file may hold besides what is asked for."""
    if read.outbound is None:
        return set()
    person = {PERSON} if read.outbound.identity else set()
    return person | {name for name, fact in read.outbound.facts.items() if not fact.secret}


def contradictions(read: schema.AgentFile) -> Iterator[Wrong]:
    """What each field allows by itself, but not together."""
    outbound = read.outbound
    results = () if outbound is None else outbound.results
    parts = [("tasks", name, task.result) for name, task in read.tasks.items()]
    parts += [("routes", name, route.result) for name, route in read.routes.items()]
    for kind, name, result in parts:
        if result and result not in results:
            yield (kind, name, "result"), f"`{result}` is no result; add it to `results:` under `outbound:`"
    if outbound is None:
        for name, task in read.tasks.items():
            if task.passes_on:
                yield (
                    ("tasks", name, "passes_on"),
                    "are facts of an event; name them under `outbound:`, which is missing",
                )
        return
    yield from _facts(read, outbound)
    yield from _texts(read, outbound)
    if outbound.begins_with and outbound.begins_with not in read.tasks:
        yield ("outbound", "begins_with"), f"`{outbound.begins_with}` is no task; use one of {', '.join(read.tasks)}"
    if outbound.calls_back is not None and all(task.run != REQUEST_CALLBACK for task in read.tasks.values()):
        yield ("outbound", "calls_back"), f"nobody can ask for it; add a task with `run: {REQUEST_CALLBACK}`"
    if outbound.verify and (outbound.identity is None or not outbound.unverified):
        yield (
            ("outbound", "verify"),
            "needs `identity:` and `unverified:`; add whom it is for, and what is said otherwise",
        )
    if not read.language.startswith("en"):
        yield from _untranslated(outbound)


def _facts(read: schema.AgentFile, outbound: schema.Outbound) -> Iterator[Wrong]:
    for name in outbound.facts:
        if not _NAME.fullmatch(name) or name == PERSON:
            yield ("outbound", "facts", name), "cannot be a fact's name; use small letters and underscores"
    for name in outbound.verify:
        fact = outbound.facts.get(name)
        if fact is None or not fact.secret or fact.kind not in _COMPARABLE:
            yield ("outbound", "verify", name), "is no secret date or digits; add it to `facts:` with `secret: true`"
    for task_name, task in read.tasks.items():
        for name in task.passes_on:
            if name not in outbound.facts or outbound.facts[name].secret:
                yield (
                    ("tasks", task_name, "passes_on"),
                    f"`{name}` may not be passed on; name a fact that is no secret",
                )


def _texts(read: schema.AgentFile, outbound: schema.Outbound) -> Iterator[Wrong]:
    """Where it has to be proved who hears it, nobody else is told more than whom the call is for."""
    known = said(read)
    names = {name for name, fact in outbound.facts.items() if fact.kind is FactKind.NAME} | {PERSON}
    anybody = known & names if outbound.verify else known
    identity = outbound.identity
    texts: list[tuple[tuple[str, ...], str, set[str]]]
    texts = [(("outbound", name), getattr(outbound, name), anybody) for name in _TO_ANYBODY]
    texts += [(("outbound", name), getattr(outbound, name), known) for name in _TO_THEM]
    if (calls_back := outbound.calls_back) is not None:
        texts += [(("outbound", "calls_back", name), getattr(calls_back, name), known) for name in ("ask", "declined")]
    if identity is not None:
        asked = ("ask", "not_there", "wrong_person", "hold")
        texts += [(("outbound", "identity", "for"), identity.person, anybody - {PERSON})]
        texts += [(("outbound", "identity", name), getattr(identity, name), anybody) for name in asked]
    for where, text, allowed in texts:
        for word in PLACEHOLDER.findall(text):
            if word not in allowed:
                yield where, f"{{{word}}} may not be said here; use one of {', '.join(sorted(allowed)) or 'no facts'}"


def _untranslated(outbound: schema.Outbound) -> Iterator[Wrong]:
    parts: list[tuple[tuple[str, ...], schema.Part, tuple[str, ...]]]
    parts = [(("outbound",), outbound, ("opt_out", "opted_out"))]
    if outbound.identity is not None:
        parts.append((("outbound", "identity"), outbound.identity, ("ask", "not_there", "wrong_person", "hold")))
    if outbound.calls_back is not None:
        parts.append((("outbound", "calls_back"), outbound.calls_back, ("ask", "declined")))
    for where, part, names in parts:
        for name in names:
            if name not in part.model_fields_set:
                yield (*where, name), "is missing, and what would be said instead is English; add it"
