"""What the stream of the table of chains brings: rows on whose change an execution waits."""

import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.aws import clients
from shared import observability
from shared.adapters.stepfunctions import StepFunctions
from shared.ports.executions import Executions
from shared.usecases.chain import to_wake
from shared.wire.dynamodb_values import decode_row

log = logging.getLogger(__name__)


def handler(event: Mapping[str, Any], context: object) -> None:
    """Where Lambda enters: it starts without all that steps need."""
    wake(_executions(), event)


def wake(executions: Executions, event: Mapping[str, Any]) -> None:
    """Wake the executions whose chain has changed; one that waits no more has looked for itself.

    Raises ProviderError, and is then called again with the same event.
    """
    for record in event["Records"]:
        change = record["dynamodb"]
        before, after = (decode_row(change.get(image, {})) for image in ("OldImage", "NewImage"))
        if token := to_wake(before, after):
            log.info("chain_woken", extra={"outcome": "waited" if executions.wake(token) else "gone"})


@cache
def _executions() -> StepFunctions:
    observability.configure("campaigns", namespace=os.environ.get("METRICS_NAMESPACE", ""))
    return StepFunctions(clients(os.environ.get("AWS_REGION"))("stepfunctions"))
