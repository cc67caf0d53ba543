"""What states have besides the federal rules. Times are by the clock there; 2026-11-18 is a Wednesday."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.core.rules.decide import decide
from shared.core.rules.law import RULEBOOK
from shared.core.rules.person import Channel, Person, Purpose
from shared.core.rules.question import Verdict
from shared.core.rules.rule import Rulebook, Suspended
from tests.core.rules.asking import BY_WORD, answered, asked, called, had_a_say, local, opens, said

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

HOURS = [
    ("us-al.hours", CENTRAL, "2026-11-18 20:00", "2026-11-19 08:00"),
    ("us-al.hours", CENTRAL, "2026-11-21 20:00", "2026-11-23 08:00"),  # no Sunday
    ("us-al.hours", CENTRAL, "2026-11-26 12:00", "2026-11-27 08:00"),  # Thanksgiving
    ("us-al.hours", CENTRAL, "2026-04-27 12:00", "2026-04-28 08:00"),  # Confederate Memorial Day
    ("us-ca.hours", PACIFIC, "2026-11-18 08:59", "2026-11-18 09:00"),
    ("us-ca.hours", PACIFIC, "2026-11-18 09:00", "now"),
    ("us-ca.hours", PACIFIC, "2026-11-18 21:00", "2026-11-19 09:00"),
    ("us-ct.hours", EASTERN, "2026-11-18 08:59", "2026-11-18 09:00"),
    ("us-ct.hours", EASTERN, "2026-11-18 20:00", "2026-11-19 09:00"),
    ("us-fl.hours", EASTERN, "2026-11-18 19:59", "now"),
    ("us-fl.hours", EASTERN, "2026-11-18 20:00", "2026-11-19 08:00"),
    ("us-il.hours", CENTRAL, "2026-11-18 08:59", "2026-11-18 09:00"),
    ("us-ky.hours", EASTERN, "2026-11-18 09:59", "2026-11-18 10:00"),
    ("us-ky.hours", EASTERN, "2026-11-18 20:59", "now"),
    ("us-la.hours", CENTRAL, "2026-11-22 12:00", "2026-11-23 08:00"),  # no Sunday
    ("us-la.hours", CENTRAL, "2026-02-17 12:00", "2026-02-18 08:00"),  # Mardi Gras
    ("us-la.hours", CENTRAL, "2026-04-03 12:00", "2026-04-04 08:00"),  # Good Friday
    ("us-la.hours", CENTRAL, "2027-01-08 12:00", "2027-01-09 08:00"),  # Battle of New Orleans
    ("us-ma.hours", EASTERN, "2026-11-18 20:00", "2026-11-19 08:00"),
    ("us-md.hours", EASTERN, "2026-11-18 20:00", "2026-11-19 08:00"),
    ("us-mn.hours", CENTRAL, "2026-11-18 08:59", "2026-11-18 09:00"),
    ("us-ms.hours", CENTRAL, "2026-11-22 12:00", "2026-11-23 08:00"),  # no Sunday
    ("us-ms.hours", CENTRAL, "2026-11-26 12:00", "now"),  # holidays are allowed since 2023
    ("us-ne.hours", CENTRAL, "2026-11-22 12:59", "2026-11-22 13:00"),  # Sunday
    ("us-ne.hours", CENTRAL, "2026-11-26 12:59", "2026-11-26 13:00"),  # Thanksgiving
    ("us-ne.hours", CENTRAL, "2026-11-18 08:00", "now"),
    ("us-nm.hours", MOUNTAIN, "2026-11-18 08:59", "2026-11-18 09:00"),
    ("us-nv.hours", PACIFIC, "2026-11-18 08:59", "2026-11-18 09:00"),
    ("us-ny.hours", EASTERN, "2026-11-18 21:00", "2026-11-19 08:00"),
    ("us-ok.hours", CENTRAL, "2026-11-18 20:00", "2026-11-19 08:00"),
    ("us-pa.hours", EASTERN, "2026-06-14 12:00", "2026-06-16 08:00"),  # Flag Day, a Sunday, kept on Monday too
    ("us-pa.hours", EASTERN, "2026-11-03 12:00", "2026-11-04 08:00"),  # Election Day
    ("us-pa.hours", EASTERN, "2026-11-22 12:00", "now"),  # a Sunday
    ("us-ri.hours", EASTERN, "2026-11-18 08:59", "2026-11-18 09:00"),
    ("us-ri.hours", EASTERN, "2026-11-18 18:00", "2026-11-19 09:00"),
    ("us-ri.hours", EASTERN, "2026-11-21 09:30", "2026-11-21 10:00"),  # Saturday
    ("us-ri.hours", EASTERN, "2026-11-21 17:00", "2026-11-23 09:00"),  # no Sunday
    ("us-ri.hours", EASTERN, "2026-05-04 12:00", "2026-05-05 09:00"),  # Rhode Island Independence Day
    ("us-ri.hours", EASTERN, "2026-08-10 12:00", "2026-08-11 09:00"),  # Victory Day
    ("us-sd.hours", CENTRAL, "2026-11-20 21:00", "2026-11-23 09:00"),  # weekdays only
    ("us-tx.hours", CENTRAL, "2026-11-21 08:59", "2026-11-21 09:00"),
    ("us-tx.hours", CENTRAL, "2026-11-22 11:59", "2026-11-22 12:00"),  # Sunday
    ("us-ut.hours", MOUNTAIN, "2026-11-22 12:00", "2026-11-23 08:00"),  # no Sunday
    ("us-ut.hours", MOUNTAIN, "2026-07-24 12:00", "2026-07-25 08:00"),  # Pioneer Day
    ("us-wa.hours", PACIFIC, "2026-11-18 20:00", "2026-11-19 08:00"),
]


@pytest.mark.parametrize(("rule", "zone", "at", "opened"), HOURS)
def test_the_hours_of_a_state_are_by_the_clock_there(rule: str, zone: str, at: str, opened: str) -> None:
    assert opens(asked(at, rule.partition(".")[0].upper(), zone), rule) == opened


@pytest.mark.parametrize("state", ["ca", "mn", "nv"])
def test_hours_of_automatic_devices_are_not_only_for_sales_and_not_for_texts(state: str) -> None:
    zone = {"ca": PACIFIC, "mn": CENTRAL, "nv": PACIFIC}[state]
    reminder = asked("2026-11-18 08:30", f"US-{state.upper()}", zone, purpose=Purpose.REMINDER)
    assert answered(reminder).at == local("2026-11-18 09:00", zone)
    assert answered(replace(reminder, channel=Channel.SMS)).verdict is Verdict.NOW


@pytest.mark.parametrize("rule", ["us-fl.hours", "us-tx.hours", "us-ri.hours", "us-ut.hours"])
def test_hours_of_solicitation_have_no_say_in_reminders(rule: str) -> None:
    sunday = asked("2026-11-22 12:30", rule.partition(".")[0].upper(), EASTERN, purpose=Purpose.REMINDER)
    assert not had_a_say(answered(sunday), rule)


def test_us_ca_human_first_forbids_sales_and_surveys_and_not_what_customers_expect() -> None:
    noon = asked("2026-11-18 12:00", "US-CA", PACIFIC)
    for purpose, allowed in (
        (Purpose.SALES, Verdict.NEVER),
        (Purpose.SURVEY, Verdict.NEVER),
        (Purpose.REMINDER, Verdict.NOW),
        (Purpose.SERVICE, Verdict.NOW),
        (Purpose.COLLECTION, Verdict.NOW),
    ):
        assert answered(replace(noon, purpose=purpose)).verdict is allowed
    assert said(answered(noon), "us-ca.human-first").verdict is Verdict.NEVER


@pytest.mark.parametrize("rule", ["us-wa.no-artificial-voice", "us-wy.no-artificial-voice"])
def test_us_wa_and_us_wy_have_no_sales_by_artificial_voices(rule: str) -> None:
    noon = asked("2026-11-18 12:00", rule.partition(".")[0].upper(), PACIFIC)
    assert said(answered(noon), rule).verdict is Verdict.NEVER
    assert answered(replace(noon, purpose=Purpose.REMINDER)).verdict is Verdict.NOW


@pytest.mark.parametrize("rule", ["us-ct.written-consent", "us-md.written-consent"])
def test_a_word_is_no_consent_for_sales_under(rule: str) -> None:
    noon = asked("2026-11-18 12:00", rule.partition(".")[0].upper(), EASTERN)
    assert said(answered(noon), rule).verdict is Verdict.NOW
    assert said(answered(replace(noon, person=Person((BY_WORD,)))), rule).verdict is Verdict.NEVER


@pytest.mark.parametrize("rule", ["us-fl.three-a-day", "us-md.three-a-day", "us-ok.three-a-day"])
def test_calls_and_texts_together_are_three_in_24_hours_under(rule: str) -> None:
    noon = asked("2026-11-18 12:00", rule.partition(".")[0].upper(), EASTERN)
    texted = called(20 * HOUR, 6 * HOUR, 4 * HOUR, question=noon, channel=Channel.SMS)
    assert opens(texted, rule) == "2026-11-18 16:00"
    assert opens(called(20 * HOUR, 6 * HOUR, question=noon), rule) == "now"


def test_us_ma_debt_allows_two_contacts_about_a_debt_in_a_week() -> None:
    noon = asked("2026-11-18 12:00", "US-MA", EASTERN, purpose=Purpose.COLLECTION)
    assert opens(called(2 * DAY, question=noon), "us-ma.debt") == "now"
    assert opens(called(5 * DAY, 2 * DAY, question=noon), "us-ma.debt") == "2026-11-20 12:00"


@pytest.mark.parametrize("rule", ["us-la.emergency", "us-ny.emergency"])
def test_sales_stop_while_an_emergency_is_on_record_under(rule: str) -> None:
    state = rule.partition(".")[0].upper()
    noon = asked("2026-11-18 12:00", state, EASTERN)
    assert said(answered(noon), rule).why == "not suspended, as far as it is on record"
    emergency = Suspended(((date(2026, 11, 18), date(2026, 11, 20)),))
    rules = tuple(replace(each, demand=emergency) if each.id == rule else each for each in RULEBOOK.rules[state])
    book = Rulebook({**RULEBOOK.rules, state: rules}, RULEBOOK.zones)
    decision = decide(noon, book)
    assert said(decision, rule).at == local("2026-11-21 00:00")
    assert decision.at == local("2026-11-21 08:00")
    assert decide(replace(noon, now=local("2026-11-17 12:00")), book).verdict is Verdict.NOW
