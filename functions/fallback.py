"""Where Twilio turns when the application does not answer: the caller is sent on to people, whatever else is broken.

It stands alone: the standard library, no table, no model, no agent file, and a configuration of its own. The caller
goes to a number, to a queue, or leaves a message; a number that does not answer and a queue that is full end in a
message too, which Twilio keeps among the account's recordings. Three requests come here: the fallback itself, and the
carrier's reports that the dialling (or queueing) or the recording is over.

Requests are checked by their signature. When the tokens themselves cannot be read the caller is served nevertheless:
what an unsigned request could learn is a number that the company has people answer, and what it would cost is the call.
"""

import base64
import binascii
import http.client
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from shared.wire import signature

VOICE: Final = "/fallback/voice"
SENT_ON: Final = "/fallback/sent-on"
RECORDED: Final = "/fallback/recorded"
HEALTH: Final = "/health"

RING_S: Final = 25
"""Less than most mailboxes wait, so that the message is ours to keep."""
MESSAGE_S: Final = 180
TOKENS_S: Final = 2.0

ASK: Final = "Please leave your name, your number and your message after the tone. Press pound when you are done."
THANKS: Final = "Thank you. We will call you back. Goodbye."
NOTHING: Final = "I did not hear anything. Please call again later. Goodbye."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fallback:
    """The whole configuration."""

    public_base_url: str
    """https://host, as Twilio calls it and signs it."""
    to: str
    """A number in E.164, `queue:` and a name, or `voicemail`. Anything else is taken for voicemail."""
    says: str
    """What the caller hears first."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        return cls(
            environment["PUBLIC_BASE_URL"].removesuffix("/"), environment["FALLBACK_TO"], environment["FALLBACK_SAYS"]
        )


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """One event of an API Gateway HTTP API (payload 2.0)."""
    fallback = Fallback.from_environment(os.environ)
    http_request = event["requestContext"]["http"]
    method, path = http_request["method"], event["rawPath"]
    if (method, path) == ("GET", HEALTH):
        return _reply(200, "ok", "text/plain")
    if method != "POST" or path not in (VOICE, SENT_ON, RECORDED):
        return _refused(404, "path")
    try:
        fields = _fields(event)
    except ValueError:
        return _refused(400, "form")
    query = event.get("rawQueryString", "")
    url = fallback.public_base_url + path + (f"?{query}" if query else "")
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    if not _is_signed(url, fields, headers.get(signature.HEADER.lower(), "")):
        return _refused(403, "signature")
    form = dict(fields)
    if "CallSid" not in form:
        return _refused(400, "call-sid")
    log.warning("caller_sent_on", extra={"path": path, "code": _digits(form.get("ErrorCode", ""))})
    return _reply(200, answer(fallback, path, form), "text/xml")


def answer(fallback: Fallback, path: str, form: Mapping[str, str]) -> str:
    """The document with which the call goes on. Never raises: there is nobody behind it to ask."""
    if path == RECORDED:
        return _document(_say(THANKS), "<Hangup/>")
    if path == SENT_ON:
        reached = form.get("DialCallStatus") == "completed" or form.get("QueueResult") in ("bridged", "hangup", "leave")
        return _document("<Hangup/>") if reached else _document(*_message(fallback))
    kind, _, name = fallback.to.partition(":")
    action = f'action="{escape(fallback.public_base_url + SENT_ON)}"'
    if kind.startswith("+"):
        return _document(_say(fallback.says), f'<Dial {action} timeout="{RING_S}">{_text(kind)}</Dial>')
    if kind == "queue" and name:
        return _document(_say(fallback.says), f"<Enqueue {action}>{_text(name)}</Enqueue>")
    return _document(_say(fallback.says), *_message(fallback))


def _message(fallback: Fallback) -> tuple[str, ...]:
    """Verbs that take a message; the last two run only if nothing was said."""
    action = escape(fallback.public_base_url + RECORDED)
    record = f'<Record action="{action}" maxLength="{MESSAGE_S}" finishOnKey="#" playBeep="true"/>'
    return _say(ASK), record, _say(NOTHING), "<Hangup/>"


def _say(text: str) -> str:
    return f"<Say>{_text(text)}</Say>"


def _text(text: str) -> str:
    """Text that XML can carry."""
    return escape("".join(char for char in text if char.isprintable()))


def _document(*verbs: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?><Response>' + "".join(verbs) + "</Response>"


def _fields(event: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The form as it came: blank fields kept, repeated ones kept. Raises ValueError."""
    body = event.get("body") or ""
    try:
        text = base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return tuple(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200))


def _is_signed(url: str, fields: Sequence[tuple[str, str]], given: str) -> bool:
    try:
        tokens = _auth_tokens()
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        log.error("signature_unchecked", extra={"error": type(error).__name__})
        return True
    return bool(given) and signature.is_valid(tokens, url, fields, given)


def _auth_tokens() -> tuple[str, ...]:
    """From AWS's own extension, which runs beside the Lambda and keeps secrets for five minutes.

    Its protocol: "AWS Parameters and Secrets Lambda Extension". Raises OSError, HTTPException, ValueError or KeyError
    if it has none to give.
    """
    port = int(os.environ.get("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773"))
    target = "/secretsmanager/get?" + urlencode({"secretId": os.environ["TWILIO_AUTH_TOKENS_SECRET"]})
    connection = http.client.HTTPConnection("localhost", port, timeout=TOKENS_S)
    try:
        connection.request("GET", target, headers={"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]})
        secret = json.loads(connection.getresponse().read())["SecretString"]
    finally:
        connection.close()
    tokens = tuple(part for part in map(str.strip, secret.split(",")) if part)
    if not tokens:
        raise ValueError("the secret is empty")
    return tokens


def _digits(text: str) -> str:
    """A code of Twilio's, or nothing."""
    return text if text.isascii() and text.isdigit() and len(text) < 8 else ""


def _refused(status: int, reason: str) -> dict[str, Any]:
    log.warning("fallback_refused", extra={"status": status, "reason": reason})
    return _reply(status, "", "text/plain")


def _reply(status: int, body: str, content_type: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": content_type}, "body": body}
