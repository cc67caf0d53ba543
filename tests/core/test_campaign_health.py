"""A campaign stops by itself, and says why."""

import pytest

from shared.core.attempt import Disposition, Outcome
from shared.core.campaign import Stop
from shared.core.campaign_health import Tally, reason_to_stop

STOP = Stop(30 * 60_000, 10, failing=0.3, opt_outs=0.1, complaints=0.05, no_answers=0.9)


def test_each_outcome_counts_as_what_is_watched() -> None:
    assert Tally.of(Outcome(Disposition.REACHED, "confirmed")) == Tally(calls=1)
    assert Tally.of(Outcome(Disposition.REACHED, "complaint")) == Tally(calls=1, complaints=1)
    assert Tally.of(Outcome(Disposition.FAILED)) == Tally(calls=1, failing=1)
    assert Tally.of(Outcome(Disposition.NOT_DIALLED)) == Tally(calls=1, failing=1)
    assert Tally.of(Outcome(Disposition.OPTED_OUT)) == Tally(calls=1, opt_outs=1)
    assert Tally.of(Outcome(Disposition.NO_ANSWER)) == Tally(calls=1, no_answers=1)
    assert Tally.sum([]) == Tally()
    assert Tally.sum([Tally(1, 1), Tally(1, 0, 1)]) == Tally(calls=2, failing=1, opt_outs=1)


@pytest.mark.parametrize(
    ("tally", "why"),
    [
        (Tally(20, failing=7), "7 of the last 20 calls in 30 minutes could not be connected; the limit is 30%"),
        (Tally(20, opt_outs=3), "3 of the last 20 calls in 30 minutes ended with an opt-out; the limit is 10%"),
        (Tally(20, complaints=2), "2 of the last 20 calls in 30 minutes ended with a complaint; the limit is 5%"),
        (Tally(20, no_answers=19), "19 of the last 20 calls in 30 minutes reached nobody; the limit is 90%"),
    ],
)
def test_o6_a_campaign_above_a_limit_stops_with_the_reason(tally: Tally, why: str) -> None:
    assert reason_to_stop(tally, STOP) == why


@pytest.mark.parametrize(
    "tally", [Tally(), Tally(9, failing=9), Tally(20, 6, 2, 1, 18), Tally(20, failing=6, no_answers=18)]
)
def test_a_campaign_within_its_limits_or_with_few_calls_goes_on(tally: Tally) -> None:
    assert reason_to_stop(tally, STOP) == ""


def test_what_has_no_limit_is_not_watched() -> None:
    assert reason_to_stop(Tally(20, 20, 20, 20, 20), Stop(60_000, 1)) == ""
