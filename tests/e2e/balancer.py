"""A load balancer of loopback: new connections go to the next service that is ready, old ones stay where they are."""

import socket
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from threading import Thread

_CHUNK = 65_536
_READY_S = 2


def status(port: int, path: str) -> int:
    """What a service answers; 0 when it does not."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_READY_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


class Balancer:
    """Listens at `port`, on behalf of the services at the loopback ports `targets`, each in its turn."""

    def __init__(self, targets: Iterable[int]) -> None:
        self._targets = deque(targets)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []

    def add(self, target: int) -> None:
        self._targets.append(target)

    def serve(self) -> None:
        """Until closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                server = self._connect()
                if server is None:
                    client.close()
                    continue
                self._sockets.append(server)
                for source, sink in ((client, server), (server, client)):
                    Thread(target=_pump, args=(source, sink), daemon=True).start()

    def _connect(self) -> socket.socket | None:
        for _ in range(len(self._targets)):
            target = self._targets[0]
            self._targets.rotate(-1)
            if status(target, "/ready") == 200:
                with suppress(OSError):
                    server = socket.create_connection(("127.0.0.1", target), timeout=5)
                    server.settimeout(None)
                    return server
        return None

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._sockets:
            each.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Bytes one way; when one side has ended, so does the other."""
    with suppress(OSError):
        while chunk := source.recv(_CHUNK):
            sink.sendall(chunk)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def balancer(*targets: int) -> Iterator[Balancer]:
    one = Balancer(targets)
    thread = Thread(target=one.serve)
    thread.start()
    try:
        yield one
    finally:
        one.close()
        thread.join()
