"""India and the United Kingdom; and every rule, wherever it is, has a test that names it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.core.rules.law import RULEBOOK
from shared.core.rules.person import Channel, Listing, Person, Purpose, Registry
from shared.core.rules.question import Question, Verdict
from shared.core.rules.rule import Rule
from tests.core.rules.asking import BY_WORD, WILLING, answered, asked, opens, said

HERE = Path(__file__).parent


def _india(at: str = "2026-11-18 12:00", **changed: Any) -> Question:
    by_operator = {"number": "+919876543210", "carrier": "an-operator", "caller_id": "+911401234567"}
    return asked(at, "IN", "Asia/Kolkata", **(by_operator | changed))


def _britain(**changed: Any) -> Question:
    return asked("2026-11-18 12:00", "GB", "Europe/London", **({"number": "+442079460000"} | changed))


def test_in_twilio_calls_is_the_reason_that_nobody_in_india_is_called_by_twilio() -> None:
    for purpose in Purpose:
        decision = answered(_india(purpose=purpose, carrier="twilio"))
        assert decision.verdict is Verdict.NEVER
        assert said(decision, "in.twilio.calls").verdict is Verdict.NEVER
        assert "Twilio cannot call within India" in said(decision, "in.twilio.calls").text


def test_in_twilio_texts_are_neither_promotion_nor_about_money() -> None:
    text = _india(channel=Channel.SMS, carrier="twilio")
    assert said(answered(text), "in.twilio.texts").verdict is Verdict.NEVER
    about_money = replace(text, purpose=Purpose.COLLECTION)
    assert said(answered(about_money), "in.twilio.texts").verdict is Verdict.NEVER
    assert answered(replace(text, purpose=Purpose.REMINDER)).verdict is Verdict.NOW


def test_an_indian_operator_may_carry_what_the_other_rules_allow() -> None:
    assert answered(_india()).verdict is Verdict.NOW


def test_in_trai_hours_are_10_to_21_for_promotion() -> None:
    assert opens(_india("2026-11-18 09:59"), "in.trai.hours") == "2026-11-18 10:00"
    assert opens(_india("2026-11-18 21:00"), "in.trai.hours") == "2026-11-19 10:00"


def test_in_trai_preference_is_asked_in_a_copy_of_today_or_yesterday() -> None:
    listed = replace(WILLING, listings=(Listing("in-preference", date(2026, 11, 18)),))
    assert said(answered(_india(person=listed)), "in.trai.preference").verdict is Verdict.NEVER
    stale = (Registry("in-preference", date(2026, 11, 16)),)
    assert said(answered(_india(registries=stale)), "in.trai.preference").verdict is Verdict.NEVER
    assert answered(_india(registries=(Registry("in-preference", date(2026, 11, 18)),))).verdict is Verdict.NOW


def test_in_trai_consent_for_promotion_is_recorded() -> None:
    assert said(answered(_india(person=Person((BY_WORD,)))), "in.trai.consent").verdict is Verdict.NEVER


def test_in_trai_series_140_is_the_only_one_for_promotion() -> None:
    for shown in ("", "+919876500000", "+911600123456", "+14155550100"):
        assert said(answered(_india(caller_id=shown)), "in.trai.series-140").verdict is Verdict.NEVER
    assert said(answered(_india()), "in.trai.series-140").verdict is Verdict.NOW


def test_in_trai_series_1600_is_the_only_one_for_service() -> None:
    service = _india(purpose=Purpose.SERVICE)
    assert said(answered(service), "in.trai.series-1600").verdict is Verdict.NEVER
    assert answered(replace(service, caller_id="+911600123456")).verdict is Verdict.NOW


def test_in_rbi_recovery_hours_end_at_19() -> None:
    debt = _india("2026-11-18 19:00", purpose=Purpose.COLLECTION, caller_id="+911600123456")
    assert opens(debt, "in.rbi.recovery-hours") == "2026-11-19 08:00"


def test_gb_pecr_consent_must_be_for_automated_marketing_calls() -> None:
    assert said(answered(_britain(person=Person((BY_WORD,)))), "gb.pecr.consent").verdict is Verdict.NEVER
    assert answered(_britain()).verdict is Verdict.NOW
    assert answered(_britain(person=Person((BY_WORD,)), purpose=Purpose.REMINDER)).verdict is Verdict.NOW


ALL_TESTS = " ".join(path.read_text() for path in HERE.glob("test_*.py"))


@pytest.mark.parametrize("rule", [rule.id for rule in RULEBOOK.every_rule()])
def test_every_rule_has_a_test_that_names_it(rule: str) -> None:
    assert f'"{rule}"' in ALL_TESTS


def test_every_rule_has_an_id_of_its_own_and_of_its_jurisdiction() -> None:
    ids = [rule.id for rule in RULEBOOK.every_rule()]
    assert len(ids) == len(set(ids))
    for jurisdiction, rules in RULEBOOK.rules.items():
        begins = "house" if jurisdiction == "*" else jurisdiction.lower()
        assert all(rule.id.partition(".")[0] == begins for rule in rules)


def test_every_rule_has_a_text_a_source_and_dates_that_have_been() -> None:
    for rule in RULEBOOK.every_rule():
        assert rule.text.endswith(".")
        assert rule.source
        assert rule.effective <= rule.read <= date(2026, 11, 20)


GUIDE = (HERE.parents[2] / "docs" / "rules.md").read_text()


@pytest.mark.parametrize("rule", RULEBOOK.every_rule(), ids=lambda rule: rule.id)
def test_every_rule_is_in_the_guide_as_it_is_here(rule: Rule) -> None:
    (line,) = [line for line in GUIDE.splitlines() if line.startswith(f"| `{rule.id}` |")]
    assert f"| {rule.text} |" in line
    assert line.endswith(f"| {rule.source} | {rule.effective} | {rule.read} |")


def test_every_state_without_a_rule_of_its_own_is_named_in_the_guide() -> None:
    (named,) = [line for line in GUIDE.splitlines() if "the federal ones apply:" in line]
    without = [place[3:] for place in RULEBOOK.regions("US") if place not in RULEBOOK.rules]
    assert named.split("apply: ")[1].split(".")[0] == ", ".join(without)
