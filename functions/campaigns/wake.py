"""What the stream of the table of chains brings: rows on whose change an execution waits."""

import logging
from collections.abc import Mapping
from typing import Any

from shared.adapters.stepfunctions import StepFunctions
from shared.usecases.chain import to_wake
from shared.wire.dynamodb_values import decode_row

log = logging.getLogger(__name__)


def wake(executions: StepFunctions, event: Mapping[str, Any]) -> None:
    """Wake the executions whose chain has changed; one that waits no more has looked for itself.

    Raises ProviderError, and is then called again with the same event.
    """
    for record in event["Records"]:
        change = record["dynamodb"]
        before, after = (decode_row(change.get(image, {})) for image in ("OldImage", "NewImage"))
        if token := to_wake(before, after):
            log.info("chain_woken", extra={"outcome": "waited" if executions.wake(token) else "gone"})
