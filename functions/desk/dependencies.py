"""What the desk's Lambdas work with: built by `wiring`, or by a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.adapters.dynamodb_desk.calls import DynamoDbDeskCalls
from shared.adapters.dynamodb_desk.connections import DynamoDbConnections
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_desk.reviews import DynamoDbReviews
from shared.adapters.dynamodb_desk.transfers import DynamoDbHandedOver
from shared.adapters.twilio_recordings import TwilioRecordings
from shared.core.agent import Agent
from shared.ports import CallStore
from shared.usecases.transfer import Switch

type Send = Callable[[str, bytes], bool]
"""Sends a message to a connection; False if it is not there any more. Raises ProviderError."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What needs the carrier's credentials."""

    switch: Switch
    recordings: TwilioRecordings


@dataclass(frozen=True, slots=True)
class Dependencies:
    store: CallStore
    calls: DynamoDbDeskCalls
    people: DynamoDbPeople
    connections: DynamoDbConnections
    follow_ups: DynamoDbFollowUps
    reviews: DynamoDbReviews
    transfers: DynamoDbHandedOver
    agents: Mapping[str, Agent]
    """By the name of their file."""
    send: Send
    now: Callable[[], datetime]
    new_ticket: Callable[[], str]
    carrier: Callable[[], Carrier]
    """Of the API alone: the others have no credentials. Raises ProviderError."""
