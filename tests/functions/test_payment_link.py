"""Stripe's webhook: behind its own door."""

import json
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from functions.payment_link import PAID, PATH
from functions.telephony import build_app
from functions.webhook import MAX_BODY_BYTES
from shared.core.payment import Phase
from shared.wire.stripe_signature import HEADER, sign
from tests.functions.carrier import dependencies, send
from tests.usecases.clinic import NOW
from tests.usecases.test_payment_link import Post, linked, said
from tests.usecases.till import Till

SECRET = "whsec_test"
BODY = json.dumps(said("checkout.session.completed")).encode()
AT = int(NOW.timestamp())


def application(till: Till, secret: str = SECRET) -> Starlette:
    deps = dependencies(till.store)
    return build_app(replace(deps, cashier=till.cashier, stripe_secret=secret))


async def test_o4_i4_what_stripe_signed_makes_the_payment() -> None:
    till = linked(Post())
    reply = await send(application(till), PATH, content=BODY, headers={HEADER: sign(SECRET, BODY, AT)})
    assert reply.status_code == 200
    assert till.payment.phase is Phase.PAID


@pytest.mark.parametrize(
    ("secret", "headers", "body", "status"),
    [
        (SECRET, {}, BODY, 400),
        (SECRET, {HEADER: sign("whsec_other", BODY, AT)}, BODY, 400),
        (SECRET, {HEADER: sign(SECRET, BODY, AT - 1_000)}, BODY, 400),
        (SECRET, {HEADER: sign(SECRET, b"{", AT)}, b"{", 400),
        ("", {HEADER: sign("", BODY, AT)}, BODY, 400),
        (SECRET, {}, b"x" * (MAX_BODY_BYTES + 1), 413),
    ],
)
async def test_what_stripe_did_not_sign_lately_changes_nothing(
    secret: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    till = linked(Post())
    reply = await send(application(till, secret), PATH, content=body, headers=headers)
    assert reply.status_code == status
    assert till.payment.phase is Phase.PAYING


async def test_an_event_about_something_else_is_taken_so_that_it_does_not_come_again() -> None:
    till, body = linked(Post()), b'{"type": "customer.created"}'
    assert (await send(application(till), PATH, content=body, headers={HEADER: sign(SECRET, body, AT)})).is_success


async def test_who_has_paid_is_thanked() -> None:
    assert "Thank you" in (await send(application(linked(Post())), PAID, method="GET")).text
