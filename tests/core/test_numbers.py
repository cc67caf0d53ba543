"""Days, times and numbers in callers' words."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.languages.english import ENGLISH
from shared.core.numbers import day_of, digits_of, number_of, times_of

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("said", "month", "day"),
    [
        ("today", 11, 20),
        ("tomorrow", 11, 21),
        ("the day after tomorrow please", 11, 22),
        ("tuesday", 11, 24),
        ("next tuesday", 11, 24),
        ("next saturday", 11, 28),
        ("this saturday", 11, 21),
        ("friday", 11, 27),
        ("on mondays", 11, 23),
        ("the 24th", 11, 24),
        ("the twenty fifth", 11, 25),
        ("november twenty fourth", 11, 24),
        ("24 November", 11, 24),
        ("December 3rd, 2026", 12, 3),
        ("the third of december", 12, 3),
        ("in three days", 11, 23),
        ("in two weeks", 12, 4),
        ("a week from today", 11, 27),
        ("the 5th", 12, 5),
        ("2026-11-30", 11, 30),
    ],
)
def test_a_day_is_understood(said: str, month: int, day: int) -> None:
    assert day_of(said, FRIDAY) == date(2026, month, day)


def test_a_day_gone_by_this_year_means_next_year() -> None:
    assert day_of("january 5", FRIDAY) == date(2027, 1, 5)


@pytest.mark.parametrize("said", ["", "sometime", "three pm", "february thirtieth", "whenever"])
def test_what_is_no_day_is_none(said: str) -> None:
    assert day_of(said, FRIDAY) is None


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("nine", "09:00"),
        ("at nine thirty", "09:30"),
        ("half past nine", "09:30"),
        ("quarter past three", "15:15"),
        ("quarter to ten", "09:45"),
        ("9:30", "09:30"),
        ("3 pm", "15:00"),
        ("3 p.m. please", "15:00"),
        ("three in the afternoon", "15:00"),
        ("noon", "12:00"),
        ("ten o'clock", "10:00"),
        ("two", "14:00"),
        ("15:30", "15:30"),
        ("1530", "15:30"),
        ("twelve thirty pm", "12:30"),
        ("eleven forty five", "11:45"),
    ],
)
def test_a_time_is_understood(said: str, first: str) -> None:
    assert times_of(said)[0].isoformat("minutes") == first


def test_a_time_without_its_half_of_the_day_may_mean_either() -> None:
    assert times_of("three") == [time(15), time(3)]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("four one five five five five oh one three two", "4155550132"),
        ("415-555-0132", "4155550132"),
        ("double five triple oh", "55000"),
        ("it's twenty five", "25"),
        ("none of your business", ""),
    ],
)
def test_digits_are_gathered_spoken_or_typed(said: str, digits: str) -> None:
    assert digits_of(said) == digits


def test_numbers_are_read() -> None:
    assert [number_of(text) for text in ("twelve", "twenty four", "for 6 people", "the third", "many")] == [
        12, 24, 6, 3, None,
    ]  # fmt: skip


def test_values_are_said_as_people_say_them() -> None:
    assert ENGLISH.day(date(2026, 11, 23)) == "Monday, November 23rd"
    assert [ENGLISH.time(time(9)), ENGLISH.time(time(12)), ENGLISH.time(time(15, 30)), ENGLISH.time(time(0, 5))] == [
        "9 AM", "noon", "3:30 PM", "12:05 AM",
    ]  # fmt: skip
    assert ENGLISH.digits("4155550132") == "4 1 5, 5 5 5, 0 1 3 2"
    assert ENGLISH.digits("1234") == "1 2 3 4"


@given(st.text(max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    day = day_of(text, FRIDAY)
    assert day is None or isinstance(day, date)
    assert all(isinstance(moment, time) for moment in times_of(text))
    assert digits_of(text) == "" or digits_of(text).isdigit()
    number_of(text)


@given(st.times().map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_a_time_that_is_said_is_understood_as_itself(moment: time) -> None:
    assert times_of(ENGLISH.time(moment))[0] == moment


@given(st.dates(FRIDAY, date(2027, 11, 18)))
def test_a_day_that_is_said_is_understood_as_itself(day: date) -> None:
    assert day_of(f"{day:%B} {day.day}", FRIDAY) == day


@given(st.text("0123456789", min_size=1, max_size=15))
def test_digits_that_are_said_are_understood_as_themselves(digits: str) -> None:
    assert digits_of(ENGLISH.digits(digits)) == digits
