"""Stripe's signatures: what is accepted, and all that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire.stripe_signature import TOLERANCE_S, is_valid, sign

SECRET, BODY, AT = "whsec_test", b'{"type":"checkout.session.completed"}', 1_795_165_800


def test_o4_what_stripe_signed_lately_is_accepted_while_its_secret_is_rolled_too() -> None:
    header = sign(SECRET, BODY, AT)
    assert is_valid(SECRET, BODY, header, AT + TOLERANCE_S)
    assert is_valid(SECRET, BODY, f"{header},v1={'0' * 64},v0=x", AT)


@pytest.mark.parametrize(
    "header",
    ["", "t=", "v1=abc", f"t={AT}", f"t={AT},t={AT},v1=0", "t=x,v1=0", f"t={AT},v1=é", f"t={'9' * 30},v1=0", ",,=,"],
)
def test_a_header_that_is_none_is_refused(header: str) -> None:
    assert not is_valid(SECRET, BODY, header, AT)


def test_what_is_old_or_of_the_future_is_refused() -> None:
    header = sign(SECRET, BODY, AT)
    assert not is_valid(SECRET, BODY, header, AT + TOLERANCE_S + 1)
    assert not is_valid(SECRET, BODY, header, AT - TOLERANCE_S - 1)


@given(st.binary(max_size=40), st.text(min_size=1, max_size=8))
def test_another_body_or_secret_is_refused(body: bytes, secret: str) -> None:
    assert is_valid(SECRET, body, sign(SECRET, body, AT), AT)
    assert not is_valid(SECRET, body + b" ", sign(SECRET, body, AT), AT)
    assert secret == SECRET or not is_valid(secret, body, sign(SECRET, body, AT), AT)
