"""`make bench-planning`: a million people are planned by the calling rules, over a pure clock; prints the calendar.

    python -m bench.planning --people 1000000 --per-second 20

Everything is as it is in the product: the number's place, the person's file, every rule. Only the clock is made up, and
the people are.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.planning.calendar import Calendar
from bench.planning.contacts import people
from shared.core.rules.decide import decide
from shared.core.rules.law import RULEBOOK
from shared.core.rules.question import Question, Verdict

RESULTS = Path(__file__).parents[1] / "results" / "planning.json"
BEGINS = datetime(2026, 11, 23, 13, tzinfo=UTC)
"""A Monday, eight in the morning in New York; the Thursday is Thanksgiving."""
SHOWN_BY = ZoneInfo("America/New_York")
TARGET_CPU_S = 600
LOOKED_AT_AGAIN = 997
"""One plan of so many is asked about again at its time."""
BARS = " ▁▂▃▄▅▆▇█"


def planned(count: int, seed: int, per_second: int) -> tuple[Calendar, int]:
    """The calendar, and how many of the plans looked at again were not lawful."""
    calendar, wrong = Calendar(BEGINS, 60 * per_second), 0
    for number, question in enumerate(people(count, seed, BEGINS)):
        at = calendar.plan(question)
        if at is not None and number % LOOKED_AT_AGAIN == 0:
            wrong += not _lawful(question, at)
    return calendar, wrong


def _lawful(question: Question, at: datetime) -> bool:
    return decide(replace(question, now=at), RULEBOOK).verdict is Verdict.NOW


def lines(by_hour: Mapping[datetime, int]) -> list[str]:
    """A line for each day, by the clock of New York: how many, and how they lie over its hours."""
    most = max(by_hour.values(), default=1)
    days: dict[str, dict[int, int]] = {}
    for hour, count in by_hour.items():
        local = hour.astimezone(SHOWN_BY)
        of_day = days.setdefault(f"{local:%a %Y-%m-%d}", {})
        of_day[local.hour] = of_day.get(local.hour, 0) + count
    return [
        f"{day}  {sum(hours.values()):>9,}  |{''.join(_bar(hours.get(hour, 0), most) for hour in range(24))}|"
        f"  most in an hour {max(hours.values()):,}"
        for day, hours in days.items()
    ]


def _bar(count: int, most: int) -> str:
    return BARS[0] if not count else BARS[1 + (len(BARS) - 2) * count // most]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.planning", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--per-second", type=int, default=20, help="calls the line may begin")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go, as JSON")
    given = parser.parse_args()

    began, cpu = time.monotonic(), time.process_time()
    calendar, wrong = planned(given.people, given.seed, given.per_second)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    by_hour = calendar.by_hour()
    calls, never = sum(calendar.calls.values()), sum(calendar.never.values())
    print("day (New York)        calls   0h    6h    12h   18h")
    print("\n".join(lines(by_hour)))
    for title, counted in (("never, by", calendar.never), ("later, by", calendar.put_off)):
        print(f"{title}: {', '.join(f'{rule} {count:,}' for rule, count in counted.most_common(8))}")

    given.results.parent.mkdir(exist_ok=True)
    figures = {
        "people": given.people,
        "calls": calls,
        "never": dict(calendar.never.most_common()),
        "put_off": dict(calendar.put_off.most_common()),
        "decisions": calendar.asked,
        "seconds": round(took, 1),
        "cpu_s": round(cpu, 1),
        "by_hour": {hour.isoformat(): count for hour, count in by_hour.items()},
    }
    given.results.write_text(json.dumps(figures, indent=1) + "\n")
    short = [f"{wrong} planned calls are not lawful"] if wrong else []
    short += [f"{calls + never} of {given.people} planned"] if calls + never != given.people else []
    short += [f"{cpu:.0f} s of CPU, wanted {TARGET_CPU_S}"] if cpu > TARGET_CPU_S else []
    each_us = cpu / given.people * 1e6
    print(
        f"planning: {given.people:,} people, {calls:,} calls on {len(lines(by_hour))} days, {never:,} never,"
        f" {took:.0f} s, {cpu:.0f} s of CPU ({each_us:.0f} us each): {'short: ' + '; '.join(short) if short else 'ok'}"
    )
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
