"""`python -m rehearsal.faults`: the whole matrix at virtual time, or the parties named; ends with one line of figures.

The table goes to out/faults/faults.md, each cell with what the caller was told last.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from rehearsal.faults.cell import Cell, Outcome, play, prepare
from rehearsal.faults.trouble import Kind, Party, Phase

OUT: Final = Path("out/faults")
_WORKERS: Final = 2


def main(arguments: Sequence[str]) -> int:
    """0 when no cell is short."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("parties", nargs="*", type=Party, default=list(Party), metavar="party")
    parser.add_argument(
        "--lasts", type=float, default=float("inf"), metavar="S", help="each fault is over after so long"
    )
    parser.add_argument(
        "--pairs",
        action="store_true",
        help="recognition, voice and model have a stand-in each, with which every caller must reach their goal",
    )
    given = parser.parse_args(arguments)
    begun = time.monotonic()
    work = itertools.product(given.parties, Kind, Phase, [given.lasts])
    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), initializer=prepare) as pool:
        cells = list(pool.map(partial(play, pairs=given.pairs), *zip(*work, strict=True), chunksize=5))
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "faults.md").write_text("\n".join([*table(cells), "", *details(cells), ""]))
    print("\n".join(table(cells)))
    short = [cell for cell in cells if cell.short]
    counts = ", ".join(f"{sum(cell.outcome is outcome for cell in cells)} {outcome}" for outcome in Outcome)
    longest = max(cell.silence_ms for cell in cells)
    figures = f"{len(cells)} cells, {counts}, longest silence {longest} ms, {time.monotonic() - begun:.0f} s"
    print(f"faults: {figures}: {f'short: {len(short)} cells' if short else 'ok'}")
    return 1 if short else 0


def table(cells: Iterable[Cell]) -> list[str]:
    """A row for each party and kind, a column for each phase: longest silence and outcome; `!` marks what is short."""
    rows = ["| party | fault | " + " | ".join(Phase) + " |", "|---|---|" + "---|" * len(Phase)]
    for (party, kind), row in itertools.groupby(cells, lambda cell: (cell.party, cell.kind)):
        rows.append(f"| {party} | {kind} | " + " | ".join(_shown(cell) for cell in row) + " |")
    return rows


def details(cells: Iterable[Cell]) -> list[str]:
    rows = ["| party | fault | phase | outcome | silence | at | bookings | call | told last |", "|" + "---|" * 9]
    for cell in cells:
        silence = f"{cell.silence_ms} ms | {cell.silence_at_ms / 1000:.1f} s"
        times = f"{silence} | {cell.bookings} | {cell.duration_ms / 1000:.0f} s"
        rows.append(f"| {cell.party} | {cell.kind} | {cell.phase} | {_shown(cell)} | {times} | {cell.told} |")
    return rows


def _shown(cell: Cell) -> str:
    twice = f" {cell.bookings} bookings" if cell.bookings > 1 else ""
    idle = "" if cell.begun else " not begun"
    return f"{cell.silence_ms / 1000:.1f} s {cell.outcome}{twice}{idle}{' !' if cell.short else ''}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
