"""Campaign files: YAML a business person writes, checked, and turned into `shared.core.campaign.Campaign`.

Whatever is wrong is said with file, line, field and the fix, all at once, and nothing is loaded.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from shared import file_places
from shared.adapters.campaign_files import schema
from shared.core import campaign as core
from shared.core import languages
from shared.core.attempt import Disposition
from shared.core.chain_events import Ended
from shared.core.lines import PLACEHOLDER
from shared.core.occasion import KINDS, Tells

MAX_BYTES = 100_000

type Wrong = tuple[tuple[str, ...], str]
"""A field, and what is wrong with it."""


class CampaignFileError(Exception):
    """The file cannot be used. The message has one line per problem: file:line: field: what is wrong; the fix."""


def load(path: Path, *, agents: Mapping[str, Collection[str]] | None = None) -> core.Campaign:
    """Read one campaign file; its name is the campaign's. With `agents`, the results of each agent there is, the
    campaign's agent and results must be among them. Raises CampaignFileError."""
    try:
        places, data = file_places.read(path, max_bytes=MAX_BYTES)
    except file_places.Unreadable as error:
        raise CampaignFileError(str(error)) from None
    try:
        read = schema.CampaignFile.model_validate(data)
    except ValidationError as error:
        problems = [file_places.explain(str(path), places, item, schema.CampaignFile) for item in error.errors()]
        raise CampaignFileError("\n".join(dict.fromkeys(problems))) from None
    if wrong := list(_contradictions(path.stem, read, agents)):
        lines = (f"{path}:{places.of(where)}: {'.'.join(where)}: {what}" for where, what in wrong)
        raise CampaignFileError("\n".join(lines))
    return _campaign(path.stem, read)


def _contradictions(
    name: str, read: schema.CampaignFile, agents: Mapping[str, Collection[str]] | None
) -> Iterator[Wrong]:
    """What each field allows by itself, but not together."""
    if PLACEHOLDER.fullmatch(f"{{{name}}}") is None or not name.islower():
        yield (), "the file's name is the campaign's; use small letters, digits and underscores"
    begins = sorted(kind for kind, tells in KINDS.items() if tells is Tells.BEGINS)
    if read.starts_with not in begins:
        yield ("starts_with",), f"`{read.starts_with}` begins no calls; use one of {', '.join(begins)}"
    if read.when.until is None:
        yield ("when", "until"), f"cannot be `{schema.AT_ONCE}`; use such as 2 hours before or 3 days after"
    elif read.when.start is not None and read.when.start >= read.when.until:
        yield ("when", "until"), "is not after start; put it later"
    try:
        languages.of(read.language)
    except LookupError:
        known = ", ".join(languages.codes())
        yield (
            ("language",),
            f"`{read.language}` is no language that is spoken here yet; use one that begins with {known}",
        )
    if read.day.dollars < read.day.dollars_a_call:
        yield ("day", "dollars"), "does not pay for one call; raise it, or lower dollars_a_call"
    for text, step in read.texts.items():
        yield from _unknown_facts(("texts", text, "say"), step.say, read)
    for outcome, todo in read.follow_up.items():
        yield from _unknown_facts(("follow_up", outcome), todo, read)
    if agents is not None:
        yield from _agent_contradictions(read, agents)


def _unknown_facts(where: tuple[str, ...], text: str, read: schema.CampaignFile) -> Iterator[Wrong]:
    for fact in PLACEHOLDER.findall(text):
        if fact not in read.needs:
            yield where, f"{{{fact}}} is not among `needs:`; add it there, so that every event tells it"


def _agent_contradictions(read: schema.CampaignFile, agents: Mapping[str, Collection[str]]) -> Iterator[Wrong]:
    if read.agent not in agents:
        yield ("agent",), f"`{read.agent}` is no agent; use one of {', '.join(sorted(agents))}"
        return
    results = agents[read.agent]
    for result in read.done:
        if result not in results:
            yield ("done",), f"`{result}` is no result of {read.agent}; use one of {', '.join(sorted(results))}"
    outcomes = (*sorted(results), *Disposition)
    for text, step in read.texts.items():
        for outcome in step.after:
            if outcome not in outcomes:
                yield ("texts", text, "after"), f"`{outcome}` is no outcome; use one of {', '.join(outcomes)}"
    for outcome in read.follow_up:
        if outcome not in (*outcomes, *Ended):
            yield ("follow_up", outcome), f"is no outcome; use one of {', '.join((*outcomes, *Ended))}"


def _campaign(name: str, read: schema.CampaignFile) -> core.Campaign:
    again = schema.AGAIN | read.attempts.again
    return core.Campaign(
        name=name,
        event=read.starts_with,
        purpose=read.purpose,
        agent=read.agent,
        line=read.line,
        attempts=core.Attempts(
            most=read.attempts.most,
            again_ms={outcome: wait for outcome, wait in again.items() if isinstance(wait, int)},
            apart_ms=read.attempts.apart,
        ),
        when=core.When(start_ms=read.when.start, until_ms=read.when.until or 0),
        pace=core.Pace(per_second=read.pace.per_second, concurrent=read.pace.concurrent),
        ceilings=core.Ceilings(read.day.calls, read.day.dollars, read.day.dollars_a_call),
        stop=core.Stop(
            window_ms=read.stop.within,
            at_least=read.stop.at_least,
            failing=read.stop.failing,
            opt_outs=read.stop.opt_outs,
            complaints=read.stop.complaints,
            no_answers=read.stop.no_answers,
        ),
        ends=frozenset(read.done),
        facts=read.needs,
        texts=tuple(core.TextStep(text, step.say, frozenset(step.after)) for text, step in read.texts.items()),
        message=read.message,
        follow_up=dict(read.follow_up),
        language=read.language,
        priority=read.priority,
    )
