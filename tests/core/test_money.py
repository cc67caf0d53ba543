"""Sums of money, as they are written, kept, and said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.money import Money


@pytest.mark.parametrize(
    ("written", "currency", "decimal", "said"),
    [
        ("120", "usd", "120.00", "$120"),
        ("120.5", "usd", "120.50", "$120.50"),
        (45, "eur", "45.00", "€45"),
        (19.99, "gbp", "19.99", "£19.99"),
        ("2500", "inr", "2500.00", "₹2500"),
        ("5000", "jpy", "5000", "5000 JPY"),
        ("1.234", "kwd", "1.234", "1.234 KWD"),
        ("0.07", "usd", "0.07", "$0.07"),
    ],
)
def test_a_sum_is_read_whole_and_said_as_money(written: object, currency: str, decimal: str, said: str) -> None:
    money = Money.read(written, currency)
    assert (money.decimal, money.written) == (decimal, said)


@pytest.mark.parametrize("written", ["", "0", "0.00", "-5", "1.234", "1,000", "ten", None, True, "1e3", [], "nan"])
def test_what_is_no_sum_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not"):
        Money.read(written, "usd")


@given(st.integers(1, 10**8), st.sampled_from(["usd", "jpy", "kwd"]))
def test_nothing_is_rounded(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.read(money.decimal, currency) == money
