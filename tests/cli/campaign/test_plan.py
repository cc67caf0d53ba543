"""Who would be called when, who not, and why."""

from datetime import UTC, datetime, timedelta

from cli.campaign.place import campaign_of
from cli.campaign.plan import NothingOnFile, Planned, plan

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""A Monday, in New York."""
AGREED = {"kind": "express", "given_at": "2026-01-01T00:00:00Z", "how": "web form", "reference": "f-1"}


def planned(phone: str, starts_at: datetime, *, now: datetime = NOON, agreed: bool = True) -> Planned:
    person = {"phone": phone, "name": "Ann"}
    event = {"id": "e-1", "reference": "A-1", "person": person, "appointment": {"starts_at": starts_at.isoformat()}}
    if agreed:
        event["consent"] = AGREED
    (one,) = plan(campaign_of("appointment_reminder"), {2: event}, NothingOnFile(now), now)
    return one


def test_who_may_be_called_is_called_when_the_campaign_has_it() -> None:
    soon = planned("+12125550142", NOON + timedelta(hours=20))
    later = planned("+12125550142", NOON + timedelta(days=3))

    assert (soon.at, soon.rule) == (NOON, "")
    assert (later.at, later.rule) == (NOON + timedelta(days=2), "")


def test_at_night_it_waits_for_the_morning_and_says_by_which_rule() -> None:
    night = NOON + timedelta(hours=12)

    one = planned("+12125550142", night + timedelta(hours=20), now=night)

    assert one.at is not None
    assert one.at > night
    assert one.rule
    assert one.why


def test_what_comes_too_late_calls_nobody() -> None:
    one = planned("+12125550142", NOON + timedelta(hours=1))

    assert (one.at, one.rule) == (None, "campaign.until")


def test_where_no_rule_is_known_nobody_is_called() -> None:
    one = planned("+85212345678", NOON + timedelta(hours=20))

    assert one.at is None
    assert one.why
