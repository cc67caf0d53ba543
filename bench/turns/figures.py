"""What a run over many lines says: the gaps callers hear, who was cut off, and what foresight cost."""

from collections.abc import Callable, Sequence

from bench.turns.callers import Line
from bench.turns.stage import Outcome
from shared.core.words import words_of

type Played = tuple[Line, Outcome]
type Figures = dict[str, float]

GAP_P50_MS, GAP_P95_MS, CUT_OFF_PERCENT = 600, 1000, 5
NEEDLESS_P50_MS, NEEDLESS_P95_MS = 50, 500
"""What of the gap is ours, whatever the vendors take."""
COLUMNS = {
    "lines": "lines",
    "gap p50": "gap_p50",
    "p95": "gap_p95",
    "p99": "gap_p99",
    "least p50": "least_p50",
    "needless p50": "needless_p50",
    "p95 ": "needless_p95",
    "taken early %": "taken_early",
    "talked over %": "talked_over",
    "words missed %": "words_missed",
    "drafts": "drafts",
    "wasted chars": "wasted_written",
    "spoken": "wasted_spoken",
}


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank; -1 of none."""
    ranked = sorted(values)
    return round(ranked[min(len(ranked) - 1, round(share * (len(ranked) - 1)))]) if ranked else -1


def is_early(outcome: Outcome) -> bool:
    """Whether a turn was taken before the line was complete, the false cut-off; the core may yet have taken it back."""
    return any(taken < 0 for taken in outcome.taken_ms)


def figures(played: Sequence[Played]) -> Figures:
    """Gaps are those of lines not cut off, in ms; shares in percent of lines; drafts and characters a line."""
    whole = [(line, outcome) for line, outcome in played if not is_early(outcome)]
    answered = [(outcome.gap_ms, outcome.least_ms) for _, outcome in whole if outcome.gap_ms is not None]
    gaps = [gap for gap, _ in answered]
    needless = [max(0, gap - least) for gap, least in answered]
    return {
        "lines": len(played),
        "unanswered": len(whole) - len(answered),
        "gap_p50": percentile(gaps, 0.5),
        "gap_p95": percentile(gaps, 0.95),
        "gap_p99": percentile(gaps, 0.99),
        "least_p50": percentile([least for _, least in answered], 0.5),
        "least_p95": percentile([least for _, least in answered], 0.95),
        "needless_p50": percentile(needless, 0.5),
        "needless_p95": percentile(needless, 0.95),
        "taken_early": _share(played, lambda line, outcome: is_early(outcome)),
        "talked_over": _share(played, lambda line, outcome: outcome.talked_over),
        "words_missed": _share(whole, lambda line, outcome: words_of(outcome.heard) != words_of(line.text)),
        "drafts": _mean([outcome.drafts for _, outcome in played]),
        "wasted_written": _mean([outcome.wasted_written for _, outcome in played]),
        "wasted_spoken": _mean([outcome.wasted_spoken for _, outcome in played]),
    }


def _share(played: Sequence[Played], holds: Callable[[Line, Outcome], bool]) -> float:
    return round(100 * sum(holds(*one) for one in played) / max(1, len(played)), 1)


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / max(1, len(values)), 1)


def shortcomings(found: Figures) -> list[str]:
    """What misses its target, of the whole gap and of what is ours of it."""
    bounds = (
        ("gap_p50", GAP_P50_MS, f"gap p50 ms (the vendors' own {found['least_p50']:g})"),
        ("gap_p95", GAP_P95_MS, f"gap p95 ms (the vendors' own {found['least_p95']:g})"),
        ("needless_p50", NEEDLESS_P50_MS, "needless p50 ms"),
        ("needless_p95", NEEDLESS_P95_MS, "needless p95 ms"),
    )
    short = [f"{what} {found[key]:g}, wanted under {most}" for key, most, what in bounds if found[key] >= most]
    if found["taken_early"] > CUT_OFF_PERCENT:
        short.append(f"cut off {found['taken_early']:g} %, wanted at most {CUT_OFF_PERCENT}")
    if found["unanswered"]:
        short.append(f"{found['unanswered']:g} lines unanswered")
    return short
