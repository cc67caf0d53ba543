"""Holidays of any year, by rule."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.rules.holidays import Fixed, FromEaster, Nth, Weekends, easter, on
from shared.core.rules.law.us import HOLIDAYS


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "New Year's Day"),
        (date(2026, 1, 19), "Martin Luther King Day"),
        (date(2026, 2, 16), "Washington's Birthday"),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2026, 6, 19), "Juneteenth"),
        (date(2026, 7, 3), "Independence Day"),  # the 4th is a Saturday
        (date(2026, 7, 4), "Independence Day"),
        (date(2026, 9, 7), "Labor Day"),
        (date(2026, 10, 12), "Columbus Day"),
        (date(2026, 11, 11), "Veterans Day"),
        (date(2026, 11, 26), "Thanksgiving"),
        (date(2026, 12, 25), "Christmas Day"),
        (date(2027, 7, 5), "Independence Day"),  # the 4th is a Sunday
        (date(2027, 12, 31), "New Year's Day"),  # of 2028, a Saturday
        (date(2024, 5, 27), "Memorial Day"),
    ],
)
def test_the_federal_holidays_are_on(day: date, name: str) -> None:
    assert on(HOLIDAYS, day) == name


def test_other_days_are_none() -> None:
    assert on(HOLIDAYS, date(2026, 11, 27)) is None
    assert on(HOLIDAYS, date(2026, 7, 5)) is None
    assert sum(on(HOLIDAYS, date(2026, 1, 1) + timedelta(days=each)) is not None for each in range(365)) == 12


@pytest.mark.parametrize(
    "sunday", [date(1999, 4, 4), date(2008, 3, 23), date(2024, 3, 31), date(2026, 4, 5), date(2038, 4, 25)]
)
def test_easter_is_on(sunday: date) -> None:
    assert easter(sunday.year) == sunday
    assert on((FromEaster("Good Friday", -2),), sunday - timedelta(days=2)) == "Good Friday"


def test_a_holiday_may_stay_on_its_weekend() -> None:
    stays = (Fixed("All Saints' Day", 11, 1, Weekends.STAYS),)
    assert on(stays, date(2026, 11, 1)) == "All Saints' Day"  # a Sunday
    assert on(stays, date(2026, 11, 2)) is None


@given(st.integers(1990, 2099), st.integers(1, 12), st.integers(0, 6), st.integers(1, 4))
def test_the_nth_weekday_of_a_month_is_that_weekday_with_so_many_before_it(
    year: int, month: int, weekday: int, nth: int
) -> None:
    days = [date(year, month, 1) + timedelta(days=each) for each in range(28)]
    (found,) = [day for day in days if on((Nth("it", month, weekday, nth),), day)]
    assert found.weekday() == weekday
    assert (found.day - 1) // 7 == nth - 1


@given(st.integers(1990, 2099))
def test_the_last_monday_of_may_has_no_other_after_it(year: int) -> None:
    last = next(date(year, 5, day) for day in range(31, 0, -1) if date(year, 5, day).weekday() == 0)
    assert on((Nth("Memorial Day", 5, 0, -1),), last) == "Memorial Day"
