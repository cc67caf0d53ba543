"""The public addresses that TwiML and orders send the carrier to."""

from shared.usecases.answers import Addresses

NEXT_STEP = "/twilio/next"
STREAM_STATUS = "/twilio/stream-status"
TURN = "/twilio/turn"
"""Served by a Lambda of its own, with the model's client, which would slow the others' start."""


TRANSFER = "/twilio/transfer"
"""Before the names of a transfer's webhooks."""
PAYMENT = "/twilio/payment"
"""And of a payment's."""
HOLD_MUSIC = "/hold.wav"


def addresses_at(base: str, stream_url: str | None) -> Addresses:
    """`base` is https://host, without path."""
    return Addresses(
        next_step=base + NEXT_STEP,
        stream=stream_url,
        stream_status=base + STREAM_STATUS,
        turn=base + TURN,
        transfer=base + TRANSFER,
        payment=base + PAYMENT,
        hold_music=base + HOLD_MUSIC,
    )
