"""A telephone that is told what to do, at a carrier that tells what is heard."""

import json
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from websockets.sync.server import Server, ServerConnection, serve

from cli.carrier import Carrier, Json
from cli.handover.phones import Telephone, telephone


class Line:
    """The carrier's end: what it was told, and what it says is heard."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.call: dict[str, Any] = {"duration_ms": 0, "timeline": []}

    def serve(self, socket: ServerConnection) -> None:
        for message in socket:
            order = json.loads(message)
            self.told.append(order)
            if order["type"] == "dial":
                socket.send(json.dumps({"type": "ringing", "call_sid": "CA1"}))
            if order["type"] == "hangup":
                socket.send(json.dumps({"type": "ended", "status": "completed"}))

    def passes(self, ms: int) -> None:
        self.call["duration_ms"] += ms

    def sounds(self, who: str, ms: int) -> None:
        for speaking in (True, False):
            event = {"kind": "sound", "who": who, "speaking": speaking, "line_ms": self.call["duration_ms"]}
            self.call["timeline"].append(event)
            self.passes(ms if speaking else 0)


class AtLine(Carrier):
    def call(self, call_sid: str) -> Json:
        return LINES[self.url].call


LINES: dict[str, Line] = {}


def until(condition: Callable[[], bool], phone: Telephone) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
        phone.look()


@pytest.fixture
def line() -> Iterator[tuple[Line, Telephone]]:
    line = Line()
    server: Server = serve(line.serve, "127.0.0.1", 0)
    serving = Thread(target=server.serve_forever)
    serving.start()
    url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    LINES[url] = line
    try:
        with telephone(AtLine(url, "AC1", "token"), "Polly.Ruth-Neural") as phone:
            phone.dial("+14155550142", "+15550100125")
            until(lambda: phone.call_sid != "", phone)
            yield line, phone
    finally:
        server.shutdown()
        serving.join(5)
        del LINES[url]


def test_somebody_has_spoken_once_they_have_been_quiet_for_a_while(line: tuple[Line, Telephone]) -> None:
    carrier, phone = line
    carrier.sounds("agent", 2_000)
    phone.look()
    assert not phone.heard("agent")()
    carrier.passes(600)
    phone.look()
    assert phone.heard("agent")()
    assert not phone.heard("other")()


def test_what_was_heard_before_one_speaks_or_presses_is_no_answer_to_it(line: tuple[Line, Telephone]) -> None:
    carrier, phone = line
    carrier.sounds("agent", 2_000)
    carrier.passes(1_000)
    phone.look()
    phone.press("12")
    phone.look()
    assert not phone.heard("agent")()
    carrier.passes(100)
    carrier.sounds("agent", 1_000)
    carrier.passes(1_000)
    phone.look()
    assert phone.heard("agent")()
    assert phone.hears("agent", 1_500)()
    phone.say("Hello.")
    assert (phone.said, phone.has_spoken()) == (["Hello."], False)


def test_it_tells_the_carrier_what_it_does(line: tuple[Line, Telephone]) -> None:
    carrier, phone = line
    phone.press("7")
    phone.say("Hello.")
    phone.hang_up()
    until(lambda: phone.ended, phone)
    assert [order["type"] for order in carrier.told] == ["dial", "digit", "say", "hangup"]
    assert carrier.told[2] == {"type": "say", "text": "Hello.", "voice": "Polly.Ruth-Neural"}
