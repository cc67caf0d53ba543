"""Blocking requests over connections that are kept, with no more work for each than it needs; errors are botocore's."""

import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

from shared.wire.http_answers import Answer, AnswerReader, Malformed

_RECEIVE_BYTES: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}


class KeptConnections:
    """To the host of one URL, as many as threads ever needed at once. Certificates are the operating system's."""

    def __init__(self, url: str, *, connect_s: float) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        """As the Host header has it."""
        self._url = url
        self._address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._connect_s = connect_s
        self._idle: list[socket.socket] = []

    def ask(self, request: bytes, *, within_s: float, fresh: bool = False) -> Answer:
        """Send a whole request and wait for its whole answer; if `fresh`, over a new connection.

        Raises HTTPClientError, of which ReadTimeoutError and ConnectionClosedError are two, and ConnectionError, all of
        them botocore's.
        """
        connection = (None if fresh else self._kept()) or self._connected()
        try:
            with _named(self._url):
                answer = _answer(connection, request, within_s)
        except BaseException:
            connection.close()
            raise
        if answer.keep:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Once nobody waits for an answer."""
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> socket.socket | None:
        """The one used last that still stands."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not _readable(connection):
                return connection
            connection.close()

    def _connected(self) -> socket.socket:
        plain = None
        try:
            plain = socket.create_connection(self._address, self._connect_s)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._tls.wrap_socket(plain, server_hostname=self._address[0]) if self._tls else plain
        except OSError as error:
            if plain is not None:
                plain.close()
            if isinstance(error, TimeoutError):
                raise ConnectTimeoutError(endpoint_url=self._url) from None
            if isinstance(error, ssl.SSLError):
                raise SSLError(endpoint_url=self._url, error=error) from None
            raise EndpointConnectionError(endpoint_url=self._url) from None


def _readable(connection: socket.socket) -> bool:
    """Whether an idle connection was closed, or says what nobody asked for."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))


def _answer(connection: socket.socket, request: bytes, within_s: float) -> Answer:
    until = time.monotonic() + within_s
    connection.settimeout(within_s)
    connection.sendall(request)
    reader = AnswerReader()
    while True:
        data = connection.recv(_RECEIVE_BYTES)
        if not data:
            raise ConnectionResetError
        if (answer := reader.feed(data)) is not None:
            return answer
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        connection.settimeout(left_s)


@contextmanager
def _named(url: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise ReadTimeoutError(endpoint_url=url) from None
    except OSError:
        raise ConnectionClosedError(endpoint_url=url) from None
    except Malformed as error:
        raise HTTPClientError(error=error) from None
