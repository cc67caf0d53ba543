"""The event of money that was taken: as its schema says, once, and without a digit of the card."""

import json
from pathlib import Path

import fastjsonschema
import pytest

from shared.core.payment import Ended, Phase
from shared.ports import Unavailable
from shared.usecases.payment import take_payment, went_on
from shared.usecases.publish_payment import NotPaid, publish_payment
from tests.fakes import FakeEventBus
from tests.usecases.clinic import CALL_SID
from tests.usecases.till import STEP, Till

SCHEMA = Path(__file__).parents[2] / "docs" / "events" / "payment.captured.v1.json"
validate = fastjsonschema.compile(json.loads(SCHEMA.read_text()))


def paid(phase: Phase = Phase.PAID) -> Till:
    till = Till()
    take_payment(till.cashier, till.call, STEP)
    till.passes(40)
    went_on(till.cashier, till.call, 1, Ended(phase, "success", "ch_3PabcXYZ"))
    return till


def publish(till: Till, bus: FakeEventBus, number: int = 1) -> bool:
    return publish_payment(till.store, till.payments, bus, CALL_SID, number, now=till.now)


def test_o4_a_payment_is_an_event_as_its_schema_says() -> None:
    till, bus = paid(), FakeEventBus()
    assert publish(till, bus)
    (event,) = bus.published
    validate(json.loads(json.dumps(event.detail)))
    assert (event.kind, event.at) == ("payment.captured", till.now)
    assert event.detail["id"] == f"{CALL_SID}-01:payment.captured"
    assert (event.detail["amount"], event.detail["currency"]) == (12_000, "USD")
    assert (event.detail["reference"], event.detail["confirmation"]) == ("Bill of 77812", "ch_3PabcXYZ")


def test_o4_it_is_published_once() -> None:
    till, bus = paid(), FakeEventBus()
    assert [publish(till, bus), publish(till, bus)] == [True, False]
    assert len(bus.published) == 1


def test_o4_a_bus_that_is_away_is_asked_again() -> None:
    till, bus = paid(), FakeEventBus()
    bus.fail(Unavailable("away"))
    with pytest.raises(Unavailable):
        publish(till, bus)
    bus.fail(None)
    assert publish(till, bus)


def test_what_was_not_paid_is_no_event() -> None:
    for till, number in ((paid(Phase.DECLINED), 1), (paid(), 2)):
        with pytest.raises(NotPaid):
            publish(till, FakeEventBus(), number)
