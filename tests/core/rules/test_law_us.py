"""The federal rules of the United States: each is named, and holds where and when it says."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.core.rules.person import Channel, Listing, OptOut, Person, Purpose, Registry
from shared.core.rules.question import Place, Verdict
from tests.core.rules.asking import BY_WORD, WILLING, answered, asked, called, had_a_say, local, opens, said

NOON = asked("2026-11-18 12:00")
DEBT = replace(NOON, purpose=Purpose.COLLECTION)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_us_tcpa_consent_is_asked_for_every_call_by_an_artificial_voice_and_no_text() -> None:
    for purpose in Purpose:
        question = replace(NOON, purpose=purpose, person=Person())
        assert said(answered(question), "us.tcpa.consent").verdict is Verdict.NEVER
    assert not had_a_say(answered(replace(NOON, channel=Channel.SMS)), "us.tcpa.consent")


def test_us_tcpa_written_consent_is_asked_for_sales_only_and_a_word_is_not_enough() -> None:
    by_word = replace(NOON, person=Person((BY_WORD,)))
    decision = answered(by_word)
    assert decision.verdict is Verdict.NEVER
    assert said(decision, "us.tcpa.written-consent").why == "no written consent for sales is on file"
    assert said(answered(replace(by_word, channel=Channel.SMS)), "us.tcpa.written-consent").verdict is Verdict.NEVER
    assert answered(replace(by_word, purpose=Purpose.SERVICE)).verdict is Verdict.NOW


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-11-18 07:59", "2026-11-18 08:00"),
        ("2026-11-18 08:00", "now"),
        ("2026-11-18 20:59", "now"),
        ("2026-11-18 21:00", "2026-11-19 08:00"),
    ],
)
def test_us_tcpa_hours_are_8_to_21_where_the_person_is(at: str, opened: str) -> None:
    assert opens(asked(at), "us.tcpa.hours") == opened
    assert opens(asked(at, "US-HI", "Pacific/Honolulu"), "us.tcpa.hours") == opened


def test_us_tcpa_revoked_counts_from_the_moment_it_is_said() -> None:
    gone = replace(WILLING, opt_out=OptOut(NOON.now, "text message"))
    assert said(answered(replace(NOON, person=gone)), "us.tcpa.revoked").verdict is Verdict.NEVER


def test_us_dnc_own_forbids_sales() -> None:
    listed = replace(WILLING, listings=(Listing("own", date(2026, 11, 17)),))
    assert said(answered(replace(NOON, person=listed)), "us.dnc.own").verdict is Verdict.NEVER


def test_us_dnc_national_forbids_sales_to_who_is_on_it_even_if_they_signed() -> None:
    listed = replace(NOON, person=replace(WILLING, listings=(Listing("us-national", date(2026, 11, 15)),)))
    decision = answered(listed)
    assert decision.verdict is Verdict.NEVER
    assert said(decision, "us.dnc.national").why == "on the list us-national-201 of 2026-11-15"
    assert answered(replace(listed, purpose=Purpose.REMINDER)).verdict is Verdict.NOW


def test_us_dnc_national_forgets_who_has_left_it() -> None:
    left = replace(WILLING, listings=(Listing("us-national", date(2026, 11, 14)),))
    assert answered(replace(NOON, person=left)).verdict is Verdict.NOW


@pytest.mark.parametrize(
    ("registries", "why"),
    [
        ((), "the list us-national-201 has never been imported"),
        ((Registry("us-national-212", date(2026, 11, 15)),), "the list us-national-201 has never been imported"),
        (
            (Registry("us-national-201", date(2026, 10, 17)),),
            "the list us-national-201 is of 2026-10-17, and may be 31 days old: import it",
        ),
        (
            (Registry("us-national-201", date(2026, 11, 20)),),
            "the list us-national-201 is of 2026-11-20, which has not come yet",
        ),
    ],
    ids=["none", "another area code", "too old", "of the future"],
)
def test_us_dnc_national_fails_closed_without_a_fresh_import(registries: tuple[Registry, ...], why: str) -> None:
    it = said(answered(replace(NOON, registries=registries)), "us.dnc.national")
    assert it.verdict is Verdict.NEVER
    assert it.why == why


def test_us_dnc_national_may_be_31_days_old() -> None:
    aged = replace(NOON, registries=(Registry("us-national-201", date(2026, 10, 19)),))
    assert answered(aged).verdict is Verdict.NOW


def test_a_call_that_would_only_be_allowed_when_the_import_is_too_old_is_not_planned() -> None:
    """Imported 31 days ago: it is good till tonight, and the person may be called tomorrow."""
    question = replace(asked("2026-11-18 22:00"), registries=(Registry("us-national-201", date(2026, 10, 19)),))
    decision = answered(question)
    assert decision.verdict is Verdict.NEVER
    assert decision.decided_by == said(decision, "us.dnc.national")


def test_us_regf_seven_in_seven_counts_calls_about_one_debt() -> None:
    seven = [DAY * days + HOUR for days in range(7)]
    question = called(*seven, question=DEBT)
    assert opens(question, "us.regf.seven-in-seven") == "2026-11-19 11:00"
    assert opens(replace(question, debt="another"), "us.regf.seven-in-seven") == "now"
    assert opens(called(*seven[1:], question=DEBT), "us.regf.seven-in-seven") == "now"


def test_us_regf_seven_in_seven_counts_no_calls_by_them() -> None:
    assert opens(called(*[HOUR] * 8, question=DEBT, inbound=True), "us.regf.seven-in-seven") == "now"


def test_us_regf_week_after_talk_begins_with_any_conversation_about_the_debt() -> None:
    for inbound in (False, True):
        question = called(2 * DAY, question=DEBT, talked=True, inbound=inbound)
        assert opens(question, "us.regf.week-after-talk") == "2026-11-23 12:00"
        assert opens(replace(question, debt="another"), "us.regf.week-after-talk") == "now"
    assert opens(called(2 * DAY, question=DEBT), "us.regf.week-after-talk") == "now"


def test_us_regf_fails_closed_when_the_debt_is_not_named() -> None:
    for rule in ("us.regf.seven-in-seven", "us.regf.week-after-talk"):
        it = said(answered(replace(DEBT, debt="")), rule)
        assert it.verdict is Verdict.NEVER
        assert it.why.startswith("the debt it is about is not named")


def test_us_regf_hours_hold_for_calls_and_texts_about_debts() -> None:
    late = replace(DEBT, now=local("2026-11-18 21:05"))
    assert opens(late, "us.regf.hours") == "2026-11-19 08:00"
    assert opens(replace(late, channel=Channel.SMS), "us.regf.hours") == "2026-11-19 08:00"
    assert opens(DEBT, "us.regf.hours") == "now"


def test_the_rules_of_the_united_states_hold_in_its_territories() -> None:
    guam = replace(NOON, places=(Place("US", "US-GU"),), now=local("2026-11-18 07:30", "Pacific/Guam"))
    assert opens(guam, "us.tcpa.hours") == "2026-11-18 08:00"
