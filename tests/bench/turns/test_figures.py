"""What a run over many lines says."""

from bench.turns.figures import figures, percentile, shortcomings
from bench.turns.stage import Outcome
from tests.bench.turns.lines import said

LINE = said("do you have any parking")


def outcome(gap_ms: float | None = 500.0, *taken_ms: float, heard: str = LINE.text) -> Outcome:
    return Outcome(gap_ms=gap_ms, taken_ms=list(taken_ms or (450.0,)), heard=heard, least_ms=400.0, drafts=2)


def test_the_gaps_of_lines_cut_off_do_not_flatter_the_rest() -> None:
    found = figures([(LINE, outcome(500)), (LINE, outcome(700)), (LINE, outcome(10, -300, 5))])
    assert (found["gap_p50"], found["taken_early"], found["needless_p95"]) == (500, 33.3, 300)


def test_lines_answered_without_all_their_words_are_counted() -> None:
    assert figures([(LINE, outcome(heard="do you have")), (LINE, outcome())])["words_missed"] == 50


def test_each_target_missed_is_named() -> None:
    assert shortcomings(figures([(LINE, outcome(440))])) == []
    assert shortcomings(figures([(LINE, outcome(1_200))])) == [
        "gap p50 ms (the vendors' own 400) 1200, wanted under 600",
        "gap p95 ms (the vendors' own 400) 1200, wanted under 1000",
        "needless p50 ms 800, wanted under 50",
        "needless p95 ms 800, wanted under 500",
    ]
    assert shortcomings(figures([(LINE, outcome(440)), (LINE, outcome(9, -1, 5))])) == [
        "cut off 50 %, wanted at most 5"
    ]
    assert shortcomings(figures([(LINE, outcome(440)), (LINE, outcome(None))])) == ["1 lines unanswered"]


def test_percentiles_are_by_nearest_rank() -> None:
    assert [percentile([3, 1, 2], share) for share in (0, 0.5, 1)] == [1, 2, 3]
    assert percentile([], 0.5) == -1
