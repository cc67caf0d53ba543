"""What a chain came to is told to the company's systems and to people: never not at all, always under the same id."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.call_status import CallStatus
from shared.ports import Unavailable
from shared.usecases.chain_call import attempt_ended
from tests.usecases.outreach import PHONE, REMINDER, Clinic, upcoming

SCHEMAS = Path(__file__).parents[2] / "docs" / "events"


def keeps_to_its_schema(kind: str, detail: dict[str, Any]) -> None:
    fastjsonschema.compile(json.loads((SCHEMAS / f"{kind}.v1.json").read_text()))(detail)


def confirmed(clinic: Clinic) -> str:
    """A chain that called twice, and is over."""
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.ended(chain, Disposition.BUSY)
    clinic.rings(chain, 2)
    details = {"day": "2026-11-25"}
    outcome = Outcome(Disposition.REACHED, "confirmed", details, "CA" + "2" * 32, 42)
    attempt_ended(clinic.store, AttemptKey(chain, 2), outcome, clinic.now)
    assert clinic.waits(chain)["do"] == "over"
    return chain


def test_o5_each_attempt_and_the_chain_are_told_once() -> None:
    clinic = Clinic()
    chain = confirmed(clinic)
    assert clinic.finishes(chain)
    assert not clinic.finishes(chain)
    attempts = clinic.published("attempt.completed")
    assert [(told["attempt"], told["disposition"], told["result"]) for told in attempts] == [
        (1, "busy", ""),
        (2, "reached", "confirmed"),
    ]
    (told,) = clinic.published("chain.completed")
    assert told["id"] == f"{chain}:chain.completed"
    assert (told["ended"], told["why"], told["disposition"], told["result"], told["attempts"]) == (
        "done",
        "confirmed",
        "reached",
        "confirmed",
        2,
    )
    assert (told["event_id"], told["reference"], told["called"]) == ("e-1", "A-1", PHONE)
    assert told["details"] == {"day": "2026-11-25"}


def test_i5_what_is_told_keeps_to_its_schema() -> None:
    clinic = Clinic()
    clinic.finishes(confirmed(clinic))
    cancelled = clinic.tells("appointment.upcoming", upcoming(2)).chain
    clinic.tells("appointment.cancelled", {"id": "c", "reference": "A-2"})
    clinic.decides(cancelled)
    clinic.finishes(cancelled)
    clinic.opts_out("said", "CA1")
    assert len(clinic.bus.published) == 5
    for event in clinic.bus.published:
        keeps_to_its_schema(event.kind, json.loads(json.dumps(event.detail)))


def test_a_bus_that_takes_nothing_holds_no_call_up_and_is_told_in_the_end() -> None:
    clinic = Clinic()
    clinic.bus.fail(Unavailable("no answer"))
    chain = confirmed(clinic)
    with pytest.raises(Unavailable):
        clinic.finishes(chain)
    assert clinic.follow_ups.added == []
    clinic.bus.fail(None)
    assert clinic.finishes(chain)
    assert [told["attempt"] for told in clinic.published("attempt.completed")] == [1, 2]
    assert len(clinic.published("chain.completed")) == 1


def test_r2_what_was_told_of_a_person_is_forgotten_once_the_chain_is_finished() -> None:
    clinic = Clinic()
    chain = confirmed(clinic)
    clinic.finishes(chain)
    assert clinic.kept(chain).chain.facts == {}
    assert [attempt.facts for attempt in clinic.store.attempts(chain)] == [{}, {}]


def test_a_chain_that_is_not_over_is_not_finished() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    assert not clinic.finishes(chain)
    assert clinic.bus.published == []


def test_o5_what_is_left_to_people_is_queued_once() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    for number in (1, 2, 3):
        clinic.rings(chain, number)
        clinic.ended(chain, Disposition.NO_ANSWER, number)
    assert clinic.waits(chain)["ended"] == "exhausted"
    clinic.finishes(chain)
    (todo,) = clinic.follow_ups.added
    assert (todo.about, todo.number) == ("Nobody has reached Ann", PHONE)
    clinic.finishes(chain)
    assert len(clinic.follow_ups.added) == 1


def test_what_was_agreed_needs_nobody_unless_the_campaign_says_so() -> None:
    clinic = Clinic()
    clinic.finishes(confirmed(clinic))
    assert clinic.follow_ups.added == []


def test_a_chain_whose_campaign_is_gone_ends_with_a_result_too() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.campaign = replace(REMINDER, name="new")
    assert clinic.decides(chain)["do"] == "reconcile"
    clinic.ended(chain, Disposition.BUSY)
    assert clinic.waits(chain)["do"] == "over"
    assert clinic.finishes(chain)
    assert clinic.published("chain.completed")[0]["attempts"] == 1


def test_o3_an_opt_out_is_told_once_more_under_the_same_id_when_it_is_said_again() -> None:
    clinic = Clinic()
    chain, other = clinic.begins(1), clinic.begins(2)
    clinic.opts_out("said", "CA1")
    clinic.passes(hours=1)
    clinic.opts_out("key", "CA2")
    first, second = clinic.published("optout.recorded")
    assert first == second
    assert (first["how"], first["reference"]) == ("said", "CA1")
    assert {clinic.decides(chain)["ended"], clinic.decides(other)["ended"]} == {"forbidden"}
    assert clinic.kept(chain).chain.why == "opted-out"


def test_who_opts_out_while_their_phone_rings_is_no_longer_rung() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.opts_out("text message", "SM1")
    assert clinic.decides(chain)["do"] == "reconcile"
    clinic.reconciles(chain)
    assert clinic.outbound.calls[f"CA{1:032x}"].status is CallStatus.CANCELED


def test_who_opts_out_while_they_talk_is_never_called_again() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.opts_out("said", "CA1")
    clinic.ended(chain, Disposition.OPTED_OUT)
    assert clinic.decides(chain)["ended"] == "forbidden"
    fresh = clinic.begins(9)
    assert clinic.decides(fresh)["ended"] == "forbidden"
    assert len(clinic.outbound.orders) == 1
