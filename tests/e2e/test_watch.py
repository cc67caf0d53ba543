"""The dashboard over whole calls: what the deployed functions and the streaming service log is counted and drawn."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from cli.laptop import Laptop
from cli.watch.board import Board
from cli.watch.definition import read
from cli.watch.logs import LogFolder
from tests.e2e.conftest import Calls

PATIENCE_S = 10
LOOK_EVERY_S = 0.2


def test_p6_whole_calls_are_on_the_dashboard(machine: Laptop, calls: Calls) -> None:
    board = Board(read(), LogFolder(machine.children.logs))
    deadline = time.monotonic() + PATIENCE_S
    while ended(whole(board)) < 4 and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    seen = whole(board)

    assert ended(seen) >= 4
    assert seen["Calls", "answered"] >= 4
    assert seen["Calls", "streams opened"] >= 4
    assert seen["Wait for the greeting", "p95"] > 0
    assert 0 < seen["Wait for an answer", "p50"] <= seen["Wait for an answer", "p99"]


def whole(board: Board) -> Mapping[tuple[str, str], float]:
    """What every line of every graph comes to, over all."""
    seen = board.look(round(1000 * datetime.now(UTC).timestamp()))
    lines = ((graph["title"], line) for graph in seen["graphs"] for line in graph["lines"])
    return {(title, line["label"]): line["whole"] or 0 for title, line in lines}


def ended(seen: Mapping[tuple[str, str], float]) -> float:
    return sum(count for (title, _), count in seen.items() if title == "How calls ended")
