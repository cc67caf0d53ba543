"""The state of one payment, whatever happens in whatever order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.money import Money
from shared.core.payment import (
    PROCESSING,
    REPEAT_MS,
    AskPeople,
    CallerGone,
    Ended,
    Event,
    Method,
    Missing,
    Note,
    Payment,
    Phase,
    Reported,
    Settled,
    Shown,
)

NEW = Payment("CA1-01", "pay", Method.CARD, Money(12_000, "usd"))
PAYING = NEW.after(Shown(), 1_000)[0]
PAID = Ended(Phase.PAID, "success", "ch_3PabcXYZ")
ENDS = [Ended(phase, "word") for phase in Phase if phase not in (Phase.ASKED, Phase.PAYING, Phase.PAID)]
EVENTS = st.one_of(
    st.sampled_from([Shown(), Missing(), CallerGone(), PAID, *ENDS]),
    st.builds(Reported, st.sampled_from(["payment-card-number", PROCESSING]), st.sampled_from(["", "input-timeout"])),
)


def after(payment: Payment, *events: Event) -> Payment:
    for event in events:
        payment = payment.after(event, 10_000)[0]
    return payment


def test_o4_a_payment_is_taken_once_and_its_charge_is_known() -> None:
    paid, effects = PAYING.after(PAID, 60_000)
    assert (paid.phase, paid.confirmation) == (Phase.PAID, "ch_3PabcXYZ")
    assert [type(effect) for effect in effects] == [Note]
    assert paid.settled == Settled("pay", Phase.PAID, "CXYZ")
    assert paid.after(PAID, 61_000) == (paid, [])


def test_the_carrier_may_ask_again_only_before_a_card_can_have_been_typed() -> None:
    assert NEW.may_be_shown(0)
    assert PAYING.may_be_shown(1_000 + REPEAT_MS - 1)
    assert not PAYING.may_be_shown(1_000 + REPEAT_MS)
    assert not after(PAYING, Reported("payment-card-number")).may_be_shown(1_100)
    assert not after(PAYING, PAID).may_be_shown(1_100)


@pytest.mark.parametrize("phase", [Phase.DECLINED, Phase.ABANDONED, Phase.FAILED, Phase.UNKNOWN, Phase.TIMEOUT])
def test_a_success_counts_whenever_it_comes(phase: Phase) -> None:
    assert after(PAYING, Ended(phase, "word"), PAID).phase is Phase.PAID


def test_a_result_that_is_lost_leaves_it_unknown_and_people_look() -> None:
    lost, effects = after(PAYING, Reported("payment-card-number"), Reported(PROCESSING)).after(Missing(), 70_000)
    assert lost.phase is Phase.UNKNOWN
    assert AskPeople() in effects
    assert not lost.may_be_shown(70_001)


def test_what_was_unknown_may_become_known_and_people_are_asked_once() -> None:
    unknown = after(PAYING, Ended(Phase.UNKNOWN, "internal-error"))
    assert unknown.after(Ended(Phase.UNKNOWN, "internal-error"), 2) == (unknown, [])
    assert after(unknown, Ended(Phase.DECLINED, "rejected")).phase is Phase.DECLINED


def test_a_document_that_the_carrier_went_past_without_a_word_charged_nothing() -> None:
    assert after(PAYING, Missing()).phase is Phase.FAILED


def test_a_caller_who_hangs_up_before_the_card_is_sent_has_paid_nothing() -> None:
    assert after(PAYING, Reported("payment-card-number"), CallerGone()).phase is Phase.ABANDONED
    assert after(PAYING, Reported(PROCESSING), CallerGone()).phase is Phase.UNKNOWN
    assert after(PAYING, Reported(PROCESSING), Ended(Phase.ABANDONED, "caller-hung-up")).phase is Phase.UNKNOWN
    assert after(NEW, CallerGone()).phase is Phase.ABANDONED


def test_only_silence_on_the_keypad_is_a_timeout() -> None:
    failed = Ended(Phase.DECLINED, "too-many-failed-attempts")
    assert after(PAYING, Reported("payment-card-number", "input-timeout"), failed).phase is Phase.TIMEOUT
    assert after(PAYING, Reported("payment-card-number", "invalid-card-number"), failed).phase is Phase.DECLINED


@given(st.lists(EVENTS, max_size=12))
def test_whatever_happens_it_is_charged_at_most_once_and_every_end_is_told(events: list[Event]) -> None:
    payment, notes, shown = NEW, 0, 0
    for at, event in enumerate(events):
        at_ms = 1_000 + at * REPEAT_MS
        if isinstance(event, Shown) and not payment.may_be_shown(at_ms):
            continue
        shown += isinstance(event, Shown)
        was = payment
        payment, effects = payment.after(event, at_ms)
        notes += sum(isinstance(effect, Note) for effect in effects)
        assert not (was.phase is Phase.PAID and payment != was)
        assert (AskPeople() in effects) == (payment.phase is Phase.UNKNOWN is not was.phase)
        assert payment.amount == NEW.amount
    assert shown <= 1
    assert (notes > 0) == payment.over


@given(st.lists(EVENTS, max_size=6))
def test_a_payment_is_kept_as_json(events: list[Event]) -> None:
    payment = after(NEW, *events)
    assert Payment.restore(json.loads(json.dumps(payment.snapshot()))) == payment


def test_what_the_agent_is_told_is_kept_in_the_calls_progress() -> None:
    settled = Settled("pay", Phase.DECLINED, "")
    assert Settled.read(json.loads(json.dumps(settled.into({"messages": []})))) == settled
    assert Settled.read({}) is None
    assert Settled.read({"payment": {"phase": "nonsense"}}) is None
