"""One scenario, played in real time against the laptop: real speech, the stand-ins over their sockets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cli.laptop import CALLER, NUMBER, Laptop, laptop
from rehearsal.evidence import Evidence
from rehearsal.scenario import Day, Expect, Scenario, steps_of

LOGS: Final = Path("out/rehearsal")
LONGEST_S: Final = 300
SETTLED_S: Final = 10
_LOOK_EVERY_S: Final = 0.2
_OVER: Final = ("completed", "busy", "failed", "no-answer", "canceled")


@contextmanager
def laptop_up() -> Iterator[Laptop]:
    """Raises ChildFailed, naming who failed and what it said last."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with laptop(LOGS, lambda step: None) as machine:
        yield machine


def play(machine: Laptop, scenario: Scenario, day: Day) -> Evidence:
    """The call, from dialling to the last line of its record. One that does not end is hung up."""
    call_sid = machine.carrier.dial(CALLER, NUMBER, steps_of(scenario, day))
    deadline = time.monotonic() + LONGEST_S
    while machine.carrier.call(call_sid)["status"] not in _OVER and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    machine.carrier.hang_up(call_sid)
    deadline = time.monotonic() + SETTLED_S
    while ((state := machine.calls.get(call_sid)) is None or state.ended_at is None) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    call = machine.carrier.call(call_sid)
    return Evidence(state, machine.calls.log(call_sid), call["timeline"], call["duration_ms"])


def expected(scenario: Scenario) -> Expect:
    """What can be expected of a recogniser that spells as it likes, and is as quick as this machine's cores let it be:
    waits are told, and judged at virtual time only."""
    return scenario.expect.model_copy(update={"caller_heard_as": None, "heard_gap_ms": None})
