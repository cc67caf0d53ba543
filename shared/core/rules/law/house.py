"""Our own rules, everywhere: what nobody forbids and is not done all the same."""

from datetime import date, time, timedelta

from shared.core.rules.person import OWN_LIST, Channel, ConsentKind, Purpose
from shared.core.rules.rule import (
    CALLS,
    EVERY_PURPOSE,
    Cap,
    Consented,
    Counted,
    Demand,
    Hours,
    NotOptedOut,
    Readable,
    Rule,
    Soon,
    Unlisted,
    Window,
)

_SINCE = date(2000, 1, 1)
"""Ever: without these rules nobody is asked whether they agreed."""
_READ = date(2026, 11, 20)
OUR_OWN = "our own policy"
"""The source of all of them."""
_EVERY_DAY = (Window(time(8), time(21)),) * 7


def _rule(
    name: str,
    text: str,
    demand: Demand,
    purposes: frozenset[Purpose] = EVERY_PURPOSE,
    channels: frozenset[Channel] = frozenset(Channel),
) -> Rule:
    return Rule(f"house.{name}", text, demand, OUR_OWN, _SINCE, _READ, purposes, channels)


RULES = (
    _rule("readable", "What a decision rests on is known: the number, where it is, the person's history.", Readable()),
    _rule("horizon", "Nothing is planned further ahead than 60 days.", Soon(timedelta(days=60))),
    _rule("opt-out", "Whoever does not want it is not called or texted again, for anything.", NotOptedOut()),
    _rule("own-list", "Numbers on the company's own do-not-call list are not called or texted.", Unlisted(OWN_LIST)),
    _rule(
        "consent",
        "Nobody is called by an artificial voice, or texted, who has not agreed to it for this purpose.",
        Consented(ConsentKind.EXPRESS),
    ),
    _rule("hours", "Between 8 and 21 by the clock of the person called.", Hours(_EVERY_DAY)),
    _rule("gap", "Ten minutes at least between two calls to a person.", Cap(1, timedelta(minutes=10)), channels=CALLS),
    _rule(
        "day", "At most 3 calls to a person in 24 hours, in all campaigns.", Cap(3, timedelta(days=1)), channels=CALLS
    ),
    _rule(
        "week", "At most 7 calls to a person in 7 days, in all campaigns.", Cap(7, timedelta(days=7)), channels=CALLS
    ),
    _rule(
        "talked",
        "Whoever has talked with the company is left alone for a day, unless they asked to be called.",
        Cap(1, timedelta(days=1), Counted.CONVERSATIONS),
        EVERY_PURPOSE - {Purpose.SERVICE},
        CALLS,
    ),
)
