"""The webhooks of a call's stations: it rings, its stream is over, its state changes."""

from collections.abc import Mapping
from functools import partial

from starlette.applications import Starlette

from functions import call_status, next_step, stream_status, voice
from functions.application import application
from functions.dependencies import Dependencies
from functions.webhook import Endpoint, in_a_thread


def build_app(deps: Dependencies) -> Starlette:
    """The application of four webhooks."""
    return application(deps.door, endpoints(deps))


def endpoints(deps: Dependencies) -> Mapping[str, Endpoint]:
    """The webhooks, by path."""
    return {
        voice.PATH: in_a_thread(partial(voice.voice, deps)),
        next_step.PATH: in_a_thread(partial(next_step.next_step, deps)),
        call_status.PATH: in_a_thread(partial(call_status.call_status, deps)),
        stream_status.PATH: in_a_thread(partial(stream_status.stream_status, deps)),
    }
