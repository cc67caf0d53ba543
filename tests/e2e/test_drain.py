"""Operations cost no call: `make drain` with fewer callers."""

from pathlib import Path

from cli.laptop import Laptop
from tests.e2e.drain import drain


def test_r6_sigterm_during_live_calls_loses_none(machine: Laptop, tmp_path: Path) -> None:
    report = drain(machine, 2, tmp_path, print)

    assert list(report.short) == []
    assert list(report.statuses) == [0, 0]
    assert report.calls == 5
