"""Lines before policies, at virtual time."""

import pytest

from bench.turns.delays import Delay, Ear
from bench.turns.policies import Plain, ours
from bench.turns.stage import Outcome, Policy, Stage
from shared.core.agent import SlotKind
from tests.bench.turns.lines import heard, said


def exactly(ms: float) -> Delay:
    return Delay(((0, ms), (1, ms)))


QUICK = Ear("quick", exactly(50), exactly(50), exactly(900), asked=False, wrong_first=0)
SLOW = Ear("slow", exactly(700), exactly(50), exactly(900), asked=False, wrong_first=0)


def play(policy: Policy, line: str, ear: Ear = QUICK, *parts: str | int) -> Outcome:
    told = said(line, *parts)
    return Stage(policy, told, heard(told), ear).play()


def test_the_core_answers_a_whole_line_after_the_silence_an_open_question_asks_for() -> None:
    outcome = play(ours(None), "do you have any parking")
    assert outcome.gap_ms is not None
    assert 500 < outcome.gap_ms < 1_300
    assert outcome.heard == "do you have any parking"
    assert not outcome.talked_over
    assert all(taken > 0 for taken in outcome.taken_ms)


def test_the_same_line_has_the_same_outcome() -> None:
    assert play(ours(None), "do you have any parking") == play(ours(None), "do you have any parking")


def test_waiting_for_the_final_takes_as_long_as_the_final() -> None:
    outcome = play(Plain(), "do you have any parking")
    (taken,) = outcome.taken_ms
    assert taken == 900
    assert outcome.gap_ms is not None
    assert outcome.gap_ms > 900 + 100


@pytest.mark.parametrize("silence_ms", [550, 800])
def test_silence_alone_takes_the_turn_after_just_that(silence_ms: int) -> None:
    (taken,) = play(Plain(silence_ms), "do you have any parking").taken_ms
    assert taken == silence_ms


def test_a_pause_longer_than_the_silence_is_a_cut_off_and_counted_as_one() -> None:
    short, patient = (play(Plain(ms), "do you have any", QUICK, 700, "parking") for ms in (550, 1_000))
    assert min(short.taken_ms) < 0
    assert min(patient.taken_ms) > 0
    assert patient.heard == "do you have any parking"


def test_a_turn_taken_before_its_words_are_known_has_missed_them() -> None:
    outcome = play(Plain(550), "do you have any parking please", SLOW)
    assert outcome.heard != "do you have any parking please"


def test_the_least_gap_runs_from_the_last_word_known() -> None:
    outcome = play(Plain(550), "do you have any parking", QUICK)
    assert outcome.gap_ms is not None
    assert outcome.least_ms == pytest.approx(outcome.gap_ms - 550 + 50, abs=1)


def test_what_nobody_heard_is_counted_as_wasted() -> None:
    line = said("four one five", 900, "five five five", 900, "oh one three two", expecting=SlotKind.PHONE)
    outcome = Stage(ours(SlotKind.PHONE), line, heard(line), QUICK).play()
    assert outcome.drafts > 1
    assert outcome.wasted_written > 0
    assert outcome.heard == line.text
