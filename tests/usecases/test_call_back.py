"""A call back by the agent itself: booked in one call, published when that is over, made by a campaign, and settled."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.event_schemas import EventSchemas
from shared.core.attempt import Assignment, Disposition
from shared.core.rules.person import Purpose
from shared.ports import LogEntry, NewCall, Unavailable
from shared.usecases.answer_outbound import Outgoing, PickedUp, answer_outbound
from shared.usecases.call_back import asked_for, publish_call_back
from shared.usecases.chain_accept import Unacceptable
from shared.usecases.finish_call import finish_call
from shared.usecases.tool_kit import Callbacks
from tests.core.test_called_back import AGENT, booked
from tests.fakes import FakeCallStore, FakeEventBus
from tests.people import Added, FakeFollowUps
from tests.usecases.clinic import ACCOUNT_SID, ADDRESSES, CALL_SID, CALLER, NUMBER, OTHER_SID, state, streaming
from tests.usecases.outreach import NOW, REMINDER, Clinic

SCHEMAS = EventSchemas(Path(__file__).parents[2] / "docs" / "events")
CAMPAIGN = replace(
    REMINDER,
    name="callback",
    event="callback.due",
    purpose=Purpose.SERVICE,
    agent="front_door",
    when=replace(REMINDER.when, start_ms=0, until_ms=24 * 3_600_000),
    ends=frozenset({"put_through"}),
    facts=(),
    follow_up={},
)
PUBLISHED_AT = NOW + timedelta(seconds=90)


async def asks(follow_ups: FakeFollowUps, store: FakeCallStore, sid: str = CALL_SID, **given: str) -> dict[str, Any]:
    """A caller asks for a call back."""
    with ThreadPoolExecutor(1) as threads:
        tool = Callbacks(follow_ups, threads=threads, now=lambda: NOW, calls=store, timezone="America/New_York")
        return dict(await tool.run("request_callback", given, key=f"{sid}:call_back:0"))


def over(store: FakeCallStore, answer: dict[str, Any]) -> None:
    """The call in which they asked has ended, and its record is whole."""
    play = booked()
    store.save_progress(CALL_SID, play.saved, stream=1)
    for number, line in enumerate(play.records):
        data = (
            line.data if line.kind != "tool" else {**line.data, "result": {**_mapping(line.data["result"]), **answer}}
        )
        store.append(CALL_SID, [LogEntry(f"01-{number:05}", line.kind, NOW, data)])
    finish_call(store, CALL_SID, NOW + timedelta(seconds=60))


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


async def promised(clinic: Clinic, store: FakeCallStore) -> dict[str, Any]:
    """`callback.due`, as it is published."""
    streaming(store)
    answer = await asks(clinic.follow_ups, store, topic="my bill", phone=CALLER[2:])
    assert answer == {"calls_back": "agent"}
    over(store, answer)
    assert publish_call_back(store, clinic.bus, CALL_SID, now=PUBLISHED_AT)
    (detail,) = clinic.published("callback.due")
    return detail


def clinic() -> Clinic:
    return Clinic(campaign=CAMPAIGN, others={"reminder": REMINDER})


async def test_x4_a_promise_is_the_agents_in_the_queue_and_told_once_as_its_schema_has_it() -> None:
    here, store = clinic(), FakeCallStore()
    detail = await promised(here, store)
    assert not publish_call_back(store, here.bus, CALL_SID, now=PUBLISHED_AT)
    SCHEMAS.check("callback.due", json.loads(json.dumps(detail)))
    assert detail["id"] == f"{CALL_SID}:callback.due"
    (added,) = here.follow_ups.added
    due = NOW + timedelta(minutes=30)
    assert (added.at, added.number, added.agent_until) == (due, CALLER, due + timedelta(hours=26))


async def test_x4_what_the_bus_did_not_take_is_told_the_next_time() -> None:
    store, bus = FakeCallStore(), FakeEventBus()
    streaming(store)
    over(store, await asks(FakeFollowUps(), store, phone=CALLER))
    bus.fail(Unavailable("no bus"))
    with pytest.raises(Unavailable):
        publish_call_back(store, bus, CALL_SID, now=PUBLISHED_AT)
    bus.fail(None)
    assert publish_call_back(store, bus, CALL_SID, now=PUBLISHED_AT)


async def test_x4_they_are_called_with_what_is_known_and_the_queue_is_told_that_it_is_done() -> None:
    here, store = clinic(), FakeCallStore()
    chain = here.tells("callback.due", await promised(here, store), PUBLISHED_AT).chain
    here.rings(chain)
    assert here.now >= NOW + timedelta(minutes=31)
    (consent,) = here.store.ledger.person(CALLER).consents
    assert (consent.reference, consent.purposes) == (CALL_SID, frozenset({Purpose.SERVICE}))

    (attempt,) = here.store.attempts(chain)
    picked_up = PickedUp(attempt.call_sid, ACCOUNT_SID, CALLER, CAMPAIGN.line, attempt.key, "front_door")
    outgoing = Outgoing(here.store, here.store.ledger)
    answer_outbound(store, ADDRESSES, {"front_door": AGENT}, outgoing, picked_up, token="t", now=here.now)
    told = state(store, attempt.call_sid).assignment
    assert told is not None
    assert told.earlier is not None
    assert told.earlier["route"] == "desk"

    here.ended(chain, Disposition.REACHED, result="put_through")
    assert here.waits(chain)["do"] == "over"
    assert here.finishes(chain)
    assert here.follow_ups.agents == [(CALLER, True)]
    assert here.published("chain.completed")[0]["result"] == "put_through"


async def test_x4_who_was_not_reached_is_left_to_people() -> None:
    here, store = clinic(), FakeCallStore()
    here.others = {}
    chain = here.tells("callback.due", await promised(here, store), PUBLISHED_AT).chain
    here.rings(chain)
    here.ended(chain, Disposition.WRONG_PERSON)
    assert here.waits(chain)["do"] == "over"
    here.finishes(chain)
    assert here.follow_ups.agents == [(CALLER, False)]


async def test_x4_an_agent_that_has_no_campaign_calls_nobody() -> None:
    here = clinic()
    detail = await promised(here, FakeCallStore())
    here.campaign = replace(CAMPAIGN, agent="reception")
    with pytest.raises(Unacceptable, match="is for one campaign, not none"):
        here.tells("callback.due", detail, PUBLISHED_AT)


async def test_x4_a_call_back_leads_to_no_other_and_a_number_nobody_can_tell_is_peoples() -> None:
    follow_ups, store = FakeFollowUps(), FakeCallStore()
    streaming(store)
    assert await asks(follow_ups, store, phone="5550199") == {}
    about = Assignment("callback-1.1")
    store.create(NewCall(OTHER_SID, ACCOUNT_SID, CALLER, NUMBER, "front_door", NOW, "h", NOW, assignment=about))
    assert await asks(follow_ups, store, OTHER_SID, phone=CALLER) == {}
    assert [(one.number, one.agent_until) for one in follow_ups.added] == [("5550199", None), (CALLER, None)]


async def test_x4_who_names_a_time_is_called_then() -> None:
    follow_ups, store = FakeFollowUps(), FakeCallStore()
    streaming(store)
    answer = await asks(follow_ups, store, topic="my bill", day="2026-11-24", time="15:30")
    assert answer == {"calls_back": "agent", "due_at": "2026-11-24T15:30:00-05:00"}
    (added,) = follow_ups.added
    assert isinstance(added, Added)
    assert added.at.astimezone(UTC) == datetime(2026, 11, 24, 20, 30, tzinfo=UTC)


def test_x4_a_day_without_a_time_is_its_morning_and_a_time_that_is_over_counts_as_none() -> None:
    assert asked_for({"day": "2026-11-24"}, NOW) == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert asked_for({"time": "08:00"}, NOW) is None
    assert asked_for({"topic": "my bill"}, NOW) is None
