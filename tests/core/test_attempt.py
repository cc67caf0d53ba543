"""An attempt's key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.attempt import AttemptKey


@given(st.from_regex(r"[a-z0-9-]+", fullmatch=True), st.integers(min_value=1))
def test_a_key_is_read_as_it_was_written(chain: str, number: int) -> None:
    assert AttemptKey.read(str(AttemptKey(chain, number))) == AttemptKey(chain, number)


@pytest.mark.parametrize("text", ["", "reminder-1", "reminder-1.", ".1", "reminder-1.x", "reminder-1.1.1"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an attempt's key"):
        AttemptKey.read(text)
