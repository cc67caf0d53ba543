"""Words in any script."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.words import fold, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It’s 9:30, isn't it?", ["it's", "9", "30", "isn't", "it"]),
        ("Zoë Ångström", ["zoë", "ångström"]),
        ("हाँ जी। ठीक है!", ["हां", "जी", "ठीक", "है"]),
        ("२४ नवंबर", ["24", "नवंबर"]),
        ("क\u200dष", ["कष"]),
    ],
)
def test_words_are_kept_whole_in_any_script(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_two_spellings_of_one_sound_are_one_word() -> None:
    assert fold("साढ़े") == fold(unicodedata.normalize("NFD", "साढ़े")) == fold("साढे")
    assert fold("पाँच") == fold("पांच")


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
