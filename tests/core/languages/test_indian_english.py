"""English with India's habits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core import languages
from shared.core.languages.indian_english import INDIAN_ENGLISH
from shared.core.numbers import digits_of


@pytest.mark.parametrize(
    ("digits", "spoken"),
    [
        ("9876543210", "9 8, 7 6, 5 4, 3 2, 1 0"),
        ("98765", "9 8, 7 6 5"),
        ("911", "9 1 1"),
        ("12", "1 2"),
        ("7", "7"),
    ],
)
def test_s9_digits_are_read_in_pairs(digits: str, spoken: str) -> None:
    assert INDIAN_ENGLISH.digits(digits) == spoken


@given(st.text("0123456789", min_size=1, max_size=15))
def test_s9_digits_that_are_said_are_understood_as_themselves(digits: str) -> None:
    assert digits_of(INDIAN_ENGLISH.digits(digits)) == digits


def test_s9_numbers_are_grouped_in_lakhs_and_crores() -> None:
    numbers = (7, 999, 1_000, 150_000, 20_000_000, 123_456_789)
    said = ["7", "999", "1,000", "1,50,000", "2,00,00,000", "12,34,56,789"]
    assert [INDIAN_ENGLISH.number(number) for number in numbers] == said


def test_a_language_is_known_by_its_region_or_for_all_of_them() -> None:
    assert languages.of("en-IN") is INDIAN_ENGLISH
    assert languages.of("en-GB") is languages.of("en-US")
    with pytest.raises(LookupError):
        languages.of("fr-FR")
