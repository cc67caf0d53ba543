"""Twilio's request after each `<Gather>`: one turn of a call that is held without a stream."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.applications import Starlette

from functions.application import application
from functions.webhook import Door, Endpoint, Form, Refusal
from shared.usecases.addresses import TURN
from shared.usecases.answers import Verbs
from shared.usecases.take_turn import Talk, Turn, take_turn

DEADLINE_S = 12.0
"""A turn waits for a model and tools, which have 9 s; Twilio waits 15 s, and then turns to the fallback URL."""

_KEYS = "0123456789*#"


@dataclass(frozen=True, slots=True)
class TurnDependencies:
    """What a turn works with: built by `wiring`, or by a test."""

    door: Door
    talk: Callable[[], AbstractAsyncContextManager[Talk]]
    """Opens what one turn talks with; its connections live no longer, for each event may have a loop of its own."""
    now: Callable[[], datetime]
    new_token: Callable[[], str]


def build_app(deps: TurnDependencies) -> Starlette:
    """The application of this one webhook."""
    return application(deps.door, endpoints(deps), deadline_s=DEADLINE_S)


def endpoints(deps: TurnDependencies) -> Mapping[str, Endpoint]:
    """The webhook, by its path."""
    return {TURN: partial(turn, deps)}


async def turn(deps: TurnDependencies, form: Form) -> Verbs:
    """Answer what the caller said, typed, or did not say."""
    number = form.count("turn")
    if not number:
        raise Refusal(400, "turn")
    taken = Turn(
        number,
        heard=form.get("heard") == "yes",
        speech=form.get("SpeechResult", cut=True).strip(),
        confidence=_confidence(form.get("Confidence")),
        digits="".join(key for key in form.get("Digits") if key in _KEYS),
    )
    call_sid = form.call_sid()
    async with deps.talk() as talk:
        return await take_turn(talk, call_sid, taken, token=deps.new_token(), now=deps.now())


def _confidence(told: str) -> float | None:
    """None when Twilio does not say, as it may."""
    try:
        value = float(told)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
