"""What the queue brings: a company's own events, each of which begins a chain, changes one, or ends it."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.adapters.event_schemas import BadEvent, EventSchemas
from shared.ports.executions import Executions
from shared.usecases.chain_accept import Accepted, Unacceptable

log = logging.getLogger(__name__)

ONE_MS: Final = 4_000
"""What one event may take when a table is slow: a second each for the requests that it makes."""

type Answer = Mapping[str, list[Mapping[str, str]]]
type Accept = Callable[[str, Mapping[str, Any], datetime], Accepted]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What events are accepted with."""

    schemas: EventSchemas
    accept: Accept
    executions: Executions


def take(deps: Acceptance, event: Mapping[str, Any], left_ms: Callable[[], int]) -> Answer:
    """Accept the events of one batch, and answer which messages failed: those come again, the others do not.

    `left_ms` is how long this may still take. What is not begun in time comes again, instead of the whole batch.
    """
    failed = [message["messageId"] for message in event["Records"] if left_ms() < ONE_MS or not _taken(deps, message)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _taken(deps: Acceptance, message: Mapping[str, Any]) -> bool:
    """Whatever was done before is found done. A message that fails again and again is kept with the dead letters."""
    about: dict[str, object] = {"attempt": int(message["attributes"]["ApproximateReceiveCount"])}
    try:
        kind, at, told = _read(message["body"])
        detail = deps.schemas.check(kind, told)
        about["kind"] = kind
        accepted = deps.accept(kind, detail, at)
        if accepted.start:
            deps.executions.start(accepted.chain, {"chain": accepted.chain})
    except BadEvent as error:
        log.error("event_refused", extra={**about, "field": error.field, "reason": error.rule})
        return False
    except Unacceptable:
        log.exception("event_unacceptable", extra=about)
        return False
    except Exception:
        log.exception("event_not_accepted", extra=about)
        return False
    log.info("event_accepted", extra=about)
    return True


def _read(body: str) -> tuple[str, datetime, object]:
    """Kind, time and detail of an event as EventBridge delivers it. Raises BadEvent."""
    try:
        match json.loads(body):
            case {"detail-type": str(kind), "time": str(at), "detail": detail}:
                return kind, datetime.fromisoformat(at), detail
    except ValueError:
        pass
    raise BadEvent("event", "format", "is not as EventBridge delivers one")
