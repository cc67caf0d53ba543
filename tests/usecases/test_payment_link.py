"""A link to pay by: made once, sent once, to whoever calls; and what Stripe says of it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shared.core.money import Money
from shared.core.payment import Method, Phase, Settled
from shared.ports import ProviderError, Refused, Unavailable
from shared.ports.messages import TextMessage
from shared.ports.payments import LinkOrder
from shared.usecases.payment_link import LinkSender, send_link, stripe_says
from shared.wire.twiml import Redirect
from tests.usecases.clinic import ACCOUNT_SID, ADDRESSES, CALL_SID, CALLER, NUMBER, OTHER_SID
from tests.usecases.till import STEP, Till

PAGE = "https://checkout.stripe.test/pay/cs_1"
LINK = replace(STEP, by_link=True)


@dataclass
class Post:
    """Stripe and the carrier's messages."""

    orders: list[LinkOrder] = field(default_factory=list)
    texts: list[TextMessage] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    no_page: ProviderError | None = None
    no_text: ProviderError | None = None

    def create(self, order: LinkOrder) -> str:
        self.orders.append(order)
        if self.no_page:
            raise self.no_page
        return PAGE

    def send(self, message: TextMessage) -> str:
        self.texts.append(message)
        if self.no_text:
            raise self.no_text
        return "SM1"

    @property
    def sender(self) -> LinkSender:
        return LinkSender(self, self._of, "https://voice.example.com/text", "https://voice.example.com/paid")

    def _of(self, account_sid: str) -> "Post":
        self.accounts.append(account_sid)
        return self


def linked(post: Post) -> Till:
    till = Till()
    till.store.set_next_step(CALL_SID, LINK, stream=1)
    assert send_link(till.cashier, post.sender, till.call, LINK) == (Redirect(ADDRESSES.next_step),)
    return till


def said(kind: str, payment: str = f"{CALL_SID}-01", status: str = "paid", **more: Any) -> dict[str, Any]:
    session = {"payment_status": status, "payment_intent": "pi_3Pabc", "metadata": {"payment": payment}, **more}
    return {"type": kind, "data": {"object": session}}


def test_o4_i4_a_link_for_the_sum_is_texted_to_the_caller_and_the_agent_knows() -> None:
    post = Post()
    till = linked(post)
    (order,) = post.orders
    assert (order.payment_id, order.amount, order.description) == (
        f"{CALL_SID}-01",
        Money(12_000, "usd"),
        "Bill of 77812",
    )
    (text,) = post.texts
    assert (text.to, text.from_, post.accounts) == (CALLER, NUMBER, [ACCOUNT_SID])
    assert text.body == f"Hillside Clinic: pay $120 here: {PAGE}"
    assert (till.payment.method, till.payment.phase) == (Method.LINK, Phase.PAYING)
    assert Settled.read(till.call.progress or {}) == Settled("pay", Phase.PAYING)


def test_o4_it_is_sent_once_however_often_the_carrier_asks() -> None:
    post = Post()
    till = linked(post)
    send_link(till.cashier, post.sender, till.call, LINK)
    assert (len(post.orders), len(post.texts)) == (1, 1)


def test_r5_the_address_of_the_page_is_written_nowhere() -> None:
    till = linked(Post())
    assert "stripe" not in str([till.payments.kept, till.store.log(CALL_SID), till.call])


@pytest.mark.parametrize(
    "post", [Post(no_page=Refused("no")), Post(no_page=Unavailable("late")), Post(no_text=Unavailable("late"))]
)
def test_a_link_that_could_not_be_sent_is_told_so(post: Post) -> None:
    till = linked(post)
    assert Settled.read(till.call.progress or {}) == Settled("pay", Phase.FAILED)


def test_where_no_links_are_sent_the_agent_is_told_so() -> None:
    till = Till()
    till.store.set_next_step(CALL_SID, LINK, stream=1)
    send_link(till.cashier, None, till.call, LINK)
    assert till.payment.phase is Phase.FAILED


def test_o4_a_page_that_was_paid_is_a_payment_made_once() -> None:
    till = linked(Post())
    assert stripe_says(till.cashier, said("checkout.session.completed"))
    before = (till.payment, till.store.log(CALL_SID))
    assert (till.payment.phase, till.payment.confirmation) == (Phase.PAID, "pi_3Pabc")
    assert stripe_says(till.cashier, said("checkout.session.completed"))
    assert stripe_says(till.cashier, said("checkout.session.expired"))
    assert (till.payment, till.store.log(CALL_SID)) == before


def test_a_page_that_is_completed_and_not_yet_paid_is_no_payment() -> None:
    till = linked(Post())
    assert not stripe_says(till.cashier, said("checkout.session.completed", status="unpaid"))
    assert stripe_says(till.cashier, said("checkout.session.async_payment_succeeded"))
    assert till.payment.phase is Phase.PAID


@pytest.mark.parametrize(
    ("kind", "phase"),
    [("checkout.session.expired", Phase.TIMEOUT), ("checkout.session.async_payment_failed", Phase.DECLINED)],
)
def test_a_page_that_is_not_paid_ends_the_payment(kind: str, phase: Phase) -> None:
    till = linked(Post())
    assert stripe_says(till.cashier, said(kind))
    assert till.payment.phase is phase


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "charge.succeeded", "data": {"object": {}}},
        said("checkout.session.completed", payment="CA1"),
        said("checkout.session.completed", payment=f"{OTHER_SID}-01"),
        said("checkout.session.completed", payment=f"{CALL_SID}-77"),
        {"type": "checkout.session.completed", "data": {"object": {"metadata": None}}},
        {"type": "checkout.session.completed", "data": "x"},
    ],
)
def test_what_is_about_no_payment_of_ours_changes_nothing(event: dict[str, Any]) -> None:
    till = linked(Post())
    assert not stripe_says(till.cashier, event)
    assert till.payment.phase is Phase.PAYING
