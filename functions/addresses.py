"""The public addresses that TwiML sends the carrier to."""

from functions import next_step, stream_status
from shared.settings import WebhookSettings
from shared.usecases.answers import Addresses

TURN = "/twilio/turn"
"""Served by a Lambda of its own, with the model's client, which would slow the others' start."""


def addresses(settings: WebhookSettings) -> Addresses:
    base = settings.public_base_url
    return Addresses(
        next_step=base + next_step.PATH,
        stream=settings.stream_url,
        stream_status=base + stream_status.PATH,
        turn=base + TURN,
    )
