"""Streamed text becomes speakable segments, early but whole."""

from hypothesis import given
from hypothesis import strategies as st

from shared.core.languages.english import ENGLISH
from shared.core.segments import MAX_CHARS, Segmenter, segments_of


def streamed(*chunks: str) -> list[str]:
    segmenter = Segmenter(ENGLISH)
    return [*(segment for chunk in chunks for segment in segmenter.feed(chunk)), *segmenter.finish()]


def test_a_sentence_is_complete_when_the_next_begins() -> None:
    segmenter = Segmenter(ENGLISH)
    assert segmenter.feed("We open at 9.") == []
    assert segmenter.feed(" And") == ["We open at 9."]
    assert segmenter.finish() == ["And"]


def test_a_long_first_clause_does_not_wait_for_its_sentence() -> None:
    segmenter = Segmenter(ENGLISH)
    assert segmenter.feed("We are open from Monday to Friday, ") == ["We are open from Monday to Friday,"]
    assert segmenter.feed("and closed on Sundays, of course, as ever") == []


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    assert segments_of("Dr. Patel is in. It costs 9.50 today.", ENGLISH) == ["Dr. Patel is in.", "It costs 9.50 today."]


def test_nothing_unspeakable_becomes_a_segment() -> None:
    assert streamed("... ", "\n\n", "!?") == []


@given(st.lists(st.text(st.sampled_from("ab c.,!?\n"), max_size=40), max_size=12))
def test_no_word_is_lost_or_doubled_and_none_is_too_long(chunks: list[str]) -> None:
    spoken = " ".join(streamed(*chunks)).split()
    letters = [word for word in "".join(chunks).split() if any(char.isalnum() for char in word)]
    assert [word for word in spoken if any(char.isalnum() for char in word)] == letters
    assert all(len(segment) <= MAX_CHARS for segment in streamed(*chunks))
