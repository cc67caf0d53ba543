"""What the webhooks work with: built by `wiring`, or by a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.webhook import Door
from shared.core.agent import Agent
from shared.ports import CallStore
from shared.ports.fleet import Fleet
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.answers import Addresses
from shared.usecases.payment import Cashier
from shared.usecases.payment_link import LinkSender
from shared.usecases.transfer import Switch


@dataclass(frozen=True, slots=True)
class Dependencies:
    door: Door
    store: CallStore
    addresses: Addresses
    agents: Mapping[str, Agent]
    """By name."""
    lines: Mapping[str, str]
    """Called number, or `*`, to an agent's name."""
    switch: Switch
    cashier: Cashier
    now: Callable[[], datetime]
    new_token: Callable[[], str]
    sender: LinkSender | None = None
    """None where no links to pay by are sent."""
    stripe_secret: str = field(default="", repr=False)
    """With which Stripe signs its webhook."""
    outgoing: Outgoing | None = None
    """None where the company makes no calls."""
    fleet: Fleet | None = None
    """None where streaming tasks are always kept."""
