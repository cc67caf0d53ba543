"""What a company's own system tells that concerns a person: an appointment comes up, an invoice is paid. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Tells(StrEnum):
    """What an occasion does to the chain of its reference."""

    BEGINS = "begins"
    """A chain begins, unless one for the same reference is under way: that one then goes by the newer facts."""
    CHANGES = "changes"
    ENDS = "ends"


KINDS: Mapping[str, Tells] = {
    "appointment.upcoming": Tells.BEGINS,
    "appointment.updated": Tells.CHANGES,
    "appointment.cancelled": Tells.ENDS,
    "payment.overdue": Tells.BEGINS,
    "payment.updated": Tells.CHANGES,
    "payment.paid": Tells.ENDS,
    "payment.cancelled": Tells.ENDS,
    "lead.new": Tells.BEGINS,
    "lead.updated": Tells.CHANGES,
    "lead.cancelled": Tells.ENDS,
    "survey.due": Tells.BEGINS,
    "survey.updated": Tells.CHANGES,
    "survey.cancelled": Tells.ENDS,
}
"""Every kind there is (docs/events)."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One such event. Its `id` is the same however often it is delivered."""

    kind: str
    """One of KINDS."""
    id: str
    reference: str
    """The company's own name of what it is about, such as an appointment's number: later events name the same."""
    at: datetime
    """When it was told; of two about one reference the later one counts, in whatever order they come."""
    number: str = ""
    """The person's, E.164. Needed by what begins a chain."""
    moment: datetime | None = None
    """When the thing itself is: the appointment's beginning, the day a payment was due. Where it is missing: `at`."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the agent and the texts may speak of."""
    address: Mapping[str, str] = field(default_factory=dict)
    """What is known of where the person is: `country` (US), `region` (US-FL), `postcode`, `zone` (America/New_York)."""
    campaign: str = ""
    """Needed where several campaigns begin with this kind."""

    @property
    def tells(self) -> Tells:
        return KINDS[self.kind]

    @property
    def about(self) -> str:
        """Names what it is about among everything the company has: `appointment#A-17`."""
        return f"{self.kind.partition('.')[0]}#{self.reference}"
