"""<Pay>: prompts, keys, checks, the gateway; and what the account is told of all that."""

import pytest

from local.carrier import cards
from local.carrier.cards import Connector
from local.carrier.phones.script import HangUp, Press, Wait
from tests.local.carrier.office import Received, Telephony

VISA, MASTERCARD, AMEX = "4111111111111111", "5555555555554444", "378282246310005"
REST = "1229123"
DOCUMENT = (
    '<Pay action="/over" statusCallback="/paying" paymentConnector="Default" chargeAmount="120.00" currency="usd" '
    'description="Bill 7" postalCode="false" timeout="1" {more}>{prompts}</Pay><Redirect>/past</Redirect>'
)


async def paid(line: Telephony, keys: str, more: str = "", prompts: str = "") -> Received:
    """What the account is told in the end."""
    line.office.page("/voice", DOCUMENT.format(more=more, prompts=prompts))
    line.office.page("/over", "<Hangup/>")
    call = await line.call(*((Press(digits=keys, gap_ms=20),) if keys else ()))
    assert await call.ended(10) == "completed"
    (over,) = line.office.at("/over")
    assert over.signed
    assert "digits" not in str(call.events)
    assert keys[:8] not in str(call.events) or not keys
    return over


@pytest.mark.parametrize(("number", "code", "kind"), [(VISA, "123", "visa"), (AMEX, "1234", "amex")])
async def test_o4_a_card_is_typed_and_charged_and_the_account_sees_it_masked(
    line: Telephony, number: str, code: str, kind: str
) -> None:
    over = await paid(line, f"{number}1229{code}")
    assert over.fields["Result"] == "success"
    assert over.fields["PaymentConfirmationCode"].startswith("ch_")
    assert over.fields["PaymentCardNumber"] == "x" * (len(number) - 4) + number[-4:]
    assert (over.fields["PaymentCardType"], over.fields["SecurityCode"]) == (kind, "x" * len(code))
    (charge,) = line.carrier.exchange.plant.gateways.charges
    assert (charge.amount, charge.currency, charge.description, charge.card) == ("120.00", "usd", "Bill 7", kind)
    told = [(told.fields["For"], told.fields.get("ErrorType")) for told in line.office.at("/paying")]
    parts = ["payment-card-number", "expiration-date", "security-code", "payment-processing"]
    assert sorted(told) == sorted((part, None) for part in parts)
    assert number not in str([received.fields for received in line.office.received])


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        (f"4111111111111112{VISA}{REST}", "invalid-card-number"),
        (f"6011111111111117{VISA}{REST}", "invalid-card-type"),
        (f"{VISA}1320{REST}", "invalid-date"),
        (f"{VISA}12291#{'123'}", "invalid-security-code"),
    ],
)
async def test_a_part_that_will_not_do_is_asked_for_again(line: Telephony, keys: str, mistake: str) -> None:
    assert (await paid(line, keys)).fields["Result"] == "success"
    wrong = [told.fields for told in line.office.at("/paying") if "ErrorType" in told.fields]
    assert [(told["ErrorType"], told["Attempt"]) for told in wrong] == [(mistake, "2")]


async def test_a_part_that_is_wrong_too_often_ends_it(line: Telephony) -> None:
    over = await paid(line, "4111111111111112" * 2)
    assert over.fields["Result"] == "too-many-failed-attempts"
    assert line.carrier.exchange.plant.gateways.charges == []


async def test_silence_is_a_mistake_too(line: Telephony) -> None:
    assert (await paid(line, "")).fields["Result"] == "too-many-failed-attempts"
    assert (await line.office.until("/paying", count=2, ErrorType="input-timeout")).fields["Attempt"] == "3"


async def test_a_star_leads_back_at_any_time(line: Telephony) -> None:
    assert (await paid(line, f"{VISA}12*")).fields["Result"] == "caller-interrupted-with-star"


@pytest.mark.parametrize(
    ("answers", "result", "code"),
    [
        ("decline", "payment-connector-error", "64012"),
        ("unavailable", "payment-connector-error", "64002"),
        ("lost", "internal-error", None),
    ],
)
async def test_a_gateway_that_does_not_charge_says_so(
    line: Telephony, answers: str, result: str, code: str | None
) -> None:
    rules = Connector.model_validate({"answers": answers, "takes_ms": 0})
    line.carrier.exchange.plant.gateways.connectors["Default"] = rules
    over = await paid(line, VISA + REST)
    assert (over.fields["Result"], over.fields.get("PayErrorCode")) == (result, code)
    assert len(line.carrier.exchange.plant.gateways.charges) == (answers == "lost")


async def test_a_connector_that_is_not_there_is_a_mistake_of_the_document(line: Telephony) -> None:
    line.office.page("/voice", '<Pay action="/over" paymentConnector="other" chargeAmount="5"/>')
    line.office.page("/over", "<Hangup/>")
    call = await line.call()
    await call.ended(5)
    assert line.office.at("/over")[0].fields["PayErrorCode"] == "64004"


async def test_a_caller_who_hangs_up_leaves_a_result_all_the_same(line: Telephony) -> None:
    line.office.page("/voice", DOCUMENT.format(more="", prompts=""))
    call = await line.call(Press(digits=VISA, gap_ms=20), Wait(ms=200), HangUp())
    assert await call.ended(5) == "completed"
    assert (await line.office.until("/over")).fields["Result"] == "caller-hung-up"


async def test_a_prompt_of_the_document_is_said_before_its_part_and_after_its_mistake(spoken: Telephony) -> None:
    prompts = (
        '<Prompt for="payment-card-number"><Say>one</Say></Prompt>'
        '<Prompt for="payment-card-number" errorType="invalid-card-number"><Say>two</Say></Prompt>'
    )
    assert (await paid(spoken, "", prompts=prompts)).fields["Result"] == "too-many-failed-attempts"


@pytest.mark.parametrize(
    ("number", "kind", "right"),
    [
        (VISA, "visa", True),
        (MASTERCARD, "mastercard", True),
        ("2223003122003222", "mastercard", True),
        (AMEX, "amex", True),
        ("6011111111111117", "discover", True),
        ("30569309025904", "diners-club", True),
        (VISA[:-1], "visa", False),
        ("4111111111111112", "visa", False),
        ("1234567890123456", "", False),
    ],
)
def test_cards_are_known_by_their_numbers(number: str, kind: str, right: bool) -> None:
    assert (cards.kind_of(number), cards.is_number(number)) == (kind, right)
