"""Text messages beside the telephone in the browser."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from rich.console import Console

from cli.carrier import Carrier
from cli.phone import Texts

SENT: list[dict[str, str]] = []


class Lab(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"texts": SENT[::-1]}).encode())

    def log_request(self, code: object = "", size: object = "") -> None:
        """Not on the terminal."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Lab) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()
    SENT.clear()


def test_each_text_is_shown_once_oldest_first(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    texts = Texts(Carrier(url, "AC1", "token"), Console())
    shown = []
    for _ in range(2):
        SENT.extend({"from": "+15550100126", "to": "+14155550142", "body": f"[{len(SENT)}]"} for _ in range(2))
        texts.look()
        texts.look()
        shown.append([line.rpartition(" ")[2] for line in capsys.readouterr().out.splitlines()])

    assert shown == [["[0]", "[1]"], ["[2]", "[3]"]]


def test_a_carrier_that_is_gone_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Texts(Carrier("http://127.0.0.1:9", "AC1", "token"), Console()).look()
    assert capsys.readouterr().out == ""
