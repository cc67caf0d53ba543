"""The webhooks of a call's stations: it rings, its stream is over, it is put through, its state changes."""

from collections.abc import Mapping
from functools import partial

from starlette.applications import Starlette

from functions import (
    call_status,
    hold_music,
    next_step,
    outbound,
    payment,
    payment_link,
    stream_status,
    texts,
    transfer,
    voice,
)
from functions.application import application
from functions.dependencies import Dependencies
from functions.webhook import Endpoint, in_a_thread
from shared.usecases.addresses import HOLD_MUSIC, NEXT_STEP, STREAM_STATUS


def build_app(deps: Dependencies) -> Starlette:
    """The application of these webhooks."""
    return application(
        deps.door,
        endpoints(deps),
        public={HOLD_MUSIC: hold_music.hold_music, payment_link.PAID: payment_link.paid},
        posts={payment_link.PATH: payment_link.stripe_events(deps)},
    )


def endpoints(deps: Dependencies) -> Mapping[str, Endpoint]:
    """The webhooks, by path."""
    return {
        voice.PATH: in_a_thread(partial(voice.voice, deps)),
        NEXT_STEP: in_a_thread(partial(next_step.next_step, deps)),
        call_status.PATH: in_a_thread(partial(call_status.call_status, deps)),
        STREAM_STATUS: in_a_thread(partial(stream_status.stream_status, deps)),
        **{path: in_a_thread(work) for path, work in transfer.endpoints(deps).items()},
        **{path: in_a_thread(work) for path, work in payment.endpoints(deps).items()},
        **{path: in_a_thread(work) for path, work in outbound.endpoints(deps).items()},
        **{path: in_a_thread(work) for path, work in texts.endpoints(deps).items()},
    }
