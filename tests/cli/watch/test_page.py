from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from cli.pages import pages
from cli.watch.command import open_board
from cli.watch.logs import NothingToWatch
from cli.watch.page import routes
from tests.cli.watch.lines import line, write


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    write(tmp_path, line("call_created", service="telephony"))
    transport = httpx.ASGITransport(pages(routes(open_board(tmp_path))))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_the_page_and_its_figures_are_served(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/")
    assert "Switchboard watch" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    board = (await browser.get("/board.json", params={"period": "300"})).json()
    assert (board["period_s"], board["graphs"][0]["lines"][0]["whole"]) == (300, 1)
    assert (await browser.get("/board.json?period=")).json()["period_s"] == 10


async def test_another_period_or_a_foreign_host_is_refused(browser: httpx.AsyncClient) -> None:
    refused = await browser.get("/board.json?period=7")
    assert (refused.status_code, refused.json()) == (400, {"period": "give one of 10, 60, 300"})
    assert (await browser.get("/", headers={"Host": "evil.example"})).status_code == 400


def test_a_folder_without_logs_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingToWatch, match="has no logs; run `make demo`"):
        open_board(tmp_path / "nowhere")
