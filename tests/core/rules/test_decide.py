"""The strictest answer holds, with every rule that had a say; what is missing or unreadable forbids."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from shared.core.rules.decide import decide
from shared.core.rules.law import RULEBOOK
from shared.core.rules.person import Channel, Contact, Purpose
from shared.core.rules.question import Place, Question, Verdict
from shared.core.rules.rule import Forbidden, Hours, Readable, Rule, Rulebook, Soon, Window
from tests.core.rules.asking import WILLING, answered, asked, called, had_a_say, local, said


def hours(count: int) -> timedelta:
    return timedelta(hours=count)


NOON = asked("2026-11-18 12:00")


def test_o3_a_call_that_no_rule_objects_to_may_be_made_now_and_every_rule_says_so() -> None:
    decision = answered(NOON)
    assert decision.verdict is Verdict.NOW
    assert decision.at is None
    assert decision.decided_by is None
    assert {each.verdict for each in decision.said} == {Verdict.NOW}
    assert [each.rule for each in decision.said if each.rule.startswith("us.")] == [
        "us.tcpa.consent",
        "us.tcpa.written-consent",
        "us.tcpa.hours",
        "us.tcpa.revoked",
        "us.dnc.own",
        "us.dnc.national",
    ]


def test_what_a_rule_says_comes_with_its_text_source_and_date() -> None:
    it = said(answered(NOON), "us.tcpa.hours")
    assert it.text == "Telephone solicitation only between 8 a.m. and 9 p.m. local time at the called party's location."
    assert it.source == "47 CFR 64.1200(c)(1)"
    assert it.effective == date(2003, 10, 1)
    assert it.why == "Wednesday 12:00 in America/New_York"


def test_too_late_in_the_evening_is_later_at_the_next_opening_and_says_by_which_rule() -> None:
    decision = answered(asked("2026-11-18 21:30"))
    assert decision.verdict is Verdict.LATER
    assert decision.at == local("2026-11-19 08:00")
    assert decision.decided_by is not None
    assert decision.decided_by.rule == "us.tcpa.hours"
    assert decision.decided_by.why == "Wednesday 21:30 in America/New_York; next open Thursday 08:00"


def test_the_answer_is_when_all_rules_allow_it_though_each_alone_would_sooner() -> None:
    """Three calls since ten: another at ten tomorrow. But that is a Sunday, when Texas opens at noon."""
    question = asked("2026-11-21 20:00", "US-TX", "America/Denver")
    decision = answered(called(*map(hours, (10, 6, 4)), question=question))
    assert said(decision, "house.day").at == local("2026-11-22 10:00", "America/Denver")
    assert decision.at == local("2026-11-22 12:00", "America/Denver")
    assert decision.decided_by == said(decision, "us-tx.hours")


def test_of_two_places_both_must_allow_it() -> None:
    """By the number in New York, by the address in Los Angeles: at nine in New York it is six there."""
    east, west = Place("US", "US-NJ", ("America/New_York",)), Place("US", "US-OR", ("America/Los_Angeles",))
    decision = answered(replace(asked("2026-11-18 09:00"), places=(east, west)))
    assert decision.at == local("2026-11-18 08:00", "America/Los_Angeles")
    late = answered(replace(asked("2026-11-18 21:30"), places=(east, west)))
    assert late.at == local("2026-11-19 08:00", "America/Los_Angeles")


def test_of_two_places_the_rules_of_both_states_hold_each_by_its_own_clock() -> None:
    east, west = Place("US", "US-FL", ("America/New_York",)), Place("US", "US-NV", ("America/Los_Angeles",))
    decision = answered(replace(asked("2026-11-18 11:30"), places=(east, west)))
    assert said(decision, "us-fl.hours").verdict is Verdict.NOW
    assert decision.at == local("2026-11-18 09:00", "America/Los_Angeles")


def test_somewhere_in_the_country_is_everywhere_in_it_by_the_rules_and_clocks_of_all_states() -> None:
    """A toll-free number: it is past eight in Guam and before nine in New York, which Samoa and Hawaii outlast."""
    anywhere = replace(NOON, places=(Place("US"),))
    selling = answered(anywhere)
    assert selling.verdict is Verdict.NEVER
    assert had_a_say(selling, "us-ri.hours")
    assert said(selling, "us-ca.human-first").verdict is Verdict.NEVER
    assert answered(replace(anywhere, purpose=Purpose.REMINDER)).at == local("2026-11-18 17:00")


def test_zones_that_are_never_open_together_are_never_called() -> None:
    scattered = Place("US", "US-RI", ("America/New_York", "Pacific/Guam"))
    assert "no hour" in said(answered(replace(NOON, places=(scattered,))), "us-ri.hours").why


def test_a_state_without_a_zone_is_in_all_zones_of_that_state() -> None:
    decision = answered(replace(asked("2026-11-18 08:30"), places=(Place("US", "US-TN"),)))
    assert decision.at == local("2026-11-18 08:00", "America/Chicago")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"number": "2015550123"}, "the number is not one in E.164, such as +15550100123"),
        ({"number": ""}, "the number is not one in E.164, such as +15550100123"),
        ({"now": datetime(2026, 11, 18, 12)}, "the time has no zone"),  # noqa: DTZ001
        ({"places": ()}, "nobody knows where the number is"),
        ({"places": (Place(""),)}, "the country is not known"),
        ({"places": (Place("FR", zones=("Europe/Paris",)),)}, "there are no rules for FR, so nobody is called there"),
        ({"places": (Place("US", "US-XX"),)}, "US-XX is no region of US"),
        ({"places": (Place("US", "US-NJ", ("America/Nowhere",)),)}, "there is no time zone America/Nowhere"),
        ({"person": None}, "what is on file about the person could not be read"),
        (
            {"person": replace(WILLING, contacts=(Contact(datetime(2026, 11, 1), Channel.CALL),))},  # noqa: DTZ001
            "a time on file has no zone",
        ),
    ],
)
def test_what_is_missing_or_unreadable_forbids_under_house_readable(changed: dict[str, object], why: str) -> None:
    decision = answered(replace(NOON, **changed))  # type: ignore[arg-type]
    assert decision.verdict is Verdict.NEVER
    assert decision.decided_by is not None
    assert decision.decided_by.rule == "house.readable"
    assert decision.decided_by.why == why


def test_nothing_is_planned_beyond_house_horizon() -> None:
    """Forty-five calls in the last week would be forgotten in a week; a registry may not age so long either."""
    far = Contact(NOON.now + timedelta(days=58), Channel.CALL)
    decision = answered(replace(NOON, purpose=Purpose.REMINDER, person=replace(WILLING, contacts=(far,) * 7)))
    assert decision.verdict is Verdict.NEVER
    assert said(decision, "house.horizon").why == "not within 60 days"


def test_a_rule_that_forbids_decides_even_if_another_would_only_put_off() -> None:
    decision = answered(asked("2026-11-18 22:00", "US-WA", "America/Los_Angeles"))
    assert decision.verdict is Verdict.NEVER
    assert decision.at is None
    assert decision.decided_by is not None
    assert decision.decided_by.rule == "us-wa.no-artificial-voice"
    assert said(decision, "us-wa.hours").verdict is Verdict.LATER


DAY = date(2026, 12, 1)


def _book(**rule: object) -> Rulebook:
    needed = tuple(each for each in RULEBOOK.rules["*"] if isinstance(each.demand, Readable | Soon))
    ban = Rule("us.ban", "No calls.", Forbidden(), "a test", date(2026, 1, 1), date(2026, 1, 1))
    return Rulebook({"*": needed, "US": (replace(ban, **rule),)}, RULEBOOK.zones)  # type: ignore[arg-type]


def test_a_rule_holds_from_the_first_moment_of_its_first_day_anywhere() -> None:
    book = _book(effective=DAY)
    before = datetime(2026, 11, 30, 9, 59, tzinfo=UTC)
    assert decide(replace(NOON, now=before), book).verdict is Verdict.NOW
    assert decide(replace(NOON, now=before + timedelta(minutes=1)), book).verdict is Verdict.NEVER


def test_a_rule_that_forbids_till_a_day_puts_off_till_it_is_over_everywhere() -> None:
    decision = decide(NOON, _book(until=DAY))
    assert decision.verdict is Verdict.LATER
    assert decision.at == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert decide(replace(NOON, now=decision.at), _book(until=DAY)).verdict is Verdict.NOW


def test_a_rule_has_no_say_in_what_it_is_not_about() -> None:
    text = answered(replace(NOON, purpose=Purpose.REMINDER, channel=Channel.SMS))
    assert not had_a_say(text, "us.tcpa.hours")
    assert not had_a_say(text, "us.regf.seven-in-seven")
    assert not had_a_say(text, "house.gap")


def test_the_answer_holds_no_number() -> None:
    question: Question = replace(NOON, person=None)
    assert all(question.number not in f"{each.why}{each.text}" for each in answered(question).said)


def test_rules_that_are_never_open_together_end_in_house_horizon() -> None:
    mornings, evenings = (Hours((Window(time(opens), time(opens + 4)),) * 7) for opens in (8, 16))
    book = _book(id="us.mornings", demand=mornings)
    evening = replace(book.rules["US"][0], id="us.evenings", demand=evenings)
    both = Rulebook({**book.rules, "US": (*book.rules["US"], evening)}, book.zones)
    decision = decide(NOON, both)
    assert decision.verdict is Verdict.NEVER
    assert said(decision, "house.horizon").verdict is Verdict.NEVER


@pytest.mark.parametrize("missing", [Readable, Soon])
def test_a_book_without_end_or_without_doubt_is_none(missing: type[Readable] | type[Soon]) -> None:
    rules = tuple(rule for rule in RULEBOOK.rules["*"] if not isinstance(rule.demand, missing))
    with pytest.raises(ValueError, match="must demand"):
        Rulebook({**RULEBOOK.rules, "*": rules}, RULEBOOK.zones)
