"""What counts as a URL and a telephone number."""

from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.carrier.record import is_e164
from local.carrier.rest.form import Form, Refused, is_url, parse_day


@given(st.text() | st.from_regex(r"https?://.{0,20}"))
def test_any_text_is_a_url_or_not(text: str) -> None:
    if is_url(text):
        assert urlsplit(text).scheme in ("http", "https")
        assert urlsplit(text).hostname


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("+14155550100", True),
        ("14155550100", False),
        ("+0415", False),
        ("+1415555010012345", False),
        ("+1415555\n", False),
    ],
)
def test_numbers_are_e164(text: str, valid: bool) -> None:
    assert is_e164(text) is valid


@given(st.text() | st.from_regex(r"[0-9]{1,4}"))
def test_any_text_is_a_whole_number_in_range_or_refused(text: str) -> None:
    with suppress(Refused):
        assert 1 <= Form([("Timeout", text)]).whole("Timeout", 60, 1, 600) <= 600


@given(st.text())
def test_any_text_is_a_day_or_none(text: str) -> None:
    day = parse_day(text)
    assert day is None or day.tzinfo is not None


def test_the_last_of_repeated_fields_counts() -> None:
    assert Form([("A", "1"), ("A", "2")]).get("A") == "2"
    assert Form([("A", "1"), ("A", "2")]).all("A") == ["1", "2"]
