"""What has reached the caller's ear."""

from hypothesis import given
from hypothesis import strategies as st

from shared.core.lines import Line
from shared.core.playback import Playback

FIRST, SECOND = Line("one two three four"), Line("five six")


def two() -> Playback:
    playback = Playback()
    playback.add(1, FIRST)
    playback.add(2, SECOND)
    playback.started(1, 1_000)
    playback.sent(1, 1_000)
    playback.started(2, 1_200)
    playback.sent(2, 600)
    return playback


def test_a_mark_says_that_a_segment_was_heard_to_its_end() -> None:
    playback = two()
    assert playback.played(1) == ["one two three four"]
    assert playback.active
    assert playback.played(2) == ["five six"]
    assert not playback.active


def test_a_lost_mark_is_made_good_by_the_next() -> None:
    assert two().played(2) == ["one two three four", "five six"]


def test_a_segment_plays_after_the_one_before_it() -> None:
    assert two().ends_in(1_000) == 1_600


def test_an_interruption_leaves_the_words_heard_and_the_texts_not_heard() -> None:
    assert two().interrupt(1_000 + 100 + 500) == ("one two", [FIRST, SECOND])
    assert two().interrupt(1_000 + 100 + 1_300) == ("one two three four five", [SECOND])
    assert two().interrupt(1_000) == ("", [FIRST, SECOND])


def test_what_never_sounded_was_not_heard() -> None:
    playback = Playback()
    playback.add(1, Line("one two"))
    assert playback.silent()
    assert playback.interrupt(9_000) == ("", [Line("one two")])


def test_a_segment_whose_sound_broke_off_was_not_heard_to_its_end_however_long_ago() -> None:
    playback = Playback()
    playback.add(1, Line("one two"))
    playback.started(1, 1_000)
    assert playback.interrupt(9_000) == ("one", [Line("one two")])


def test_marks_of_unknown_segments_say_nothing() -> None:
    assert two().played(9) == []


@given(st.lists(st.tuples(st.sampled_from(["started", "sent", "played"]), st.integers(0, 4), st.integers(0, 9_000))))
def test_no_order_of_reports_confuses_it(reports: list[tuple[str, int, int]]) -> None:
    playback = Playback()
    for number in (1, 2, 3):
        playback.add(number, Line(f"word{number}"))
    heard: list[str] = []
    for kind, number, value in reports:
        match kind:
            case "started":
                playback.started(number, value)
            case "sent":
                playback.sent(number, value)
            case _:
                heard += playback.played(number)
    said, unheard = playback.interrupt(9_000)
    assert sorted(set(heard) | set(said.split()) | {line.text for line in unheard}) == ["word1", "word2", "word3"]
    assert len(heard) == len(set(heard))
