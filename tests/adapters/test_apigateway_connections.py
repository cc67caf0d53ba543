"""Against a server that speaks the management API: what it is sent, and what each answer of API Gateway's becomes."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import boto3
import pytest
from botocore.config import Config

from shared.adapters.apigateway_connections import ApiGatewayConnections
from shared.ports import Refused, Unavailable

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=5)


@contextmanager
def gateway(status: int, error: str = "") -> Iterator[tuple[ApiGatewayConnections, list[tuple[str, bytes]]]]:
    """One that answers everything so, and what it was sent."""
    sent: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield connections(f"http://127.0.0.1:{server.server_port}/desk"), sent
        finally:
            server.shutdown()
            thread.join()


def connections(url: str) -> ApiGatewayConnections:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("apigatewaymanagementapi", region_name="eu-west-1", endpoint_url=url, config=ONCE, **keys)
    return ApiGatewayConnections(client)


def test_a_message_is_sent_as_it_is_to_the_connection() -> None:
    with gateway(200) as (lines, sent):
        assert lines.send("L0SM9cOFvHcCIhw=", b'{"news":[]}')

    assert sent == [("/desk/@connections/L0SM9cOFvHcCIhw%3D", b'{"news":[]}')]


def test_a_connection_that_is_gone_is_no_fault() -> None:
    with gateway(410, "GoneException") as (lines, _):
        assert not lines.send("gone", b"{}")


@pytest.mark.parametrize(
    ("status", "error", "raised"),
    [
        (429, "LimitExceededException", Refused),
        (413, "PayloadTooLargeException", Refused),
        (403, "ForbiddenException", Refused),
        (500, "", Unavailable),
    ],
)
def test_every_other_answer_is_a_named_error(status: int, error: str, raised: type[Exception]) -> None:
    with gateway(status, error) as (lines, _), pytest.raises(raised):
        lines.send("c1", b"{}")


def test_a_gateway_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        connections("http://127.0.0.1:9/desk").send("c1", b"{}")
