"""A token is compared by its hash, whatever it holds."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from shared.usecases.stream_token import hash_token


def test_the_hash_is_sha_256_in_hex() -> None:
    assert hash_token("token") == hashlib.sha256(b"token").hexdigest()


@given(st.text(), st.text())
def test_different_tokens_have_different_hashes_and_none_raises(one: str, other: str) -> None:
    assert (hash_token(one) == hash_token(other)) == (one == other)
