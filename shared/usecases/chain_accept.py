"""A company's own system tells that something has happened: a chain begins, goes by newer facts, or ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.usecases.chain import Outreach


class Unacceptable(ValueError):
    """Nothing can be done about this event, however often it is delivered. The message says why."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an event came to. A delivery once more comes to the same."""

    chain: str
    """The chain it began or touched, which is also the name of its execution; empty if there is none."""
    start: bool
    """Whether an execution of that name has to be there: start it, unless it has been."""


def accept(outreach: Outreach, kind: str, detail: Mapping[str, Any], at: datetime) -> Accepted:
    """Take in an event that keeps to its schema (`kind` is its detail-type, `at` its time). Raises Unacceptable,
    ProviderError."""
    raise NotImplementedError
