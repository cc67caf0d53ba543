"""How a voice reads what is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.agent import Voice

VOICE = Voice("Joanna", say_as=(("Osei", "oh-SAY"), ("Dr. Osei", "doctor oh-SAY"), ("IT", "eye tee"), ("राम", "Raam")))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ask Dr. Osei.", "Ask doctor oh-SAY."),
        ("Osei's room", "oh-SAY's room"),
        ("Is it IT?", "Is it eye tee?"),
        ("ITEM, KIT, it", "ITEM, KIT, it"),
        ("राम, रामायण", "Raam, रामायण"),
        ("", ""),
    ],
)
def test_s10_whole_words_are_read_as_the_lexicon_has_them(written: str, read: str) -> None:
    assert VOICE.reads(written) == read


@given(st.text())
def test_s10_without_a_lexicon_everything_is_read_as_it_is_written(text: str) -> None:
    assert Voice("Joanna").reads(text) == text


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1), st.text())
def test_s10_any_lexicon_reads_any_text(lexicon: dict[str, str], text: str) -> None:
    Voice("Joanna", say_as=tuple(lexicon.items())).reads(text)
