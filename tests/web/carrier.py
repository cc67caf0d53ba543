"""A carrier for one browser phone, scripted by the test: the protocol of `local/carrier/phones/browser.py`."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from urllib.parse import quote

from websockets.sync.server import ServerConnection, serve

PATIENCE_S = 10.0


class FakeCarrier:
    """`orders` are the page's JSON messages, `sound` what its microphone sent.

    The page keeps one line for those who call it, and opens another for each call it makes.
    """

    def __init__(self) -> None:
        self.url = ""
        self.orders: list[dict[str, str]] = []
        self.sound = bytearray()
        self._news = Event()
        self._socket: ServerConnection | None = None
        self._reached: ServerConnection | None = None

    def tell(self, **event: str) -> None:
        assert self._socket is not None
        self._socket.send(json.dumps(event))

    def ring(self, number: str) -> None:
        """Somebody calls the page, which goes on with that call."""
        self._until(lambda: self._reached is not None, "line to be called on")
        assert self._reached is not None
        assert self._reached.request is not None
        assert self._reached.request.path.endswith(f"?number={quote(number, safe='')}")
        self._socket = self._reached
        self.tell(type="ringing")

    def play(self, ulaw: bytes) -> None:
        assert self._socket is not None
        for at in range(0, len(ulaw), 160):
            self._socket.send(ulaw[at : at + 160])

    def drop(self) -> None:
        """The connection breaks."""
        assert self._socket is not None
        self._socket.close(1011)

    def expect(self, **order: str) -> None:
        """Wait for this message of the page."""
        self._until(lambda: order in self.orders, f"{order} among {self.orders}")

    def expect_sound(self, bytes_: int) -> None:
        self._until(lambda: len(self.sound) >= bytes_, f"{bytes_} bytes of sound")

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        for _ in range(int(PATIENCE_S * 20)):
            if condition():
                return
            self._news.wait(0.05)
            self._news.clear()
        raise AssertionError(f"no {what}")

    def talk(self, socket: ServerConnection) -> None:
        """One connection of the page, to its end."""
        if socket.request is not None and "?number=" in socket.request.path:
            self._reached = socket
        else:
            self._socket = socket
        for message in socket:
            if isinstance(message, bytes):
                self.sound += message
            else:
                self.orders.append(json.loads(message))
            self._news.set()


@contextmanager
def carrier() -> Iterator[FakeCarrier]:
    fake = FakeCarrier()
    with serve(fake.talk, "127.0.0.1", 0, compression=None) as server:
        fake.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/lab/phone"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
