"""What the figures of many transfers are, and when they fall short."""

from dataclasses import replace
from typing import Any

from bench.transfer.__main__ import columns, percentiles, shortcomings
from bench.transfer.stage import Transferred
from cli.handover.evidence import Timings

GOOD = Transferred(Timings(200, -1_800, 2_000, 90, 300, 1_200, None), finished=True, waited_s=12.0, requests=3)


def late(**changes: int | None) -> Transferred:
    fields: dict[str, Any] = dict(changes)
    return replace(GOOD, timings=replace(GOOD.timings, **fields))


def test_percentiles_lie_among_what_was_measured() -> None:
    assert percentiles([7]) == (7, 7, 7)
    p50, p95, most = percentiles([*range(1, 101)])
    assert (round(p50), round(p95), most) == (50, 95, 100)


def test_what_was_not_measured_is_in_no_column() -> None:
    assert columns([GOOD.timings, late(whisper_ms=None).timings])["whisper_ms"] == [300]
    assert "suggestion_ms" not in columns([GOOD.timings])


def test_one_late_in_twenty_is_let_pass_and_two_are_not() -> None:
    assert shortcomings([GOOD] * 40 + [late(whisper_ms=900)], 41) == []
    (short,) = shortcomings([GOOD] * 18 + [late(whisper_ms=900)] * 2, 20)
    assert short.startswith("picked up -> whisper: p95")


def test_a_caller_who_reached_nobody_and_a_page_that_was_told_nothing_fall_short() -> None:
    lost = replace(GOOD, finished=False)
    assert shortcomings([GOOD, lost], 2) == ["1 of 2 callers did not reach anybody"]
    assert shortcomings([GOOD, late(desk_ms=None)], 2) == ["order to ring -> on the desk: not measured in 1 calls"]
