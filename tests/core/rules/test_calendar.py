"""Whatever is asked: at the time that the answer names it is yes, and at no time before it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.rules.answers import Allowed, Until, answer
from shared.core.rules.law import RULEBOOK
from shared.core.rules.person import Channel, Contact, OptOut, Person, Purpose
from shared.core.rules.question import Place, Question, Verdict
from shared.core.rules.rule import Hours, Rule, Window
from tests.core.rules.asking import FRESH, IN_WRITING, answered, asked

MINUTE = timedelta(minutes=1)
STATES = [place for place in RULEBOOK.zones if place.startswith("US-")]
CHANGES = [datetime(2026, 10, 30, tzinfo=UTC), datetime(2027, 3, 12, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)]
"""Shortly before the clocks go back, before they go forth, and before Thanksgiving."""

moments = st.builds(
    lambda begin, minutes: begin + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(0, 6 * 24 * 60)
)
places = st.lists(st.sampled_from(STATES).map(lambda state: Place("US", state)), min_size=1, max_size=3, unique=True)
contacts = st.lists(
    st.builds(
        lambda ago, talked, inbound, channel, debt: (timedelta(minutes=ago), talked, inbound, channel, debt),
        st.integers(-60, 9 * 24 * 60),
        st.booleans(),
        st.booleans(),
        st.sampled_from(Channel),
        st.sampled_from(["invoice-9", "other", ""]),
    ),
    max_size=9,
)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    now = draw(moments)
    made = tuple(
        Contact(now - ago, channel, talked, "", debt, inbound) for ago, talked, inbound, channel, debt in draw(contacts)
    )
    return Question(
        number="+12015550123",
        purpose=draw(st.sampled_from(Purpose)),
        channel=draw(st.sampled_from(Channel)),
        now=now,
        places=tuple(draw(places)),
        person=Person((IN_WRITING,), contacts=made),
        registries=(replace(FRESH[0], data_of=now.date() - timedelta(days=draw(st.integers(0, 31)))),),
        debt="invoice-9",
    )


@settings(max_examples=150, deadline=None)
@given(questions(), st.lists(st.integers(0, 999), max_size=5))
def test_the_time_of_a_later_is_the_first_at_which_it_is_now(question: Question, thousandths: list[int]) -> None:
    decision = answered(question)
    if decision.at is None:
        return
    assert decision.verdict is Verdict.LATER
    assert decision.at > question.now
    assert answered(replace(question, now=decision.at)).verdict is Verdict.NOW
    waits = decision.at - question.now
    for before in (decision.at - min(MINUTE, waits), *(question.now + waits * part / 1000 for part in thousandths)):
        assert answered(replace(question, now=before)).verdict is not Verdict.NOW


@settings(max_examples=50, deadline=None)
@given(questions(), moments)
def test_nobody_who_opted_out_is_ever_called(question: Question, at: datetime) -> None:
    person = replace(question.person or Person(), opt_out=OptOut(at, "said"))
    assert answered(replace(question, person=person)).verdict is Verdict.NEVER


@settings(max_examples=100, deadline=None)
@given(questions())
def test_what_is_allowed_now_is_between_8_and_21_on_every_clock_there(question: Question) -> None:
    if answered(question).verdict is Verdict.NOW:
        for place in question.places:
            for zone in RULEBOOK.zones[place.region]:
                assert time(8) <= question.now.astimezone(ZoneInfo(zone)).time() < time(21)


@settings(max_examples=60, deadline=None)
@given(questions(), places)
def test_another_place_never_makes_it_sooner(question: Question, more: list[Place]) -> None:
    one = answered(question)
    both = answered(replace(question, places=(*question.places, *more)))
    order = {Verdict.NOW: 0, Verdict.LATER: 1, Verdict.NEVER: 2}
    assert order[both.verdict] >= order[one.verdict]
    if both.at is not None and one.at is not None:
        assert both.at >= one.at


windows = st.tuples(st.integers(0, 1438), st.integers(1, 1439)).map(
    lambda pair: Window(_at(min(pair)), _at(max(pair))) if pair[0] != pair[1] else None
)


def _at(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _open_by_the_clock(hours: Hours, zone: str, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    window = hours.week[local.weekday()]
    return window is not None and window.opens <= local.time() < window.closes


@settings(max_examples=150, deadline=None)
@given(
    st.lists(windows, min_size=7, max_size=7),
    st.sampled_from(["America/New_York", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.one_of(moments, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
)
def test_hours_are_what_the_clock_on_the_wall_says_over_any_change_of_it(
    week: list[Window | None], zone: str, at: datetime
) -> None:
    """Havana, Cairo and Lord Howe change at midnight or by half an hour; open is only what the clock calls open."""
    hours = Hours(tuple(week))
    said = answer(_rule(hours), (zone,), asked("2026-11-18 12:00"), Person(), at)
    if isinstance(said, Allowed):
        assert _open_by_the_clock(hours, zone, at)
    elif isinstance(said, Until):
        assert said.at > at
        assert _open_by_the_clock(hours, zone, said.at)
    else:
        assert not any(_open_by_the_clock(hours, zone, at + each * timedelta(hours=1)) for each in range(24))


def _rule(hours: Hours) -> Rule:
    return replace(RULEBOOK.rules["US"][0], demand=hours)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-01 04:45", "2026-11-01 05:30"),  # 00:45 for the first time: it opens with the second 00:30
        ("2026-11-01 05:30", "2026-11-01 05:30"),
        ("2026-11-01 06:15", "2026-11-01 06:15"),  # 01:15, after both
    ],
)
def test_a_time_that_the_clock_shows_twice_opens_with_the_second_of_them(at: str, opens: str) -> None:
    """Havana's clocks go back from one to midnight on 2026-11-01, at 05:00 UTC."""
    hours = Hours((Window(time(0, 30), time(5)),) * 7)
    asked_at, opened = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (at, opens))
    said = answer(_rule(hours), ("America/Havana",), asked("2026-11-18 12:00"), Person(), asked_at)
    assert (asked_at if isinstance(said, Allowed) else said.at if isinstance(said, Until) else None) == opened


def test_a_time_that_the_clock_shows_twice_closes_with_the_first_of_them() -> None:
    hours = Hours((Window(time(0), time(0, 30)),) * 7)
    second = datetime(2026, 11, 1, 5, 10, tzinfo=UTC)
    said = answer(_rule(hours), ("America/Havana",), asked("2026-11-18 12:00"), Person(), second)
    assert isinstance(said, Until)
    assert said.at == datetime(2026, 11, 2, 5, tzinfo=UTC)
