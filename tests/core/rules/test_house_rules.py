"""Our own rules: each is named, allows what it should and no more."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.core.rules.person import Channel, Contact, Listing, OptOut, Person, Purpose
from shared.core.rules.question import Verdict
from tests.core.rules.asking import BY_WORD, IN_WRITING, answered, asked, called, had_a_say, opens, said

NOON = asked("2026-11-18 12:00", purpose=Purpose.REMINDER)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _person(person: Person) -> Verdict:
    return answered(replace(NOON, person=person)).verdict


def test_house_opt_out_is_for_every_purpose_and_channel_and_for_good() -> None:
    gone = Person((IN_WRITING,), OptOut(NOON.now - 300 * DAY, "said", "CA1"))
    for purpose in Purpose:
        for channel in Channel:
            decision = answered(replace(NOON, purpose=purpose, channel=channel, person=gone))
            assert decision.verdict is Verdict.NEVER
            assert said(decision, "house.opt-out").why == "they opted out on 2026-01-22 (said)"


def test_a_consent_given_after_an_opt_out_does_not_undo_it() -> None:
    again = replace(IN_WRITING, given_at=NOON.now - HOUR)
    assert _person(Person((again,), OptOut(NOON.now - DAY, "key"))) is Verdict.NEVER


def test_house_own_list_needs_no_import_and_never_shrinks() -> None:
    listed = Person((IN_WRITING,), listings=(Listing("own", date(2019, 1, 1)),))
    decision = answered(replace(NOON, person=listed))
    assert decision.verdict is Verdict.NEVER
    assert said(decision, "house.own-list").why == "on the list own since 2019-01-01"


def test_house_consent_is_asked_for_every_purpose() -> None:
    for purpose in Purpose:
        decision = answered(replace(NOON, purpose=purpose, person=Person()))
        assert decision.verdict is Verdict.NEVER
        assert said(decision, "house.consent").why == f"no express consent for {purpose} is on file"


def test_house_consent_names_its_proof() -> None:
    decision = answered(replace(NOON, person=Person((BY_WORD,))))
    assert said(decision, "house.consent").why == "express consent of 2026-03-02: at the desk, form-77"
    assert decision.verdict is Verdict.NOW


@pytest.mark.parametrize(
    "consent",
    [
        replace(BY_WORD, purposes=frozenset({Purpose.COLLECTION})),
        replace(BY_WORD, given_at=NOON.now + MINUTE),
        replace(BY_WORD, revoked_at=NOON.now - MINUTE),
        replace(BY_WORD, revoked_at=NOON.now + MINUTE),
    ],
    ids=["for something else", "not given yet", "revoked", "to be revoked"],
)
def test_house_consent_is_not_met_by_a_consent(consent: object) -> None:
    assert _person(Person((consent,))) is Verdict.NEVER  # type: ignore[arg-type]


def test_a_revocation_takes_older_consents_with_it_and_newer_ones_count() -> None:
    revoked = replace(BY_WORD, reference="b", revoked_at=NOON.now - HOUR)
    assert _person(Person((BY_WORD, revoked))) is Verdict.NEVER
    newer = replace(BY_WORD, reference="c", given_at=NOON.now - MINUTE)
    assert _person(Person((BY_WORD, revoked, newer))) is Verdict.NOW


def test_house_hours_are_from_8_to_21_for_reminders_and_texts_too() -> None:
    text = replace(NOON, channel=Channel.SMS)
    for question, opened in (
        (asked("2026-11-18 07:59"), "2026-11-18 08:00"),
        (asked("2026-11-18 08:00"), "now"),
        (asked("2026-11-18 20:59"), "now"),
        (asked("2026-11-18 21:00"), "2026-11-19 08:00"),
        (asked("2026-11-22 00:30"), "2026-11-22 08:00"),
    ):
        assert opens(replace(question, purpose=Purpose.SURVEY), "house.hours") == opened
        assert opens(replace(text, now=question.now), "house.hours") == opened


def test_house_gap_keeps_ten_minutes_between_calls() -> None:
    assert opens(called(9 * MINUTE, question=NOON), "house.gap") == "2026-11-18 12:01"
    assert opens(called(10 * MINUTE, question=NOON), "house.gap") == "now"


def test_house_day_allows_three_calls_in_24_hours_in_all_campaigns() -> None:
    two = called(20 * HOUR, 2 * HOUR, question=NOON, campaign="another")
    assert opens(two, "house.day") == "now"
    three = called(20 * HOUR, 4 * HOUR, 2 * HOUR, question=NOON, campaign="another")
    assert opens(three, "house.day") == "2026-11-18 16:00"
    five = called(20 * HOUR, 8 * HOUR, 6 * HOUR, 4 * HOUR, 2 * HOUR, question=NOON)
    assert opens(five, "house.day") == "2026-11-19 06:00"


def test_house_week_allows_seven_calls_in_7_days() -> None:
    seven = [DAY * days + HOUR for days in range(7)]
    assert opens(called(*seven[1:], question=NOON), "house.week") == "now"
    assert opens(called(*seven, question=NOON), "house.week") == "2026-11-19 11:00"
    assert opens(called(*seven, 8 * DAY, question=NOON), "house.week") == "2026-11-19 11:00"


def test_house_talked_leaves_people_alone_for_a_day_whoever_called() -> None:
    for inbound in (False, True):
        talked = called(3 * HOUR, question=NOON, talked=True, inbound=inbound)
        assert opens(talked, "house.talked") == "2026-11-19 09:00"
        assert not had_a_say(answered(replace(talked, purpose=Purpose.SERVICE)), "house.talked")
    assert opens(called(3 * HOUR, question=NOON), "house.talked") == "now"


def test_calls_that_they_made_are_no_attempts_of_ours_and_texts_are_no_calls() -> None:
    theirs = called(*[HOUR] * 9, question=NOON, inbound=True)
    assert opens(theirs, "house.day") == "now"
    texted = called(*[MINUTE] * 9, question=NOON, channel=Channel.SMS)
    assert opens(texted, "house.gap") == "now"


def test_an_attempt_of_the_future_counts_as_if_it_had_been_made() -> None:
    """Somebody's clock is wrong: that is no reason to call more often."""
    ahead = Contact(NOON.now + 5 * MINUTE, Channel.CALL)
    assert opens(replace(NOON, person=Person((IN_WRITING,), contacts=(ahead,))), "house.gap") == "2026-11-18 12:15"
