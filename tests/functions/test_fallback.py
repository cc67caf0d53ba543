"""When the application does not answer: real signed events in, TwiML out, with AWS's secrets extension on loopback."""

import ast
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions import fallback
from functions.fallback import RECORDED, SENT_ON, VOICE, Fallback, answer, handler
from tests.functions.carrier import AUTH_TOKEN, CALL, OLD_TOKEN, PUBLIC, RINGING, event

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tokens-AbCdEf"
FAILED = {**RINGING, "ErrorCode": "11200", "ErrorUrl": f"{PUBLIC}/twilio/voice"}
SAYS = "We are having trouble with our phones. I will put you through."


@contextmanager
def extension(value: str | None) -> Iterator[int]:
    """AWS's Parameters and Secrets extension, as documented; gives its port. None: the secret is denied."""

    class Secrets(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query).get("secretId")
            allowed = self.headers["X-Aws-Parameters-Secrets-Token"] == "session" and asked == [SECRET]
            body = json.dumps({"SecretString": value} if allowed and value is not None else {"Message": "denied"})
            self.send_response(200 if allowed and value is not None else 400)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", 0), Secrets) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PUBLIC_BASE_URL", PUBLIC)
    monkeypatch.setenv("FALLBACK_TO", "+15550100199")
    monkeypatch.setenv("FALLBACK_SAYS", SAYS)
    monkeypatch.setenv("TWILIO_AUTH_TOKENS_SECRET", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    with extension(f"{AUTH_TOKEN}, {OLD_TOKEN}") as port:
        monkeypatch.setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", str(port))
        yield


def verbs(reply: dict[str, Any]) -> list[tuple[str, str | None]]:
    assert reply["statusCode"] == 200
    assert reply["headers"]["content-type"] == "text/xml"
    return [(verb.tag, verb.text) for verb in ElementTree.fromstring(reply["body"])]


@pytest.mark.usefixtures("_environment")
def test_t6_a_caller_whose_call_we_could_not_answer_reaches_the_companys_number() -> None:
    reply = handler(event(VOICE, FAILED), None)

    assert verbs(reply) == [("Say", SAYS), ("Dial", "+15550100199")]
    assert f'action="{PUBLIC}{SENT_ON}"' in reply["body"]


@pytest.mark.usefixtures("_environment")
def test_a_signed_form_that_is_of_no_call_is_refused_and_counts_as_no_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert handler(event(VOICE, {"CallStatus": "completed"}), None)["statusCode"] == 400
    assert "caller_sent_on" not in [record.message for record in caplog.records]


@pytest.mark.usefixtures("_environment")
def test_t6_a_caller_reaches_a_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FALLBACK_TO", "queue:support")

    assert verbs(handler(event(VOICE, FAILED), None)) == [("Say", SAYS), ("Enqueue", "support")]


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("to", ["voicemail", "", "queue:", "nonsense"])
def test_t6_a_caller_leaves_a_message_when_there_is_nobody_to_send_them_to(
    to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FALLBACK_TO", to)

    names = [name for name, _ in verbs(handler(event(VOICE, FAILED), None))]

    assert names == ["Say", "Say", "Record", "Say", "Hangup"]


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("outcome", ["busy", "no-answer", "failed", "canceled"])
def test_a_number_that_does_not_answer_ends_in_a_message(outcome: str) -> None:
    names = [name for name, _ in verbs(handler(event(SENT_ON, {**CALL, "DialCallStatus": outcome}), None))]

    assert "Record" in names


@pytest.mark.usefixtures("_environment")
def test_a_full_queue_ends_in_a_message() -> None:
    names = [name for name, _ in verbs(handler(event(SENT_ON, {**CALL, "QueueResult": "queue-full"}), None))]

    assert "Record" in names


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("report", [{"DialCallStatus": "completed"}, {"QueueResult": "bridged"}])
def test_a_caller_who_spoke_to_a_person_is_not_asked_for_a_message(report: dict[str, str]) -> None:
    assert verbs(handler(event(SENT_ON, {**CALL, **report}), None)) == [("Hangup", None)]


@pytest.mark.usefixtures("_environment")
def test_a_message_is_thanked_for() -> None:
    recorded = {**CALL, "RecordingUrl": "https://api.twilio.com/recordings/RE1", "RecordingDuration": "9"}

    assert verbs(handler(event(RECORDED, recorded), None)) == [("Say", fallback.THANKS), ("Hangup", None)]


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("base64", [True, False])
def test_the_signature_holds_over_query_blanks_and_either_encoding(base64: bool) -> None:
    fields = [*FAILED.items(), ("Blank", ""), ("Twice", "1"), ("Twice", "2")]
    signed = event(VOICE, fields, query="a=1&b", base64=base64)

    assert handler(signed, None)["statusCode"] == 200
    assert handler({**signed, "rawQueryString": "a=1"}, None)["statusCode"] == 403


@pytest.mark.usefixtures("_environment")
def test_t3_what_the_carrier_did_not_sign_is_refused() -> None:
    unsigned, forged = event(VOICE, FAILED), event(VOICE, FAILED)
    del unsigned["headers"]["x-twilio-signature"]
    forged["headers"]["x-twilio-signature"] = event(SENT_ON, FAILED)["headers"]["x-twilio-signature"]

    assert [handler(request, None)["statusCode"] for request in (unsigned, forged)] == [403, 403]


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("secret", [None, "", " , "])
def test_a_caller_is_served_even_when_the_tokens_cannot_be_read(
    secret: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with extension(secret) as port:
        monkeypatch.setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", str(port))
        reply = handler(event(VOICE, FAILED), None)

    assert ("Dial", "+15550100199") in verbs(reply)
    assert "signature_unchecked" in caplog.messages


@pytest.mark.usefixtures("_environment")
def test_a_caller_is_served_even_when_the_extension_is_gone(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", str(unused_tcp_port))

    assert ("Dial", "+15550100199") in verbs(handler(event(VOICE, FAILED), None))


@pytest.mark.usefixtures("_environment")
def test_anything_else_is_turned_away() -> None:
    other = event("/", FAILED)
    got = event(VOICE, FAILED, method="GET")
    mangled = {**event(VOICE, FAILED), "body": "%%%"}

    assert [handler(request, None)["statusCode"] for request in (other, got, mangled)] == [404, 404, 400]
    assert handler(event(fallback.HEALTH, {}, method="GET"), None)["statusCode"] == 200


@pytest.mark.usefixtures("_environment")
def test_nothing_of_the_caller_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    handler(event(VOICE, {**FAILED, "ErrorCode": "+14155550142"}), None)

    assert all("4155550142" not in str(record.__dict__) for record in caplog.records)


FORMS = st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([VOICE, SENT_ON, RECORDED]), FORMS, st.text(), st.text(alphabet=st.characters(codec="utf-8")))
def test_t6_whatever_comes_the_call_goes_on_with_a_document_twilio_can_read(
    path: str, form: dict[str, str], to: str, says: str
) -> None:
    document = ElementTree.fromstring(answer(Fallback(PUBLIC, to, says), path, form))

    assert document.tag == "Response"
    assert len(document) > 0


@pytest.mark.usefixtures("_environment")
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.binary().map(str)), st.booleans(), st.text())
def test_no_event_brings_it_down(body: str, encoded: bool, query: str) -> None:
    request = {**event(VOICE, FAILED), "body": body, "isBase64Encoded": encoded, "rawQueryString": query}

    assert handler(request, None)["statusCode"] in (400, 403)


def test_it_needs_nothing_but_the_standard_library_and_the_signature() -> None:
    tree = ast.parse(Path(str(fallback.__file__)).read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported - set(sys.stdlib_module_names) == {"shared"}
