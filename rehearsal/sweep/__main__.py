"""`python -m rehearsal.sweep`: every blow to every effect of every scenario, then as many runs by the dice.

A run that is short is named by what runs it again: `--scenario opts-out --seed 7 --strike 41:killed-after`.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Final

from rehearsal.sweep.effects import Blow
from rehearsal.sweep.executions import Whims
from rehearsal.sweep.run import Order, run
from rehearsal.sweep.scenarios import SCENARIOS, Scenario
from rehearsal.sweep.worker import quiet, run_in_dynamodb

AT_LEAST: Final = 2000
_WORKERS: Final = 2
_SHOWN: Final = 20
_BY_NAME: Final = {scenario.name: scenario for scenario in SCENARIOS}


def dice(scenario: Scenario, seed: int) -> Order:
    """A run in which anything may happen: struck often, processes in between each other, wake-ups lost."""
    return Order(scenario, seed, often=0.03, width=3, whims=Whims(wake_lost=0.3, vanishes=0.02, twin=0.3))


def exhaustive(scenario: Scenario, every: int = 1) -> Iterator[Order]:
    """Every blow to every effect, or to every so-manieth."""
    for number in range(1, run(Order(scenario)).effects + 1, every):
        for blow in Blow:
            yield Order(scenario, strikes=((number, blow),))


def main(arguments: Sequence[str]) -> int:
    """Ends with one line of figures; 0 when no run is short, and there were enough."""
    parser = argparse.ArgumentParser(prog="sweep", description=__doc__)
    parser.add_argument("--scenario", choices=_BY_NAME, action="append", help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, help="of one run")
    parser.add_argument("--dice", action="store_true", help="the run of that seed in which anything may happen")
    parser.add_argument("--strike", type=_strike, action="append", default=[], metavar="EFFECT:BLOW")
    parser.add_argument("--runs", type=int, default=1000, help="by the dice, besides the others")
    parser.add_argument("--in-dynamodb", type=int, default=60, metavar="RUNS", help="of them, by the adapters too")
    given = parser.parse_args(arguments)
    quiet()
    scenarios = [_BY_NAME[name] for name in given.scenario or _BY_NAME]
    begun = time.monotonic()
    if given.seed is not None:
        orders = [dice(s, given.seed) if given.dice else Order(s, given.seed, tuple(given.strike)) for s in scenarios]
    else:
        orders = [order for scenario in scenarios for order in exhaustive(scenario)]
        orders += [dice(scenarios[seed % len(scenarios)], seed) for seed in range(given.runs)]
    adapters = Random(0).sample(orders, min(given.in_dynamodb, len(orders)))
    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), initializer=quiet) as pool:
        ran = [*pool.map(run, orders, chunksize=20), *pool.map(run_in_dynamodb, adapters, chunksize=5)]
    short = [one for one in ran if one.short]
    for one in short[:_SHOWN]:
        print(f"{one.order}: {'; '.join(one.short)}")
    enough = given.seed is not None or given.scenario is not None or len(ran) >= AT_LEAST
    rings, effects = sum(one.rings for one in ran), sum(one.effects for one in ran)
    figures = f"{len(ran)} runs ({len(adapters)} of them in DynamoDB), {effects} effects, {rings} rings"
    wrong = f"short: {len(short)} runs" if short else "ok" if enough else f"short: fewer than {AT_LEAST} runs"
    print(f"sweep: {figures}, {time.monotonic() - begun:.0f} s: {wrong}")
    return 0 if wrong == "ok" else 1


def _strike(text: str) -> tuple[int, Blow]:
    number, _, blow = text.partition(":")
    return int(number), Blow(blow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
