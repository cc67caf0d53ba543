"""Events of the queue: each begins its chain once, and what is wrong is said without saying what it was."""

import json
import logging
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from functions.campaigns.accept import Acceptance, take
from shared.adapters.event_schemas import EventSchemas
from shared.ports import Unavailable
from shared.usecases.chain_accept import accept
from tests.executions import FakeExecutions
from tests.usecases.outreach import NOW, Clinic, upcoming

SCHEMAS = EventSchemas(Path(__file__).parents[3] / "docs" / "events")


@dataclass
class Desk:
    """A clinic whose events come out of a queue."""

    clinic: Clinic = field(default_factory=Clinic)
    executions: FakeExecutions = field(default_factory=FakeExecutions)
    times_ms: list[int] = field(default_factory=list)
    """What is left of the Lambda's time before each event; plenty after them."""

    def left_ms(self) -> int:
        return self.times_ms.pop(0) if self.times_ms else 12_000

    def takes(self, *bodies: object) -> list[str]:
        """The numbers of the messages that failed, from 0."""
        records = [
            {
                "messageId": str(number),
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "2"},
            }
            for number, body in enumerate(bodies)
        ]
        deps = Acceptance(SCHEMAS, partial(accept, self.clinic.outreach), self.executions)
        return [item["itemIdentifier"] for item in take(deps, {"Records": records}, self.left_ms)["batchItemFailures"]]


def event(detail: dict[str, Any], kind: str = "appointment.upcoming") -> dict[str, Any]:
    return {"detail-type": kind, "time": NOW.isoformat(), "detail": detail, "source": "clinic"}


def test_o1_an_event_delivered_twice_begins_one_chain_and_one_execution_of_its_name() -> None:
    desk = Desk()

    assert desk.takes(event(upcoming()), event(upcoming())) == []
    (chain,) = desk.executions.started
    assert desk.executions.started[chain] == {"chain": chain}
    assert desk.clinic.kept(chain).chain.event == "e-1"


def test_o1_an_execution_that_could_not_begin_begins_when_the_event_comes_again() -> None:
    desk = Desk(executions=FakeExecutions(failure=Unavailable("Step Functions: 500")))

    assert desk.takes(event(upcoming())) == ["0"]
    assert desk.executions.started == {}
    assert desk.takes(event(upcoming())) == []
    assert len(desk.executions.started) == 1


def test_o1_what_a_slow_table_leaves_no_time_for_comes_again_and_nothing_else() -> None:
    desk = Desk(times_ms=[9_000, 3_999, 100])

    assert desk.takes(event(upcoming(1)), event(upcoming(2)), event(upcoming(3))) == ["1", "2"]
    assert len(desk.executions.started) == 1


def test_one_bad_event_holds_no_other_up_and_is_told_by_field_and_rule_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk = Desk()
    bad = event(upcoming(2, person={"phone": "0142 555", "name": "Ann"}))

    assert desk.takes(bad, event(upcoming(3))) == ["0"]

    refused = next(record for record in caplog.records if record.msg == "event_refused")
    assert (refused.__dict__["field"], refused.__dict__["reason"]) == ("person.phone", "pattern")
    assert "0142" not in caplog.text
    assert len(desk.executions.started) == 1


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        {"detail": {}},
        event(upcoming(), kind="appointment.comming"),
        event(upcoming(), kind="survey.due"),
        event(upcoming(campaign="another")),
        event(upcoming(person={"phone": "+14155550142"})),
    ],
    ids=["no JSON", "no event", "no kind", "another kind's schema", "no such campaign", "a fact that is needed"],
)
def test_what_can_never_be_accepted_goes_the_way_of_what_fails(body: object) -> None:
    desk = Desk()

    assert desk.takes(body) == ["0"]
    assert desk.executions.started == {}


def test_what_ends_a_chain_begins_no_execution() -> None:
    desk = Desk()

    assert desk.takes(event({"version": 1, "id": "e-9", "reference": "A-9"}, "appointment.cancelled")) == []
    assert desk.executions.started == {}
