"""A telephone at the carrier that does what it is told, when it is told (`local/carrier/phones/browser.py`)."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, Final
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from cli.carrier import Carrier

PAUSE_MS: Final = 550
"""Who has been quiet for so long has finished: more than between two sentences."""
OPEN_S: Final = 10

type Condition = Callable[[], bool]


class Telephone:
    """`number` is where it can be called. What is heard on its line is told by the carrier, from the sound alone."""

    def __init__(self, socket: ClientConnection, carrier: Carrier, voice: str, number: str) -> None:
        self._socket = socket
        self._carrier = carrier
        self._voice = voice
        self._number = number
        self._events: list[Mapping[str, Any]] = []
        self._since_ms = 0
        self._call: Mapping[str, Any] = {}
        self.call_sid = ""
        self.said: list[str] = []

    def dial(self, from_: str, to: str) -> None:
        self._tell(type="dial", **{"from": from_}, to=to)

    def answer(self) -> None:
        self._tell(type="answer")

    def press(self, digits: str) -> None:
        """Also ends what was waited for: what is heard from now on is an answer to it."""
        for digit in digits:
            self._tell(type="digit", digit=digit)
        self._since_ms = self._now_ms()

    def say(self, text: str) -> None:
        """Begin to speak; `has_spoken` tells when it is over."""
        self.said.append(text)
        self._since_ms = self._now_ms()
        self._tell(type="say", text=text, voice=self._voice)

    def hang_up(self) -> None:
        self._tell(type="hangup")

    def look(self) -> None:
        """Learn what has been heard on the line since the last time. Raises CarrierRefused."""
        if not self.call_sid and self._number and self.rings:
            self.call_sid = next((str(leg["call_sid"]) for leg in self._carrier.legs(self._number)), "")
        dialled = (str(event["call_sid"]) for event in self._events if "call_sid" in event)
        self.call_sid = self.call_sid or next(dialled, "")
        if self.call_sid:
            self._call = self._carrier.call(self.call_sid)

    @property
    def rings(self) -> bool:
        return self._told("ringing") > self._told("ended")

    @property
    def ended(self) -> bool:
        return self._told("ended") > 0

    def has_spoken(self) -> bool:
        """What it was told to say is said."""
        return self._finished("caller")

    def heard(self, who: str, pause_ms: int = PAUSE_MS) -> Condition:
        """That `who` (`agent` is what the account plays, `other` a person) has spoken since, and finished."""
        return lambda: self._finished(who, pause_ms)

    def hears(self, who: str, for_ms: int) -> Condition:
        """That `who` has begun to speak since, so long ago."""
        return lambda: any(
            event["speaking"] and event["line_ms"] > self._since_ms and self._now_ms() - event["line_ms"] >= for_ms
            for event in self._sounds(who)
        )

    def _sounds(self, who: str) -> list[Mapping[str, Any]]:
        return [event for event in self._call.get("timeline", ()) if event["kind"] == "sound" and event["who"] == who]

    def _finished(self, who: str, pause_ms: int = PAUSE_MS) -> bool:
        sounds = self._sounds(who)
        if not sounds or sounds[-1]["speaking"]:
            return False
        at_ms: int = sounds[-1]["line_ms"]
        return at_ms > self._since_ms and self._now_ms() - at_ms >= pause_ms

    def _now_ms(self) -> int:
        """On the call's own clock, when it was looked at last."""
        return int(self._call.get("duration_ms", 0))

    def _told(self, kind: str) -> int:
        return sum(event["type"] == kind for event in self._events)

    def _tell(self, **order: str) -> None:
        self._socket.send(json.dumps(order))

    def listen(self) -> None:
        """Take in what the carrier says, until the line is closed."""
        with suppress(ConnectionClosed):
            for message in self._socket:
                if isinstance(message, str):
                    self._events.append(json.loads(message))


@contextmanager
def telephone(carrier: Carrier, voice: str, number: str = "") -> Iterator[Telephone]:
    """Connected; it hangs up in the end."""
    address = f"{carrier.url.replace('http', 'ws', 1)}/lab/phone"
    with connect(f"{address}?number={quote(number)}" if number else address, open_timeout=OPEN_S) as socket:
        phone = Telephone(socket, carrier, voice, number)
        reader = Thread(target=phone.listen, daemon=True)
        reader.start()
        try:
            yield phone
        finally:
            socket.close()
            reader.join(OPEN_S)
