"""`switchboard watch`: the dashboard of a run, under way or over."""

import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from rich.console import Console

from cli.pages import pages
from cli.watch.alarms import State
from cli.watch.board import Board, Json
from cli.watch.definition import read
from cli.watch.logs import LogFolder, NothingToWatch
from cli.watch.page import routes


def watch(logs: Path, port: int, console: Console) -> tuple[str, list[str]]:
    """Serve until Ctrl-C; what was seen, and the alarms that ring. Raises NothingToWatch."""
    board = open_board(logs)
    with socket.create_server(("127.0.0.1", port)) as listener:
        config = uvicorn.Config(
            pages(routes(board)), log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )
        console.print(f"\n  Open http://127.0.0.1:{listener.getsockname()[1]}/ to watch {logs}. Ctrl-C ends it.\n")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    return _verdict(board.look(_now_ms()))


def open_board(logs: Path) -> Board:
    """The board of a run whose logs are in this folder. Raises NothingToWatch."""
    if not any(logs.glob("*.log")):
        raise NothingToWatch(f"{logs}: has no logs; run `make demo` or `make phone` first, or name the folder of a run")
    return Board(read(), LogFolder(logs))


def _verdict(seen: Json) -> tuple[str, list[str]]:
    rings = [f"{alarm['name']} rings" for alarm in seen["alarms"] if alarm["state"] == State.ALARM]
    found = sum(len(line["points"]) for graph in seen["graphs"] for line in graph["lines"])
    drawn = sum(any(line["points"] for line in graph["lines"]) for graph in seen["graphs"])
    return f"{found} points in {drawn} of {len(seen['graphs'])} graphs, {len(rings)} alarms ring", rings


def _now_ms() -> int:
    return round(1000 * datetime.now(UTC).timestamp())
