"""A person takes a call over from the agent, by their own wish: no route of the agent file leads there.

Where the caller is put through is in the call's next step alone, so that whoever reads it comes to the same route.
"""

from shared.core.agent import Agent, Destination, DestinationKind, Route
from shared.core.next_step import HandOver

TAKE_OVER = "take_over"
"""The name of the route, and the reason; no agent has a route of this name."""
RING_MS = 25_000
"""Whoever takes a call over has their phone at hand."""


def taken_over_by(username: str) -> HandOver:
    """The next step of a call that this person takes over."""
    return HandOver(TAKE_OVER, TAKE_OVER, person=username)


def route_of(agent: Agent, step: HandOver) -> Route | None:
    """Where a caller is put through: by one of the agent's routes, or to whoever takes over. None if there is no such
    route."""
    if not step.person:
        return agent.route(step.route)
    return Route(
        name=step.route,
        purpose="",
        callers_say=(),
        say="",
        message="",
        destinations=(Destination(DestinationKind.PERSON, step.person, step.person),),
        ring_ms=RING_MS,
    )
