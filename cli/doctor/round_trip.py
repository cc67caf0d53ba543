"""What Twilio would meet: the addresses answer, what it signs is let in, and what it does not sign is not.

Nothing is changed by it. A form without a CallSid passes the signature's check and is then refused (400), while one
that is not signed is refused before (403); a stream that is opened and closed again belongs to no call.
"""

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from cli.deployed.secret_values import read_secret
from cli.deployed.stacks import FALLBACK, STATUS, Deployed, Place
from cli.doctor.finding import Check, Finding, Group, note, ok, warning, wrong
from cli.doctor.probe import Unreachable, ask
from shared.wire import signature

_FORM: Final = {"CallStatus": "completed"}
_AGAIN: Final = "new keys are taken up within 5 minutes; if it stays so, `make deploy` again"


def checks(aws: Aws, deployed: Deployed) -> list[Check]:
    """For every address there is."""
    found: list[Check] = []
    with suppress(Refusal):
        url, place = deployed.webhook_url, deployed.webhook_tokens
        found.append(Check(Group.ROUND_TRIP, "Webhooks", lambda: _webhooks("webhooks", aws, url, STATUS, place)))
    with suppress(Refusal):
        away, own = deployed.fallback_url, deployed.fallback_tokens
        found.append(Check(Group.ROUND_TRIP, "Fallback", lambda: _webhooks("fallback", aws, away, FALLBACK, own)))
    if deployed.stream_url:
        stream, tokens = deployed.stream_url, deployed.webhook_tokens
        found.append(Check(Group.ROUND_TRIP, "Streams", lambda: _stream(aws, stream, tokens)))
    return found


def _webhooks(who: str, aws: Aws, url: str, path: str, place: Place) -> Iterator[Finding]:
    logs = f"see the log of the {who}' Lambda in CloudWatch".replace("fallback'", "fallback's")
    try:
        health = ask("GET", f"{url}/health")
        if health != HTTPStatus.OK:
            yield wrong(f"{who}: {url}/health answers {health}", logs)
            return
        yield ok(f"{who} answer at {url}" if who == "webhooks" else f"{who} answers at {url}")
        unsigned = ask("POST", url + path, _FORM)
        signed = _signed(aws, place, lambda token: ask("POST", url + path, _FORM, _header(token, url + path, _FORM)))
    except Unreachable as error:
        yield wrong(f"{who}: {url} cannot be reached: {error}", "is it deployed, and the network of this machine open?")
        return
    yield _judged(who, unsigned, signed, accepted=HTTPStatus.BAD_REQUEST, logs=logs)


def _stream(aws: Aws, url: str, place: Place) -> Iterator[Finding]:
    logs = "see the log of the streaming service in CloudWatch"
    base = url.rpartition("/")[0].replace("ws", "http", 1)
    try:
        ready = ask("GET", f"{base}/ready")
        if ready == HTTPStatus.SERVICE_UNAVAILABLE:
            yield warning("streams: the task that answered takes no more calls", "wait for a deployment to be over")
            return
        if ready != HTTPStatus.OK:
            yield wrong(f"streams: {base}/ready answers {ready}", logs)
            return
        yield ok(f"streams answer at {url}")
        unsigned = ask("GET", url, headers=_upgrade())
        signed = _signed(aws, place, lambda token: ask("GET", url, headers=_upgrade() | _header(token, url, {})))
    except Unreachable as error:
        yield wrong(f"streams: {url} cannot be reached: {error}", "is Stream deployed, and a domain's record in place?")
        return
    yield _judged("streams", unsigned, signed, accepted=HTTPStatus.SWITCHING_PROTOCOLS, logs=logs)


def _judged(who: str, unsigned: int, signed: int | None, *, accepted: int, logs: str) -> Finding:
    if max(unsigned, signed or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return wrong(f"{who}: a request fails with {max(unsigned, signed or 0)}", logs)
    if unsigned != HTTPStatus.FORBIDDEN:
        return wrong(f"{who}: what Twilio did not sign is not refused ({unsigned})", logs)
    if signed is None:
        return note(f"{who}: what is not signed is refused; there is no token yet to sign with")
    if signed != accepted:
        return wrong(f"{who}: what Twilio signs is not let in ({signed})", _AGAIN)
    return ok(f"{who}: what Twilio signs is let in, anything else is refused")


def _signed(aws: Aws, place: Place, send: Callable[[str], int]) -> int | None:
    """What is answered to the token in use; None if there is none."""
    tokens = read_secret(aws, place).tokens
    return send(tokens[0]) if tokens else None


def _header(token: str, url: str, fields: Mapping[str, str]) -> dict[str, str]:
    return {signature.HEADER: signature.sign(token, url, fields.items())}


def _upgrade() -> dict[str, str]:
    """A WebSocket's first request (RFC 6455)."""
    key = base64.b64encode(os.urandom(16)).decode()
    return {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
