"""A load balancer of one line: new connections go to whichever service is healthy, old ones stay where they are."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

_CHUNK = 65_536


class Balancer:
    """Listens at `port`; `target` is the loopback port that new connections go to."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []

    def serve(self) -> None:
        """Until closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                try:
                    server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                except OSError:
                    client.close()
                    continue
                server.settimeout(None)
                self._sockets.append(server)
                for source, sink in ((client, server), (server, client)):
                    Thread(target=_pump, args=(source, sink), daemon=True).start()

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
def balancer(target: int) -> Iterator[Balancer]:
    one = Balancer(target)
    thread = Thread(target=one.serve)
    thread.start()
    try:
        yield one
    finally:
        one.close()
        thread.join()
