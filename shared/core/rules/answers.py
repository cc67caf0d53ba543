"""What one rule says to a question at one instant."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, assert_never

from shared.core.rules import opening
from shared.core.rules.person import Channel, ConsentKind, Person, part_of
from shared.core.rules.question import Place, Question
from shared.core.rules.rule import (
    CallerId,
    Cap,
    Consented,
    Counted,
    Forbidden,
    Hours,
    NotOptedOut,
    Per,
    Readable,
    Rule,
    Rulebook,
    Soon,
    Suspended,
    Unlisted,
)

E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_FURTHEST: Final = timedelta(days=15)
"""No rule closes for longer; zones that have no hour in common never open together."""
_AHEAD_OF_UTC: Final = timedelta(hours=14)
"""A day begins somewhere so long before it does in UTC."""


@dataclass(frozen=True, slots=True)
class Allowed:
    why: str


@dataclass(frozen=True, slots=True)
class Until:
    """Not before `at`, when this rule alone would allow it."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    why: str


type Answer = Allowed | Until | Refused


def answer(rule: Rule, zones: tuple[str, ...], question: Question, person: Person, at: datetime) -> Answer:
    """`at` is in UTC; `zones` are those of every place where the rule is in force."""
    match rule.demand:
        case Hours() as hours:
            return _within(hours, zones, at)
        case Suspended() as suspended:
            return _not_suspended(suspended, zones, at)
        case Consented() as wanted:
            return _consented(wanted, question, person, at)
        case NotOptedOut():
            return _not_opted_out(person)
        case Unlisted() as unlisted:
            return _unlisted(unlisted, question, person, at)
        case Cap() as cap:
            return _capped(cap, rule.channels, question, person, at)
        case Forbidden(carrier):
            if carrier and carrier != question.carrier:
                return Allowed(f"carried by {question.carrier}")
            return Refused(f"not by {carrier}" if carrier else "not at all")
        case CallerId(prefixes):
            fits = question.caller_id.startswith(prefixes)
            return Allowed("the number shown fits") if fits else Refused(f"the number shown is none of {_or(prefixes)}")
        case Readable():
            return Allowed("all is known that is needed")
        case Soon(within):
            far = at - question.now > within
            return Refused(f"not within {_days(within)}") if far else Allowed(f"within {_days(within)}")
    assert_never(rule.demand)


def unreadable(question: Question, book: Rulebook) -> str | None:
    """What is missing for a decision, or cannot be right; None when all is there."""
    if not E164.fullmatch(question.number):
        return "the number is not one in E.164, such as +15550100123"
    if question.now.tzinfo is None:
        return "the time has no zone"
    if not question.places:
        return "nobody knows where the number is"
    if question.person is None:
        return "what is on file about the person could not be read"
    if any(time.tzinfo is None for time in _times_of(question.person)):
        return "a time on file has no zone"
    return next(filter(None, (unknown_place(place, book) for place in question.places)), None)


def zones_of(place: Place, book: Rulebook) -> tuple[str, ...]:
    """Every zone the place may be in; none if that is not known."""
    return place.zones or book.zones.get(place.region or place.country, ())


@lru_cache(maxsize=4096)
def unknown_place(place: Place, book: Rulebook) -> str | None:
    """What is not known of a place, or has no rules; None if it can be decided about."""
    if not place.country:
        return "the country is not known"
    if place.country not in book.rules:
        return f"there are no rules for {place.country}, so nobody is called there"
    if place.region and place.region not in book.regions(place.country):
        return f"{place.region} is no region of {place.country}"
    zones = zones_of(place, book)
    if not zones:
        return f"no time zone is known for {place.region or place.country}"
    return next((f"there is no time zone {zone}" for zone in zones if opening.zone_of(zone) is None), None)


def _times_of(person: Person) -> list[datetime]:
    return [contact.at for contact in person.contacts] + [consent.given_at for consent in person.consents]


