"""As much of AWS as answering a call needs, over HTTP: secret, parameter, and a table where every write succeeds."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

AUTH_TOKEN = "cold-start"
STREAM_URL = "wss://media.example.com/media"

_ANSWERS: dict[str, dict[str, Any]] = {
    "GetSecretValue": {"SecretString": AUTH_TOKEN},
    "GetParameter": {"Parameter": {"Value": STREAM_URL}},
}


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.dumps(_ANSWERS.get(operation) or _written(request)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *what: object) -> None:
        """Nothing: a line a request would be in the figures."""


def _written(request: dict[str, Any]) -> dict[str, Any]:
    """A table's answer to a write: the row, by the values it was given under their own names."""
    return {"Attributes": {name[1:]: value for name, value in request.get("ExpressionAttributeValues", {}).items()}}


@contextmanager
def account() -> Iterator[str]:
    """The address of the stand-in while the context is open."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, name="account")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
