"""What the queue brings: calls that ended a while ago, payments and opt-outs, each to be published as an event."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from shared.core.attempt import AttemptKey
from shared.ports import CallStore, EventBus
from shared.ports.campaigns import ChainStore
from shared.ports.payments import PaymentStore
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.call_back import publish_call_back
from shared.usecases.end_outbound import end_outbound
from shared.usecases.opt_out import tell_opt_out
from shared.usecases.publish_call import publish_call
from shared.usecases.publish_payment import publish_payment

_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")

log = logging.getLogger(__name__)

type Answer = Mapping[str, list[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Finished:
    """A call that ended a while ago."""

    call_sid: str


@dataclass(frozen=True, slots=True)
class Captured:
    """A payment that was made in a call."""

    call_sid: str
    payment: int


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Somebody who does not want to be called again."""

    number: str


type Work = Finished | Captured | OptedOut


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishing works with."""

    store: CallStore
    bus: EventBus
    transcript: Callable[[str], Mapping[str, str]]
    """Where a call's log is, by its sid."""
    now: Callable[[], datetime]
    payments: PaymentStore
    outgoing: Outgoing
    """What calls of ours are known by."""
    chains: ChainStore


def publish(deps: Publisher, event: Mapping[str, Any]) -> Answer:
    """Publish the calls of one batch, and answer which messages failed: those come again, the others do not."""
    failed = [message["messageId"] for message in event["Records"] if not _published(deps, message)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _published(deps: Publisher, message: Mapping[str, Any]) -> bool:
    work = _work(message["body"])
    about: dict[str, object] = {"attempt": int(message["attributes"]["ApproximateReceiveCount"])}
    try:
        match work:
            case Finished(call_sid):
                about["call_sid"] = call_sid
                _end(deps, call_sid)
                publish_call(deps.store, deps.bus, call_sid, transcript=deps.transcript(call_sid), now=deps.now())
                publish_call_back(deps.store, deps.bus, call_sid, now=deps.now())
            case Captured(call_sid, payment):
                about["call_sid"] = call_sid
                publish_payment(deps.store, deps.payments, deps.bus, call_sid, payment, now=deps.now())
            case OptedOut(number):
                about["called"] = number
                tell_opt_out(deps.outgoing.ledger, deps.chains, deps.bus, number)
            case None:
                log.error("message_not_understood", extra=about)
                return False
            case _:
                assert_never(work)
    except Exception:
        log.exception("not_published", extra=about)
        return False
    return True


def _end(deps: Publisher, call_sid: str) -> None:
    """Of a call of ours, what its end may have left undone: by now its record is whole, and people are told of it."""
    call = deps.store.get(call_sid)
    if call is not None and call.assignment is not None:
        key = AttemptKey.read(call.assignment.attempt)
        end_outbound(deps.store, deps.outgoing, key, call_sid, call.status, call.ended_at or deps.now())


def _work(body: str) -> Work | None:
    """None if that cannot be read."""
    try:
        match json.loads(body):
            case {"call_sid": str(call_sid), "payment": str(payment)} if _CALL_SID.fullmatch(call_sid):
                return Captured(call_sid, int(payment))
            case {"call_sid": str(call_sid)} if _CALL_SID.fullmatch(call_sid):
                return Finished(call_sid)
            case {"opted_out": str(number)}:
                return OptedOut(number)
    except ValueError:
        pass
    return None
