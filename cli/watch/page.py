"""Serves the dashboard's page, and what it shows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from cli.watch.board import PERIODS_S, Board

PAGES = Path(__file__).parents[2] / "web" / "watch"


def routes(board: Board) -> Sequence[BaseRoute]:
    """The page, and `board.json?period=`: everything on it at this moment, by periods of so many seconds."""

    async def look(request: Request) -> Response:
        period = request.query_params.get("period", "")
        if period not in ("", *map(str, PERIODS_S)):
            return JSONResponse({"period": f"give one of {', '.join(map(str, PERIODS_S))}"}, status_code=400)
        now_ms = round(1000 * datetime.now(UTC).timestamp())
        return JSONResponse(await run_in_threadpool(board.look, now_ms, int(period) if period else None))

    return [Route("/board.json", look), Mount("/", StaticFiles(directory=PAGES, html=True))]
