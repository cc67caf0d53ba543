"""One call with one fault, and what the caller made of it."""

import asyncio
import itertools
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from rehearsal import virtual_time
from rehearsal.faults.customer import Customer, Heard
from rehearsal.faults.ports import PAIRED, vendors_ports
from rehearsal.faults.stores import Bookings, Calls
from rehearsal.faults.trouble import Kind, Party, Phase, Trouble
from rehearsal.speech import Speech
from rehearsal.stage import CALLER, NUMBER, staged, warm_up
from rehearsal.thinking import engine
from rehearsal.virtual_call import AGENT_FILE
from rehearsal.virtual_time import VirtualLoop
from shared.adapters.agent_files import load
from shared.core.agent import Agent

MOST_SILENCE_MS: Final = 3_000
LONGEST_MOMENT_MS: Final = 9_000
"""A caller who was asked for a moment waits so long."""
LONGEST_CALL_S: Final = 300
_BEGAN: Final = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("America/New_York"))


class Outcome(StrEnum):
    GOAL = "goal"
    """What the caller wanted was done, and they were told so."""
    MESSAGE = "message"
    """They left a message for people."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Cell:
    party: Party
    kind: Kind
    phase: Phase
    outcome: Outcome
    silence_ms: int
    """The longest in which nobody was heard and nobody had asked for a moment."""
    silence_at_ms: int
    bookings: int
    told: str
    """The end of what the caller was told."""
    duration_ms: int
    begun: bool
    """Whether the call came to the phase at all."""
    stood_in_for: bool = False
    """Whether there is a second such party, with which the goal is within reach."""

    @property
    def short(self) -> bool:
        missed = self.outcome is Outcome.LOST or (self.stood_in_for and self.outcome is not Outcome.GOAL)
        return missed or self.silence_ms > MOST_SILENCE_MS or self.bookings > 1 or not self.begun


def prepare() -> None:
    """Load what takes a while; say nothing of the faults, which are meant."""
    logging.disable(logging.CRITICAL)
    engine()


def play(party: Party, kind: Kind, phase: Phase, lasts_s: float = float("inf"), *, pairs: bool = False) -> Cell:
    """The whole call; in `pairs`, recognition, voice and model have a stand-in each."""
    return virtual_time.run(_play(Trouble(party, kind, phase, lasts_s), phase, pairs=pairs))


async def _play(trouble: Trouble, phase: Phase, *, pairs: bool) -> Cell:
    agent, speech, loop = _agent(), Speech(), asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    bookings = Bookings(agent.timezone, lambda: _BEGAN + timedelta(seconds=loop.time()), trouble)
    customer = Customer(speech, lambda: trouble.reached(Phase.LISTENING))
    async with vendors_ports(agent, speech, trouble, bookings, Calls(trouble, loop), pairs=pairs) as ports:
        await warm_up(agent, ports.voice, _BEGAN)
        async with staged(agent, speech, ports, _BEGAN) as stage:
            trouble.reached(Phase.GREETING)
            call = await stage.exchange.dial_in(CALLER, NUMBER, customer)
            try:
                async with asyncio.timeout(LONGEST_CALL_S):
                    await call.closed.wait()
            except TimeoutError:
                call.cancel()
            left_message = bool(call.timeline.of("recording", status="completed"))
            await asyncio.sleep(1)
    cell = _judged(trouble, phase, customer.heard, len(bookings.bookings), left_message=left_message)
    return replace(cell, stood_in_for=pairs and trouble.party in PAIRED)


def _judged(trouble: Trouble, phase: Phase, heard: Heard, bookings: int, *, left_message: bool) -> Cell:
    told = " ".join(word for _, word in heard.lines)
    if bookings and "all set for" in told:
        outcome = Outcome.GOAL
    elif left_message:
        outcome = Outcome.MESSAGE
    else:
        outcome = Outcome.LOST
    silence_ms, at_ms = longest_silence(heard)
    tail = " ".join(told.split()[-12:])
    return Cell(
        *(trouble.party, trouble.kind, phase, outcome, silence_ms, at_ms, bookings, tail),
        heard.ended_ms,
        trouble.begun,
    )


def longest_silence(heard: Heard) -> tuple[int, int]:
    """How long it was, and when it began, in ms since the answer; one after a plea for a moment counts from its end."""
    edges = [0, *heard.loud_ms, heard.ended_ms]
    silences = []
    for begin, end in itertools.pairwise(edges):
        asked = any(0 <= begin - moment <= 1_000 for moment in heard.moments_ms)
        silences.append((max(0, end - begin - LONGEST_MOMENT_MS) if asked else end - begin, begin))
    return max(silences)


@cache
def _agent() -> Agent:
    agent = load(AGENT_FILE)
    return replace(agent, voice=replace(agent.voice, elsewhere={"elevenlabs": "ava"}))