@lru_cache(maxsize=8192)
def _within(hours: Hours, zones: tuple[str, ...], at: datetime) -> Answer:
    """Remembered, as those who are planned at the same time are asked about at the same times."""
    opens, tightest = at, zones[0]
    while True:
        begun = opens
        for zone in zones:
            next_open = opening.opens_in(hours, zone, opens)
            if next_open is None:
                return Refused(f"no opening within reach in {zone}")
            if next_open > opens:
                opens, tightest = next_open, zone
        if opens == begun:
            break
        if opens - at > _FURTHEST:
            return Refused("there is no hour at which it is open in all the zones they may be in")
    if opens == at:
        return Allowed(f"{opening.clock_reads(tightest, at)} in {tightest}")
    day = opening.holiday_in(hours, tightest, at)
    reads = opening.clock_reads(tightest, at) + (f", {day}," if day else "")
    return Until(opens, f"{reads} in {tightest}; next open {opening.clock_reads(tightest, opens)}")


def _not_suspended(suspended: Suspended, zones: tuple[str, ...], at: datetime) -> Answer:
    for first, last in suspended.spans:
        for zone in zones:
            ends = opening.day_begins(last + timedelta(days=1), zone)
            if opening.day_begins(first, zone) <= at < ends:
                return Until(ends, f"suspended from {first} to {last}")
    return Allowed("not suspended, as far as it is on record")


def _consented(wanted: Consented, question: Question, person: Person, at: datetime) -> Answer:
    """A revocation takes with it every consent for the purpose that was given before."""
    purpose = question.purpose
    about = [each for each in person.consents if purpose in each.purposes]
    revoked = max((each.revoked_at for each in about if each.revoked_at is not None), default=None)
    for each in about:
        stands = each.revoked_at is None and each.given_at <= at and (revoked is None or each.given_at > revoked)
        if stands and each.kind in (wanted.kind, ConsentKind.WRITTEN):
            return Allowed(f"{each.kind} consent of {each.given_at:%Y-%m-%d}: {each.how}, {each.reference}")
    if revoked is not None:
        return Refused(f"their consent for {purpose} was revoked on {revoked:%Y-%m-%d}")
    return Refused(f"no {wanted.kind} consent for {purpose} is on file")


def _not_opted_out(person: Person) -> Answer:
    if person.opt_out is None:
        return Allowed("they have not opted out")
    return Refused(f"they opted out on {person.opt_out.at:%Y-%m-%d} ({person.opt_out.how})")


def _unlisted(unlisted: Unlisted, question: Question, person: Person, at: datetime) -> Answer:
    name = unlisted.list
    held = next((listing.data_of for listing in person.listings if listing.name == name), None)
    if unlisted.max_age is None:
        return Allowed(f"not on the list {name}") if held is None else Refused(f"on the list {name} since {held}")
    part = part_of(name, question.number)
    registry = next((each for each in question.registries if each.name == part), None)
    if registry is None:
        return Refused(f"the list {part} has never been imported")
    today = (at + _AHEAD_OF_UTC).date()
    if today - registry.data_of > unlisted.max_age:
        return Refused(f"the list {part} is of {registry.data_of}, and may be {_days(unlisted.max_age)} old: import it")
    if registry.data_of > today:
        return Refused(f"the list {part} is of {registry.data_of}, which has not come yet")
    if held is not None and held >= registry.data_of:
        return Refused(f"on the list {part} of {registry.data_of}")
    return Allowed(f"not on the list {part} of {registry.data_of}")


def _capped(cap: Cap, channels: frozenset[Channel], question: Question, person: Person, at: datetime) -> Answer:
    if cap.per is Per.DEBT and not question.debt:
        return Refused("the debt it is about is not named, so what was done about it cannot be counted")
    if not person.contacts:
        return _none_so_far(cap)
    counted = sorted(
        each.at
        for each in person.contacts
        if each.at + cap.within > at
        and each.channel in channels
        and (each.talked if cap.of is Counted.CONVERSATIONS else not each.inbound)
        and (cap.per is Per.PERSON or each.debt == question.debt)
    )
    so_far = f"{len(counted) or 'no'} {cap.of} in {_days(cap.within)}"
    if len(counted) < cap.most:
        return Allowed(so_far)
    return Until(counted[len(counted) - cap.most] + cap.within, f"{so_far}, at most {cap.most}")


@lru_cache(maxsize=256)
def _none_so_far(cap: Cap) -> Answer:
    return Allowed(f"no {cap.of} in {_days(cap.within)}")


def _days(span: timedelta) -> str:
    if span.days:
        return f"{span.days} days" if span.days > 1 else "24 hours"
    return f"{span.seconds // 60} minutes"


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(words)
