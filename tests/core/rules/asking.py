"""Questions whose answer is yes, to be changed in the one thing that a test is about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.core.rules.decide import decide
from shared.core.rules.law import RULEBOOK
from shared.core.rules.person import Channel, Consent, ConsentKind, Contact, Person, Purpose, Registry
from shared.core.rules.question import Decision, Place, Question, Said

IN_WRITING = Consent(
    ConsentKind.WRITTEN, frozenset(Purpose), datetime(2026, 3, 2, 15, tzinfo=UTC), "web form", "form-77"
)
BY_WORD = replace(IN_WRITING, kind=ConsentKind.EXPRESS, how="at the desk")
WILLING = Person((IN_WRITING,))
FRESH = (Registry("us-national-201", date(2026, 11, 15)), Registry("in-preference", date(2026, 11, 18)))


def local(text: str, zone: str = "America/New_York") -> datetime:
    """`2026-11-18 12:00` there, which is a Wednesday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def asked(at: str, region: str = "US-NJ", zone: str = "America/New_York", **changed: Any) -> Question:
    """A sales call to somebody who has agreed in writing, in a state without rules of its own."""
    question = Question(
        number="+12015550123",
        purpose=Purpose.SALES,
        channel=Channel.CALL,
        now=local(at, zone),
        places=(Place(region.partition("-")[0], region if "-" in region else "", (zone,)),),
        person=WILLING,
        registries=FRESH,
        debt="invoice-9",
    )
    return replace(question, **changed)


def answered(question: Question) -> Decision:
    return decide(question, RULEBOOK)


def said(decision: Decision, rule: str) -> Said:
    """What the rule said; fails if it had no say."""
    return next(each for each in decision.said if each.rule == rule)


def had_a_say(decision: Decision, rule: str) -> bool:
    return any(each.rule == rule for each in decision.said)


def opens(question: Question, rule: str) -> str:
    """When a rule alone would allow it, on the clock that the question was asked by; `now`, `never`."""
    it = said(answered(question), rule)
    if it.at is None:
        return str(it.verdict)
    return f"{it.at.astimezone(question.now.tzinfo):%Y-%m-%d %H:%M}"


def called(*ago: timedelta, question: Question, **changed: Any) -> Question:
    """The same question, after calls so long ago."""
    contacts = [Contact(question.now - each, Channel.CALL, debt="invoice-9") for each in ago]
    return with_contacts(question, [replace(contact, **changed) for contact in contacts])


def with_contacts(question: Question, contacts: Iterable[Contact]) -> Question:
    person = question.person or Person()
    return replace(question, person=replace(person, contacts=tuple(sorted(contacts, key=lambda each: each.at))))
