"""moto's DynamoDB over a socket, for a client that is not botocore: the tables are those of `mock_aws` here."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from botocore.awsrequest import AWSPreparedRequest
from moto.core.botocore_stubber import BotocoreStubber

from shared.dynamodb_client import DynamoDbClient

_ENDPOINT = "https://dynamodb.eu-west-1.amazonaws.com/"


@contextmanager
def live_client() -> Iterator[DynamoDbClient]:
    """The client of the live loop, on the tables that boto3's client finds within `mock_aws`."""
    with moto_served() as url, closing(DynamoDbClient.of_environment("eu-west-1", endpoint=url)) as client:
        yield client


@contextmanager
def moto_served() -> Iterator[str]:
    """Its URL. One request at a time, as moto wants it."""
    stubber, lock = BotocoreStubber(), Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = AWSPreparedRequest("POST", _ENDPOINT, dict(self.headers), body, False)
            with lock:
                answered = stubber.process_request(request)
            assert answered is not None
            status, headers, answer = answered
            content = answer.encode() if isinstance(answer, str) else answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name in ("x-amz-crc32", "x-amzn-requestid"):
                self.send_header(name, headers[name])
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()
