"""`python -m rehearsal scenarios/*.yaml`: play them at virtual time; with `--real`, against the laptop in real time."""

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rehearsal.evidence import Evidence, shortcomings
from rehearsal.scenario import Day, Expect, Scenario, ScenarioError, read

type Player = Callable[[Scenario], tuple[Evidence, Expect, Day]]


def main(arguments: Sequence[str]) -> int:
    """Ends with one line of figures; 0 when every call went as its scenario expects."""
    parser = argparse.ArgumentParser(prog="rehearsal", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--real", action="store_true", help="against the laptop, in real time")
    parser.add_argument("--show", action="store_true", help="what was said")
    given = parser.parse_args(arguments)
    try:
        scenarios = {path: read(path) for path in given.files}
    except ScenarioError as error:
        print(error)
        return 1
    if given.real:
        scenarios = {path: scenario for path, scenario in scenarios.items() if not scenario.only_virtual}
    begun = time.monotonic()
    short, gaps, seconds = 0, [], 0.0
    with _real() if given.real else _virtual() as play:
        for path, scenario in scenarios.items():
            started = time.monotonic()
            seen, expect, day = play(scenario)
            wrong = shortcomings(expect, seen, day)
            short += bool(wrong)
            gaps += seen.heard_gaps_ms()
            seconds += seen.duration_ms / 1000
            took = f"{seen.duration_ms / 1000:.1f} s in {time.monotonic() - started:.2f} s"
            print(f"{path}: {scenario.title}: {took}: {'; '.join(wrong) or 'ok'}")
            if given.show:
                _show(seen)
    whole_s = time.monotonic() - begun
    median, longest = (statistics.median(gaps), max(gaps)) if gaps else (0, 0)
    waits = f"answers after {median:.0f} ms (median), {longest} at the longest"
    figures = f"{len(scenarios)} calls, {seconds:.0f} s of talk in {whole_s:.1f} s, {waits}"
    print(f"rehearse: {figures}: {f'short: {short} calls' if short else 'ok'}")
    return 1 if short else 0


def _show(seen: Evidence) -> None:
    for entry in seen.log:
        print(f"    {entry.at:%M:%S.%f} {entry.kind} {dict(entry.data)}")


@contextmanager
def _virtual() -> Iterator[Player]:
    from rehearsal.virtual_call import day_of, play

    yield lambda scenario: (play(scenario), scenario.expect, day_of(scenario))


@contextmanager
def _real() -> Iterator[Player]:
    from rehearsal.real_call import expected, laptop_up, play

    with laptop_up() as machine:
        day = Day.after(datetime.now(ZoneInfo(machine.agent.timezone)).date())
        yield lambda scenario: (play(machine, scenario, day), expected(scenario), day)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.exit(main(sys.argv[1:]))
