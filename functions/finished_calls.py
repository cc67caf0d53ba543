"""What the queue brings: calls that ended a while ago and payments that were made, each to be published as an event."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.core.attempt import AttemptKey
from shared.ports import CallStore, EventBus
from shared.ports.campaigns import ChainStore
from shared.ports.payments import PaymentStore
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.end_outbound import end_outbound, said_to_opt_out
from shared.usecases.opt_out import opt_out
from shared.usecases.publish_call import publish_call
from shared.usecases.publish_payment import publish_payment

_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")

log = logging.getLogger(__name__)

type Answer = Mapping[str, list[Mapping[str, str]]]


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
    call_sid, payment = _work(message["body"])
    about = {"call_sid": call_sid, "attempt": int(message["attributes"]["ApproximateReceiveCount"])}
    if call_sid is None:
        log.error("message_not_understood", extra=about)
        return False
    try:
        if payment is not None:
            publish_payment(deps.store, deps.payments, deps.bus, call_sid, payment, now=deps.now())
        else:
            _end(deps, call_sid)
            publish_call(deps.store, deps.bus, call_sid, transcript=deps.transcript(call_sid), now=deps.now())
    except Exception:
        log.exception("call_not_published", extra=about)
        return False
    return True


def _end(deps: Publisher, call_sid: str) -> None:
    """Of a call of ours, what its end may have left undone: by now its record is whole, and people are told of it."""
    call = deps.store.get(call_sid)
    if call is not None and call.assignment is not None:
        key = AttemptKey.read(call.assignment.attempt)
        said = said_to_opt_out(call, deps.store.log(call_sid))
        if said is not None:
            opt_out(deps.outgoing.ledger, deps.chains, deps.bus, call.caller, said.how, call_sid, said.at)
        end_outbound(deps.store, deps.outgoing, key, call_sid, call.status, call.ended_at or deps.now())


def _work(body: str) -> tuple[str | None, int | None]:
    """Which call, and which payment of it if it is about one; no call if that cannot be read."""
    try:
        match json.loads(body):
            case {"call_sid": str(call_sid), "payment": str(number)} if _CALL_SID.fullmatch(call_sid):
                return call_sid, int(number)
            case {"call_sid": str(call_sid)} if _CALL_SID.fullmatch(call_sid):
                return call_sid, None
    except ValueError:
        pass
    return None, None
