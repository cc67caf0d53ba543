"""Where Lambda enters what makes the phone ring. Importing this module builds nothing."""

from collections.abc import Mapping
from typing import Any

from functions.campaigns import wiring
from functions.campaigns.accept import Answer, take
from functions.campaigns.step import step as do_step
from functions.campaigns.sweep import sweep as do_sweep
from shared.usecases.chain import StepDocument


def accept(event: Mapping[str, Any], context: Any) -> Answer:
    """One batch of the queue."""
    return take(wiring.acceptance(), event, context.get_remaining_time_in_millis)


def step(event: Mapping[str, Any], context: object) -> StepDocument:
    """One step of an execution of Step Functions."""
    return do_step(wiring.steps(), event)


def sweep(event: object, context: object) -> None:
    """The clock strikes."""
    do_sweep(wiring.left(), wiring.now())
