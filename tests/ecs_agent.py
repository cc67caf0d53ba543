"""The ECS agent's task protection endpoint on loopback: what it is told, and what it answers."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

PROTECTED = {"protection": {"ProtectionEnabled": True, "TaskArn": "arn:aws:ecs:eu-west-1:123456789012:task/c/t"}}
BLOCKED = {"failure": {"Arn": "arn:aws:ecs:eu-west-1:123456789012:task/c/t", "Reason": "DEPLOYMENT_BLOCKED"}}
DENIED = {"error": {"Code": "AccessDeniedException", "Message": "not allowed"}}


@dataclass(slots=True)
class Agent:
    uri: str
    told: queue.Queue[tuple[str, dict[str, Any]]] = field(default_factory=queue.Queue)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """What it says next, in order; afterwards, that all is well."""


@contextmanager
def agent() -> Iterator[Agent]:
    class Endpoint(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = running.answers.pop(0) if running.answers else (200, PROTECTED)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())
            running.told.put((self.path, body))

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        running = Agent(f"http://127.0.0.1:{server.server_port}/api/6e6f")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
