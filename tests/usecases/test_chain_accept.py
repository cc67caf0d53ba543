"""Events begin chains, change them and end them, however often and in whatever order they come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.core.attempt import Disposition
from shared.core.call_status import CallStatus
from shared.core.chain_events import Ended, Phase
from shared.core.rules.person import Consent, ConsentKind, Purpose
from shared.usecases.chain import ms
from shared.usecases.chain_accept import Accepted, Unacceptable, chain_id
from tests.usecases.outreach import NOW, PHONE, REMINDER, STARTS_AT, Clinic, upcoming

CHAIN = chain_id("reminder", "e-1")
UPDATED = {
    "version": 1,
    "id": "u-1",
    "reference": "A-1",
    "appointment": {"starts_at": (STARTS_AT + timedelta(days=3)).isoformat(), "place": "room 2"},
}
CANCELLED = {"version": 1, "id": "c-1", "reference": "A-1"}


def test_o1_an_event_begins_a_chain_that_calls_when_the_campaign_says() -> None:
    clinic = Clinic()
    assert clinic.tells("appointment.upcoming", upcoming()) == Accepted(CHAIN, start=True)
    chain = clinic.kept(CHAIN).chain
    assert (chain.number, chain.about, chain.event) == (PHONE, "appointment#A-1", "e-1")
    assert chain.due_ms == ms(STARTS_AT - timedelta(days=1))
    assert chain.until_ms == ms(STARTS_AT - timedelta(hours=2))
    assert chain.facts == {"name": "Ann", "starts_at": STARTS_AT.isoformat(), "reference": "A-1"}
    assert clinic.store.chains_of(PHONE) == (CHAIN,)


def test_o1_an_event_begins_one_chain_however_often_it_is_delivered() -> None:
    clinic = Clinic()
    clinic.tells("appointment.upcoming", upcoming())
    clinic.rings(CHAIN)
    assert clinic.tells("appointment.upcoming", upcoming(), NOW) == Accepted(CHAIN, start=True)
    clinic.ended(CHAIN, Disposition.REACHED, result="confirmed")
    assert clinic.waits(CHAIN)["do"] == "over"
    clinic.finishes(CHAIN)
    assert clinic.tells("appointment.upcoming", upcoming(), NOW) == Accepted(CHAIN, start=False)
    assert clinic.store.chains_of(PHONE) == (CHAIN,)
    assert len(clinic.outbound.orders) == 1


def test_a_chain_whose_time_has_come_when_the_event_does_calls_at_once() -> None:
    clinic = Clinic(now=STARTS_AT - timedelta(hours=5))
    clinic.tells("appointment.upcoming", upcoming())
    assert clinic.decides(CHAIN)["do"] == "call"


def test_what_was_told_later_about_the_same_thing_changes_the_chain_that_is_under_way() -> None:
    clinic = Clinic()
    clinic.begins()
    again = upcoming(2, reference="A-1", appointment={"starts_at": (STARTS_AT + timedelta(days=1)).isoformat()})
    assert clinic.tells("appointment.upcoming", again) == Accepted()
    chain = clinic.kept(CHAIN).chain
    assert chain.until_ms == ms(STARTS_AT + timedelta(hours=22))
    assert clinic.store.chains_of(PHONE) == (CHAIN,)


def test_an_event_that_changed_a_chain_begins_none_when_it_is_delivered_again_after_its_end() -> None:
    clinic = Clinic()
    clinic.begins()
    again, told_at = upcoming(2, reference="A-1"), clinic.now
    clinic.tells("appointment.upcoming", again, told_at)
    clinic.rings(CHAIN)
    clinic.ended(CHAIN, Disposition.REACHED, result="confirmed")
    assert clinic.decides(CHAIN)["do"] == "over"
    assert clinic.tells("appointment.upcoming", again, told_at) == Accepted()
    assert clinic.store.chains_of(PHONE) == (CHAIN,)


def test_once_a_chain_is_over_a_new_event_about_the_same_thing_begins_another() -> None:
    clinic = Clinic()
    clinic.begins()
    clinic.rings(CHAIN)
    clinic.ended(CHAIN, Disposition.REACHED, result="moved")
    clinic.decides(CHAIN)
    clinic.passes(hours=1)
    assert clinic.tells("appointment.upcoming", upcoming(2, reference="A-1")).start


def test_another_number_for_the_same_thing_is_another_chain() -> None:
    clinic = Clinic()
    clinic.begins()
    corrected = upcoming(2, reference="A-1", person={"phone": "+14155550143", "name": "Ann"})
    accepted = clinic.tells("appointment.upcoming", corrected)
    assert accepted.start
    assert clinic.kept(accepted.chain).chain.number == "+14155550143"
    assert clinic.kept(CHAIN).chain.ended is Ended.STOPPED


def test_an_appointment_that_moves_moves_its_calls() -> None:
    clinic = Clinic()
    clinic.begins()
    assert clinic.tells("appointment.updated", UPDATED) == Accepted()
    chain = clinic.kept(CHAIN).chain
    assert chain.due_ms == ms(STARTS_AT + timedelta(days=2))
    assert chain.facts["place"] == "room 2"


def test_of_two_changes_the_newer_counts_whichever_comes_last() -> None:
    clinic = Clinic()
    clinic.begins()
    older = {**UPDATED, "appointment": {"starts_at": STARTS_AT.isoformat(), "place": "room 1"}}
    clinic.tells("appointment.updated", UPDATED, clinic.now + timedelta(minutes=2))
    clinic.tells("appointment.updated", older, clinic.now + timedelta(minutes=1))
    assert clinic.kept(CHAIN).chain.facts["place"] == "room 2"


@pytest.mark.parametrize(("kind", "detail"), [("appointment.cancelled", CANCELLED), ("appointment.updated", UPDATED)])
def test_news_that_comes_before_what_begins_the_chain_counts_all_the_same(kind: str, detail: dict[str, Any]) -> None:
    clinic = Clinic()
    clinic.tells(kind, detail, NOW + timedelta(minutes=1))
    assert clinic.tells("appointment.upcoming", upcoming(), NOW) == Accepted(CHAIN, start=True)
    chain = clinic.kept(CHAIN).chain
    if kind == "appointment.cancelled":
        assert (chain.phase, chain.ended, chain.why) == (Phase.OVER, Ended.STOPPED, kind)
    else:
        assert chain.facts["place"] == "room 2"


def test_what_ended_before_it_came_up_anew_is_called_about() -> None:
    clinic = Clinic()
    clinic.tells("appointment.cancelled", CANCELLED, NOW - timedelta(days=1))
    clinic.tells("appointment.upcoming", upcoming(), NOW)
    clinic.tells("appointment.cancelled", CANCELLED, NOW - timedelta(days=1))
    assert clinic.kept(CHAIN).chain.live


def test_a_cancelled_appointment_is_not_called_about() -> None:
    clinic = Clinic()
    clinic.begins()
    assert clinic.decides(CHAIN)["do"] == "call"
    clinic.tells("appointment.cancelled", CANCELLED)
    clinic.calls(CHAIN)
    assert clinic.outbound.orders == []
    assert clinic.decides(CHAIN)["ended"] == "stopped"


def test_what_is_cancelled_while_they_talk_ends_with_the_talk() -> None:
    clinic = Clinic()
    clinic.begins()
    clinic.rings(CHAIN)
    clinic.outbound.becomes(f"CA{1:032x}", CallStatus.IN_PROGRESS)
    clinic.tells("appointment.cancelled", CANCELLED)
    assert clinic.decides(CHAIN)["do"] == "reconcile"
    assert clinic.reconciles(CHAIN)["do"] == "wait"
    assert clinic.outbound.calls[f"CA{1:032x}"].status is CallStatus.IN_PROGRESS
    clinic.ended(CHAIN, Disposition.BUSY)
    assert clinic.decides(CHAIN)["ended"] == "stopped"


@pytest.mark.parametrize("status", [CallStatus.QUEUED, CallStatus.RINGING])
def test_a_phone_that_rings_about_what_is_cancelled_stops_ringing(status: CallStatus) -> None:
    clinic = Clinic()
    clinic.begins()
    clinic.rings(CHAIN)
    clinic.outbound.becomes(f"CA{1:032x}", status)
    clinic.tells("appointment.cancelled", CANCELLED)
    assert clinic.decides(CHAIN)["do"] == "reconcile"
    clinic.reconciles(CHAIN)
    assert clinic.outbound.calls[f"CA{1:032x}"].status is CallStatus.CANCELED
    assert clinic.waits(CHAIN)["do"] == "reconcile"
    clinic.reconciles(CHAIN)
    assert clinic.decides(CHAIN)["ended"] == "stopped"


def test_consent_that_comes_with_an_event_is_on_file_before_anybody_is_called() -> None:
    clinic = Clinic()
    given_at = datetime(2026, 10, 1, tzinfo=UTC)
    consent = {"kind": "express", "given_at": given_at.isoformat(), "how": "web form", "reference": "form-7"}
    clinic.begins(consent=consent)
    on_file = Consent(ConsentKind.EXPRESS, frozenset({Purpose.REMINDER}), given_at, "web form", "form-7")
    assert clinic.store.ledger.person(PHONE).consents == (on_file,)


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("weather.changed", {}, "no kind of event"),
        ("appointment.upcoming", {}, "keeps to no schema"),
        ("payment.overdue", upcoming(payment={"amount": 1, "currency": "USD"}), "is for one campaign, not none"),
        ("appointment.upcoming", upcoming(campaign="other"), "not `other`; name it in `campaign`"),
        ("appointment.upcoming", upcoming(person={"phone": PHONE}), "the campaign reminder needs name; tell it"),
        ("appointment.upcoming", upcoming(appointment={"starts_at": "2026-11-25T15:00:00"}), "without its offset"),
    ],
)
def test_an_event_that_nothing_can_be_done_about_is_refused_with_the_reason(
    kind: str, detail: dict[str, Any], said: str
) -> None:
    with pytest.raises(Unacceptable, match=said):
        Clinic().tells(kind, detail)


def test_of_several_campaigns_for_one_kind_the_event_names_one() -> None:
    clinic = Clinic(others={"second": replace(REMINDER, name="second")})
    with pytest.raises(Unacceptable, match="not reminder, second"):
        clinic.tells("appointment.upcoming", upcoming())
    assert clinic.tells("appointment.upcoming", upcoming(campaign="second")).chain == chain_id("second", "e-1")
