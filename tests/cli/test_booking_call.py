from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cli.booking_call import steps, wanted

DAYS = st.dates(date(2024, 1, 1), date(2040, 1, 1))


@given(DAYS)
def test_on_any_day_the_weekday_said_means_the_day_wanted_and_the_clinic_is_open(today: date) -> None:
    day = wanted(today).day
    assert day.weekday() < 5
    assert timedelta(days=2) <= day - today < timedelta(days=7)
    assert f"{day:%A}" in str(steps(wanted(today)))


def test_every_wait_of_the_caller_has_a_deadline() -> None:
    waiting = [step for step in steps(wanted(date(2026, 11, 20))) if step["do"] in ("listen", "interrupt")]
    assert waiting
    assert all(step["within_ms"] <= 20_000 for step in waiting)
