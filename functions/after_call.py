"""The two Lambdas after a call: settings to adapters to what they do. Importing this module builds nothing."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from functions import ended_calls, finished_calls
from functions.aws import clients
from shared import observability
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_campaigns.attempts import DynamoDbAttempts
from shared.adapters.dynamodb_campaigns.chains import DynamoDbChains
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.dynamodb_payments import DynamoDbPayments
from shared.adapters.dynamodb_stream import rows_of
from shared.adapters.eventbridge import EventBridge
from shared.adapters.sqs_queue import SqsQueue
from shared.settings import HandOverSettings, PublishSettings
from shared.usecases.answer_outbound import Outgoing

SERVICE = "after-call"


def hand_over(event: Mapping[str, Any], context: object) -> None:
    """One event of the stream of a table, of calls or of campaigns."""
    ended_calls.hand_over(_queue(), event)


def publish(event: Mapping[str, Any], context: object) -> finished_calls.Answer:
    """One batch of the queue."""
    return finished_calls.publish(_publisher(), event)


@cache
def _queue() -> SqsQueue:
    _log()
    settings = HandOverSettings.from_environment(os.environ)
    return SqsQueue(clients(settings.aws_region)("sqs"), settings.after_call_queue)


@cache
def _publisher() -> finished_calls.Publisher:
    _log()
    settings = PublishSettings.from_environment(os.environ)
    client = clients(settings.aws_region)
    table, bus = client("dynamodb"), EventBridge(client("events"), settings.event_bus)
    campaigns = settings.campaigns_table
    outgoing = Outgoing(DynamoDbAttempts(table, campaigns), DynamoDbLedger(table, campaigns))
    return finished_calls.Publisher(
        store=DynamoDbCalls(table, settings.calls_table),
        bus=bus,
        outgoing=outgoing,
        chains=DynamoDbChains(table, campaigns),
        transcript=partial(rows_of, settings.calls_table),
        now=partial(datetime.now, UTC),
        payments=DynamoDbPayments(client("dynamodb"), settings.calls_table),
    )


def _log() -> None:
    observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
