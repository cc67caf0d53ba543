"""The benchmark of cold starts: what it says of the figures, and that a run gives some."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cold_start.__main__ import Figures, summed_up, verdict

ROOT = Path(__file__).parents[2]


def figures(start_ms: float, first_mb: float, warm_cpu_ms: float) -> Figures:
    return {"start_ms": start_ms, "first_mb": first_mb, "warm_cpu_ms": warm_cpu_ms}


HELLO = figures(200, 50, 0.2)


def test_within_all_bounds_the_verdict_is_ok_beside_the_hello_world() -> None:
    last = verdict({"webhooks": figures(180, 40, 1.25), "hello-world": HELLO})

    assert last == (
        "cold start 180 ms and 40 MB (hello-world: 200 and 50, ratio 0.90 and 0.80), warm request 1.25 ms of CPU: ok"
    )


@pytest.mark.parametrize(
    ("ours", "short"),
    [
        (figures(251, 40, 1), "251 ms to start, wanted 250"),
        (figures(180, 61, 1), "61 MB, wanted 60"),
        (figures(180, 40, 5.5), "5.5 ms of CPU a warm request, wanted 5"),
    ],
)
def test_each_bound_that_is_missed_is_named(ours: Figures, short: str) -> None:
    assert verdict({"webhooks": ours, "hello-world": HELLO}).endswith(f": short: {short}")


def test_runs_are_summed_up_by_medians_that_one_slow_process_does_not_move() -> None:
    runs = [{"start_ms": start, "warm_ms": [2.0, 4.0], "warm_cpu_ms": [1.0, 3.0]} for start in (10.0, 11.0, 900.0)]

    sums = summed_up(runs)

    assert (sums["start_ms"], sums["start_ms_least"]) == (11.0, 10.0)
    assert (sums["warm_cpu_ms"], sums["warm_ms"]) == (2.0, 3.0)


@pytest.mark.e2e
@pytest.mark.timeout(330)
def test_a_short_run_measures_both_and_ends_with_a_verdict(tmp_path: Path) -> None:
    results = tmp_path / "results.json"

    done = subprocess.run(
        [sys.executable, "-m", "bench.cold_start", "--runs", "1", "--warm", "3", "--results", str(results)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.stdout.splitlines()[-1].startswith("cold start "), done.stderr
    subjects = {subject["subject"]: subject for subject in json.loads(results.read_text())["subjects"]}
    assert set(subjects) == {"webhooks", "hello-world"}
    assert all(subject["start_ms"] > 0 and subject["first_mb"] > 0 for subject in subjects.values())
