"""What the queue brings from the bus: calls that are over, each to be noted in the CRM."""

import json
import logging
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any

from functions.aws import clients
from shared import observability
from shared.adapters.aws_settings import AwsSettings
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.hubspot import HubSpot
from shared.settings import CrmSettings
from shared.usecases.tell_crm import Notes, tell_crm

SERVICE = "crm"

log = logging.getLogger(__name__)

type Answer = Mapping[str, list[Mapping[str, str]]]


def note(event: Mapping[str, Any], context: object) -> Answer:
    """One batch of the queue."""
    settings = CrmSettings.from_environment(_environment().at(time.monotonic()))
    return note_all(_notes(settings), event)


def note_all(notes: Notes, event: Mapping[str, Any]) -> Answer:
    """Note the calls of one batch, and answer which messages failed: those come again, the others do not."""
    failed = [message["messageId"] for message in event["Records"] if not _noted(notes, message)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _noted(notes: Notes, message: Mapping[str, Any]) -> bool:
    attempt = int(message["attributes"]["ApproximateReceiveCount"])
    try:
        told = json.loads(message["body"])
        tell_crm(notes, told["detail-type"], told["detail"])
    except Exception:
        log.exception("crm_not_told", extra={"attempt": attempt})
        return False
    return True


@cache
def _environment() -> AwsSettings:
    observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
    return AwsSettings(os.environ, clients(os.environ.get("AWS_REGION")))


@lru_cache(maxsize=1)
def _notes(settings: CrmSettings) -> Notes:
    return Notes(
        crm=HubSpot(settings.hubspot_api_key, url=settings.hubspot_api_url),
        store=DynamoDbCalls(clients(settings.aws_region)("dynamodb"), settings.calls_table),
        now=partial(datetime.now, UTC),
    )
