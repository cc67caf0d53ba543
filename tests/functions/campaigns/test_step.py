"""Steps of an execution, as the state machine asks for them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from functions.campaigns.step import LONGEST_S, Steps, step
from shared.core.attempt import Disposition
from shared.ports import Unavailable
from shared.usecases.chain import StepDocument
from tests.executions import FakeExecutions
from tests.usecases.outreach import STARTS_AT, Clinic, order, upcoming


@dataclass
class Machine:
    """An execution's steps, one after the other."""

    clinic: Clinic = field(default_factory=Clinic)
    executions: FakeExecutions = field(default_factory=FakeExecutions)

    def does(self, name: str, given: StepDocument | dict[str, Any], token: str = "") -> StepDocument:
        clinic = self.clinic
        steps = Steps(
            outreach=clinic.outreach,
            bus=clinic.bus,
            follow_ups=clinic.follow_ups,
            outbound=clinic.outbound,
            orders=order,
            messages=clinic.messages,
            text_status_url="https://x.example/texts",
            executions=self.executions,
        )
        return step(steps, {"step": name, "given": given, "token": token})


def test_a_chain_goes_from_its_event_to_its_result() -> None:
    machine = Machine()
    clinic = machine.clinic
    chain = clinic.begins()

    called = machine.does("decide", {"chain": chain})
    assert called["do"] == "call"
    assert machine.does("call", called, "t1")["do"] == "wait"
    assert clinic.kept(chain).token == "t1"
    assert machine.executions.woken == []
    clinic.ended(chain, Disposition.REACHED, result="confirmed")
    over = machine.does("decide", {"chain": chain})
    assert over["do"] == "over"
    machine.does("finish", over)

    assert len(clinic.outbound.orders) == 1
    assert [told["result"] for told in clinic.published("chain.completed")] == ["confirmed"]


def test_a_wait_is_whole_seconds_from_one_to_a_day() -> None:
    machine = Machine()
    chain = machine.clinic.tells("appointment.upcoming", upcoming()).chain
    machine.clinic.now = STARTS_AT - timedelta(days=9)

    assert machine.does("decide", {"chain": chain})["wait_s"] == LONGEST_S
    machine.clinic.now = STARTS_AT - timedelta(days=1, milliseconds=1)
    assert machine.does("decide", {"chain": chain})["wait_s"] == 1


def test_who_would_wait_for_a_chain_that_has_changed_meanwhile_goes_on_at_once() -> None:
    machine = Machine()
    chain = machine.clinic.tells("appointment.upcoming", upcoming()).chain
    wait = machine.does("decide", {"chain": chain})
    machine.clinic.tells("appointment.cancelled", {"version": 1, "id": "e-2", "reference": "A-1"})

    machine.does("wait", wait, "t1")

    assert machine.executions.woken == ["t1"]


def test_a_call_that_is_not_to_be_made_now_goes_on_at_once() -> None:
    machine = Machine()
    chain = machine.clinic.begins()
    called = machine.does("decide", {"chain": chain})
    machine.clinic.tells("appointment.cancelled", {"version": 1, "id": "e-2", "reference": "A-1"})

    machine.does("call", called, "t1")

    assert machine.clinic.outbound.orders == []
    assert machine.executions.woken == ["t1"]


def test_t12_a_call_that_is_done_again_dials_nobody_again() -> None:
    machine = Machine()
    called = machine.does("decide", {"chain": machine.clinic.begins()})
    machine.clinic.outbound.refuse(Unavailable("no answer"), placed=True)

    for token in ("t1", "t2"):
        machine.does("call", called, token)

    assert len(machine.clinic.outbound.orders) == 1


def test_a_chain_that_is_gone_is_over() -> None:
    machine = Machine()

    for name in ("decide", "finish"):
        assert machine.does(name, {"chain": "reminder-gone"}) == {"chain": "reminder-gone", "do": "over"}


def test_a_step_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="jump"):
        Machine().does("jump", {"chain": "c"})
