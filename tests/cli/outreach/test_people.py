"""The fifty people of the demonstration, and what counts as having gone well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.campaign.place import CAMPAIGNS, EVENTS
from cli.outreach.demo import AREAS, Came, _area
from cli.outreach.people import people
from shared.adapters.campaign_files import load
from shared.adapters.dynamodb_live_chains import Seen
from shared.adapters.event_schemas import EventSchemas
from shared.core.chain_events import Ended, Phase

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
PEOPLE = people("212", NOON)


def seen(ended: str, disposition: str, result: str = "", attempts: int = 1, phase: Phase = Phase.OVER) -> Seen:
    return Seen("reminder-1", str(phase), attempts, disposition, result, ended, "")


def test_o1_there_are_fifty_each_with_a_number_and_an_event_of_their_own() -> None:
    assert len({each.number for each in PEOPLE}) == len({each.detail["id"] for each in PEOPLE}) == len(PEOPLE) == 50


def test_o1_every_event_is_as_its_schema_has_it() -> None:
    schemas = EventSchemas(EVENTS)
    for each in PEOPLE:
        schemas.check(each.kind, each.detail)


def test_o2_who_is_called_again_later_is_so_by_the_campaign_file() -> None:
    for each in PEOPLE:
        if each.expected.disposition is not None:
            campaign = load(CAMPAIGNS / f"{each.campaign}.yaml")
            again = each.expected.disposition in campaign.attempts.again_ms
            assert again is (each.expected.ended is None) or each.expected.result in campaign.ends, each


@pytest.mark.parametrize("hour", [h for h in range(24) if h not in (11,)])
def test_o3_somewhere_in_the_country_it_is_day(hour: int) -> None:
    assert _area(NOON.replace(hour=hour)) in AREAS


def test_what_came_is_held_against_what_had_to() -> None:
    confirmed = PEOPLE[0]
    assert Came(confirmed, seen("done", "reached", "confirmed"), 1).short == ""
    assert "expected done → reached → confirmed" in Came(confirmed, seen("done", "reached"), 1).short
    assert "rang 2 times" in Came(confirmed, seen("done", "reached", "confirmed"), 2).short
    assert "nothing came" in Came(confirmed, None, 0).short


def test_a_chain_that_waits_for_another_call_is_settled_where_that_was_to_be() -> None:
    waiting = seen("", "busy", phase=Phase.WAITING)
    busy = next(each for each in PEOPLE if each.callee["like"] == "busy")
    assert Came(busy, waiting, 1).settled
    assert not Came(PEOPLE[0], waiting, 1).settled
    assert not Came(replace(busy), seen("", "", attempts=0, phase=Phase.WAITING), 0).settled
    assert not Came(busy, None, 0).settled


def test_who_has_opted_out_or_agreed_to_nothing_has_to_be_left_alone() -> None:
    alone = [each for each in PEOPLE if each.expected.ended is Ended.FORBIDDEN and each.expected.disposition is None]
    assert len(alone) == 6
    assert all(each.opted_out or "consent" not in each.detail for each in alone)
    assert people("212", NOON + timedelta(days=1))[0].number == PEOPLE[0].number
