"""Stripe Checkout, over a socket: against the stand-in, which speaks its API, and against a server that is not well."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from local.stripe.checkout import API_KEY, Stripe, serving_stripe
from shared.adapters.stripe import StripeCheckout
from shared.core.money import Money
from shared.ports import Refused, Unavailable
from shared.ports.payments import LinkOrder

ORDER = LinkOrder("CA1-01", Money(12_050, "usd"), "Bill of 77812", "https://voice.example.com/paid")


@pytest.fixture
async def stripe() -> AsyncIterator[tuple[str, Stripe]]:
    async with serving_stripe("http://127.0.0.1:9/stripe/events") as serving:
        yield serving


async def test_o4_i4_a_page_for_one_sum_is_made_and_a_repeat_is_the_same_page(stripe: tuple[str, Stripe]) -> None:
    url, known = stripe
    checkout = StripeCheckout(API_KEY, url=url)
    pages = [await asyncio.to_thread(checkout.create, ORDER) for _ in range(2)]
    assert pages[0] == pages[1]
    (session,) = known.sessions.values()
    assert (session.amount, session.currency, session.name) == (12_050, "usd", "Bill of 77812")
    assert (session.payment, known.orders) == ("CA1-01", 2)
    assert pages[0] == f"https://checkout.stripe.test/pay/{session.id}"


async def test_a_wrong_key_is_refused(stripe: tuple[str, Stripe]) -> None:
    with pytest.raises(Refused, match="401"):
        await asyncio.to_thread(StripeCheckout("sk_wrong", url=stripe[0]).create, ORDER)


async def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await asyncio.to_thread(StripeCheckout(API_KEY, url="http://127.0.0.1:9").create, ORDER)
