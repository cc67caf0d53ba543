"""The webhooks of a payment: behind the same door, and with nothing of a card behind it."""

import pytest

from functions.payment import over, status
from functions.webhook import Form
from shared.core.payment import Phase
from shared.usecases.payment import take_payment
from shared.wire import twiml
from tests.fakes import FakeCallStore
from tests.functions.carrier import CALL, application, post, send
from tests.usecases.clinic import CALL_SID, streaming
from tests.usecases.till import STEP, Till

PATHS = ["over", "status"]
CARD = {
    "PaymentCardNumber": "xxxxxxxxxxxx1111",
    "ExpirationDate": "1229",
    "SecurityCode": "xxx",
    "PaymentCardPostalCode": "94105",
    "PaymentCardType": "visa",
    "ProfileId": "4111111111111111",
}


def form(**fields: str) -> Form:
    return Form((("CallSid", CALL_SID), ("number", "1"), *CARD.items(), *fields.items()))


def paying() -> Till:
    till = Till()
    take_payment(till.cashier, till.call, STEP)
    return till


@pytest.mark.parametrize("path", PATHS)
async def test_t3_an_unsigned_form_is_refused_at_every_door(path: str) -> None:
    reply = await send(application(FakeCallStore()), f"/twilio/payment/{path}?number=1", content=b"CallSid=CA1")
    assert reply.status_code in (403, 415)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("about", ["", "?number=x"])
async def test_what_is_about_no_payment_is_refused(path: str, about: str) -> None:
    store = FakeCallStore()
    streaming(store)
    assert (await post(application(store), f"/twilio/payment/{path}{about}", CALL)).status_code == 400


async def test_a_call_without_a_payment_goes_on() -> None:
    store = FakeCallStore()
    streaming(store)
    reply = await post(application(store), "/twilio/payment/over?number=1", CALL)
    assert len(reply.text) > len(twiml.response())


def test_o4_a_result_is_read_and_nothing_of_the_card_is_kept() -> None:
    till = paying()
    for part in ("payment-card-number", "expiration-date", "payment-processing"):
        status(till.cashier, form(For=part))
    over(till.cashier, form(Result="success", PaymentConfirmationCode="ch_3Pabc"))
    assert (till.payment.phase, till.payment.confirmation) == (Phase.PAID, "ch_3Pabc")
    kept = str([till.payments.kept, till.store.log(CALL_SID), till.call])
    assert not any(value in kept for value in ("xxxx", "1229", "94105", "4111"))


@pytest.mark.parametrize("code", ["4111111111111111", "ch 4111-1111-1111-1111", "x" * 101, "<b>"])
def test_o4_a_confirmation_that_is_none_is_dropped(code: str) -> None:
    till = paying()
    over(till.cashier, form(Result="success", PaymentConfirmationCode=code))
    assert (till.payment.phase, till.payment.confirmation) == (Phase.PAID, "")


def test_a_word_that_twilio_does_not_use_is_not_kept() -> None:
    till = paying()
    status(till.cashier, form(For="4111111111111111", ErrorType="4111"))
    assert till.payment.parts == ()
    over(till.cashier, form(Result="payment-connector-error", PayErrorCode="64012"))
    assert (till.payment.phase, till.payment.reason) == (Phase.DECLINED, "payment-connector-error-64012")
