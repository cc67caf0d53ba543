"""A caller is taken to the keypad once, and comes back knowing how it ended."""

from dataclasses import replace

import pytest

from shared.core.money import Money
from shared.core.payment import PROCESSING, CallerGone, Ended, Missing, Phase, Reported, Settled
from shared.ports import FollowUpKind
from shared.usecases.next_step import next_step
from shared.usecases.payment import caller_gone, ended, happens, take_payment, went_on
from shared.wire.twiml import ConnectStream, Pay, Redirect, response
from tests.usecases.clinic import ADDRESSES, CALL_SID, CALLER, OTHER_SID, nobody
from tests.usecases.till import STEP, Till

OVER = "https://voice.example.com/twilio/payment/over?number=1"
STATUS = "https://voice.example.com/twilio/payment/status?number=1"
PAID = Ended(Phase.PAID, "success", "ch_3PabcXYZ")


def paying() -> Till:
    till = Till()
    take_payment(till.cashier, till.call, STEP)
    return till


def test_o4_the_payment_is_written_before_the_carrier_is_told_to_take_it() -> None:
    till = Till()
    card, then = take_payment(till.cashier, till.call, STEP)
    assert isinstance(card, Pay)
    assert then == Redirect(OVER)
    assert (till.payment.phase, till.payment.amount) == (Phase.PAYING, Money(12_000, "usd"))
    assert (card.action, card.status_callback) == (OVER, STATUS)
    assert (card.charge_amount, card.currency, card.payment_connector) == ("120.00", "usd", "main")
    assert card.description == f"Bill of 77812 ({CALL_SID}-01)"


def test_o4_every_prompt_is_the_agents_own_and_a_mistake_repeats_it() -> None:
    till = Till()
    document = response(*take_payment(till.cashier, till.call, STEP))
    assert 'chargeAmount="120.00"' in document
    assert 'validCardTypes="visa mastercard amex"' in document
    assert (
        '<Prompt for="payment-card-number" errorType="invalid-card-number">'
        '<Say voice="Polly.Joanna-Neural" language="en-US">No card. The number of your card.</Say></Prompt>'
    ) in document
    assert '<Prompt for="security-code" errorType="invalid-card-number">' not in document


def test_o4_a_document_that_is_asked_for_again_at_once_is_the_same_one() -> None:
    till = Till()
    first = take_payment(till.cashier, till.call, STEP)
    till.passes(2)
    assert take_payment(till.cashier, till.call, STEP) == first


@pytest.mark.parametrize("parts", [[], [Reported("payment-card-number")]])
def test_o4_the_card_is_never_asked_for_twice_for_one_payment(parts: list[Reported]) -> None:
    till = paying()
    for part in parts:
        happens(till.cashier, till.call, 1, part)
    till.passes(6)
    assert take_payment(till.cashier, till.call, STEP) == (Redirect(ADDRESSES.next_step),)
    assert till.payment.phase is (Phase.UNKNOWN if parts else Phase.FAILED)


def test_o4_a_caller_who_has_paid_is_given_back_to_the_agent_who_is_told() -> None:
    till = paying()
    assert went_on(till.cashier, till.call, 1, PAID) == (Redirect(ADDRESSES.next_step),)
    assert till.call.next_step is None
    assert Settled.read(till.call.progress or {}) == Settled("pay", Phase.PAID, "CXYZ")
    verbs = next_step(
        till.store, ADDRESSES, {"front_door": till.agent}, CALL_SID,
        token="t", now=till.now, put_through=nobody, take_payment=nobody,
    )  # fmt: skip
    assert isinstance(verbs[0], ConnectStream)
    (note,) = [line.data for line in till.store.log(CALL_SID) if line.kind == "payment"]
    assert note == {
        "payment": f"{CALL_SID}-01", "task": "pay", "method": "card", "state": "paid",
        "amount": "120.00", "currency": "usd", "reason": "success",
    }  # fmt: skip


def test_o4_a_result_that_comes_twice_changes_nothing_more() -> None:
    till = paying()
    went_on(till.cashier, till.call, 1, PAID)
    before = (till.payment, till.store.log(CALL_SID), till.call)
    went_on(till.cashier, till.call, 1, PAID)
    happens(till.cashier, till.call, 1, Ended(Phase.DECLINED, "too-many-failed-attempts"))
    assert (till.payment, till.store.log(CALL_SID), till.call) == before


def test_o4_an_unknown_result_goes_to_people_once_and_is_not_tried_again() -> None:
    till = paying()
    happens(till.cashier, till.call, 1, Reported(PROCESSING))
    went_on(till.cashier, till.call, 1, Missing())
    went_on(till.cashier, till.call, 1, Missing())
    (task,) = till.follow_ups.added
    assert (task.kind, task.call_sid, task.number) == (FollowUpKind.TASK, CALL_SID, CALLER)
    assert f"{CALL_SID}-01 of $120" in task.about
    assert Settled.read(till.call.progress or {}) == Settled("pay", Phase.UNKNOWN)


def test_o4_a_status_that_tells_the_result_is_as_good_as_the_result() -> None:
    till = paying()
    happens(till.cashier, till.call, 1, PAID)
    went_on(till.cashier, till.call, 1, Missing())
    assert till.payment.phase is Phase.PAID
    assert Settled.read(till.call.progress or {}) == Settled("pay", Phase.PAID, "CXYZ")


def test_a_result_of_an_earlier_payment_does_not_take_the_call_from_a_later_one() -> None:
    till = paying()
    went_on(till.cashier, till.call, 7, PAID)
    assert till.call.next_step == STEP


def test_o4_a_caller_who_hangs_up_while_paying_leaves_a_payment_that_is_over() -> None:
    till = paying()
    caller_gone(till.cashier, CALL_SID)
    assert till.payment.phase is Phase.ABANDONED
    caller_gone(till.cashier, OTHER_SID)
    assert happens(till.cashier, till.call, 1, CallerGone()) is not None


def test_an_agent_that_takes_no_cards_any_more_lets_the_caller_go() -> None:
    till = Till()
    till.agent = replace(till.agent, tasks=())
    assert not any(isinstance(verb, Pay) for verb in take_payment(till.cashier, till.call, STEP))


@pytest.mark.parametrize(
    ("result", "code", "phase"),
    [
        ("success", "", Phase.PAID),
        ("too-many-failed-attempts", "", Phase.DECLINED),
        ("payment-connector-error", "64012", Phase.DECLINED),
        ("payment-connector-error", "64008", Phase.DECLINED),
        ("payment-connector-error", "64004", Phase.FAILED),
        ("payment-connector-error", "64002", Phase.UNKNOWN),
        ("payment-connector-error", "", Phase.UNKNOWN),
        ("caller-interrupted-with-star", "", Phase.ABANDONED),
        ("caller-hung-up", "", Phase.ABANDONED),
        ("validation-error", "", Phase.FAILED),
        ("internal-error", "", Phase.UNKNOWN),
        ("something-new", "", Phase.UNKNOWN),
    ],
)
def test_o4_what_the_carrier_says_is_taken_for_unpaid_only_where_it_is_known(
    result: str, code: str, phase: Phase
) -> None:
    assert ended(result, code, "").phase is phase
