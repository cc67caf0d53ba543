"""The decision: every rule that applies is asked, and the strictest answer holds."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final, assert_never

from shared.core.rules.answers import Allowed, Answer, Refused, Until, answer, unknown_place, unreadable, zones_of
from shared.core.rules.person import Channel, Person, Purpose, part_of
from shared.core.rules.question import Decision, Place, Question, Said, Verdict
from shared.core.rules.rule import CallerId, Consented, Forbidden, NotOptedOut, Readable, Rule, Rulebook, Unlisted

_AHEAD_OF_UTC: Final = timedelta(hours=14)
_BEHIND_UTC: Final = timedelta(hours=12)
"""Somewhere a day begins so long before it does in UTC, and ends so long after."""


_LASTING: Final = (CallerId, Consented, Forbidden, NotOptedOut, Readable)
"""Demands that, once met, are met at any later time."""


@dataclass(frozen=True, slots=True)
class _Applied:
    """A rule, the zones of all the places where it is in force, and from when until when it is."""

    rule: Rule
    zones: tuple[str, ...]
    begins: datetime
    ends: datetime | None


def decide(question: Question, book: Rulebook) -> Decision:
    """May this be done now, or when, or never; what is missing or unreadable forbids it.

    A LATER has the first instant at which all rules allow it, if nothing else happens till then: each is asked when it
    alone would, and the latest of these is where to look next, until none objects.
    """
    reason = unreadable(question, book)
    if reason is not None or question.person is None:
        said = _said(_readable(book), Refused(reason or "nothing is on file"))
        return Decision(Verdict.NEVER, (said,), said)
    now = at = question.now.astimezone(UTC)
    applied = _applied(book, question.places, question.purpose, question.channel)
    said_by: dict[str, Said] = {}
    by: Said | None = None
    while True:
        objection = _strictest(applied, question, question.person, at, said_by)
        if objection is None:
            verdict = Verdict.NOW if at == now else Verdict.LATER
            return Decision(verdict, tuple(said_by.values()), by, None if at == now else at)
        by = objection
        if by.at is None or by.at <= at:
            return Decision(Verdict.NEVER, tuple(said_by.values()), by)
        at = by.at


def lists_asked(question: Question, book: Rulebook) -> tuple[str, ...]:
    """The imported lists, or parts of them, that the rules want to see for it (`Question.registries`)."""
    if any(unknown_place(place, book) for place in question.places):
        return ()
    applied = _applied(book, question.places, question.purpose, question.channel)
    demands = (each.rule.demand for each in applied)
    wanted = (demand.list for demand in demands if isinstance(demand, Unlisted) and demand.max_age is not None)
    return tuple(dict.fromkeys(part_of(name, question.number) for name in wanted))


def _strictest(
    applied: tuple[_Applied, ...], question: Question, person: Person, at: datetime, said_by: dict[str, Said]
) -> Said | None:
    """Who objects the longest, of equals the most local. What each says is in `said_by`, its last objection if any."""
    strictest = None
    for each in applied:
        if at < each.begins or (each.ends is not None and at >= each.ends):
            continue
        rule = each.rule
        if rule.id in said_by and isinstance(rule.demand, _LASTING):
            continue
        answered = answer(rule, each.zones, question, person, at)
        if isinstance(answered, Allowed):
            if rule.id not in said_by:
                said_by[rule.id] = _said(rule, answered)
            continue
        said = said_by[rule.id] = _said(rule, _until_its_end(answered, each.ends))
        if strictest is None or said.at is None or (strictest.at is not None and said.at >= strictest.at):
            strictest = said
    return strictest


def _until_its_end(answered: Answer, ends: datetime | None) -> Answer:
    """No rule outlives itself."""
    match answered:
        case Refused(why) if ends is not None:
            return Until(ends, why)
        case Until(at, why) if ends is not None and at > ends:
            return Until(ends, why)
        case _:
            return answered


def _said(rule: Rule, answered: Answer) -> Said:
    match answered:
        case Allowed(why):
            return Said(rule.id, Verdict.NOW, why, rule.text, rule.source, rule.effective)
        case Until(at, why):
            return Said(rule.id, Verdict.LATER, why, rule.text, rule.source, rule.effective, at)
        case Refused(why):
            return Said(rule.id, Verdict.NEVER, why, rule.text, rule.source, rule.effective)
    assert_never(answered)


@lru_cache(maxsize=4096)
def _applied(book: Rulebook, places: tuple[Place, ...], purpose: Purpose, channel: Channel) -> tuple[_Applied, ...]:
    """The rules for such a call, in the order of the book: everywhere, countries, regions.

    Whoever may be in any region may be in each, by its own clocks.
    """
    zones: dict[str, dict[str, None]] = {}
    for place in places:
        here = {"*": place, place.country: place}
        regions = (place.region,) if place.region else book.regions(place.country)
        here |= {region: place if place.region else Place(place.country, region) for region in regions}
        for jurisdiction, there in here.items():
            zones.setdefault(jurisdiction, {}).update(dict.fromkeys(zones_of(there, book)))
    return tuple(
        _Applied(rule, tuple(zones[jurisdiction]), _begins(rule), _ends(rule))
        for jurisdiction, rules in book.rules.items()
        if jurisdiction in zones
        for rule in rules
        if purpose in rule.purposes and channel in rule.channels
    )


def _begins(rule: Rule) -> datetime:
    return datetime.combine(rule.effective, time(), UTC) - _AHEAD_OF_UTC


def _ends(rule: Rule) -> datetime | None:
    return None if rule.until is None else datetime.combine(rule.until, time(), UTC) + _BEHIND_UTC


@lru_cache(maxsize=8)
def _readable(book: Rulebook) -> Rule:
    return next(rule for rule in book.every_rule() if isinstance(rule.demand, Readable))
