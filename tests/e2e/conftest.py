from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from rich.console import Console

from cli.carrier import Json
from cli.demo import Booked, book
from cli.laptop import Laptop, laptop
from cli.show import Show
from cli.verdict import Appointment
from local.cloud.samples import prompts
from tests.e2e.calls import HANG_UP, Ended, dial, ended, listen, play, press, say

HUMAN_PROMPTS = ("ss-noservice", "pbx-invalidpark")
CHECK_UP_PHONE = "4155550177"
SLOWEST_S = 300
"""The first test of all: everything is deployed and started for it, and four calls are made."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(SLOWEST_S))


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """Everything, in processes of its own, as `switchboard demo` runs it."""
    with laptop(tmp_path_factory.mktemp("laptop"), print) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Calls:
    """Four calls, two at a time: how well the stand-in recogniser keeps up depends on the cores it has."""

    booking: Booked
    silent: Ended
    check_up: Ended
    human: Ended


@pytest.fixture(scope="session")
def calls(machine: Laptop) -> Calls:
    """Made once: a caller books, one says nothing; then another books something else, and a recorded human speaks."""
    silent_sid = dial(machine, "+14155550101")
    booking = book(machine, Show(Console(), "Ava"))
    silent = ended(machine, silent_sid, 60)
    recorded = prompts()
    human = [play(wav(recorded[name].path.read_bytes())) for name in HUMAN_PROMPTS]
    check_up_sid = dial(machine, "+14155550102", *check_up(booking.wanted))
    human_sid = dial(machine, "+14155550103", listen(), *human, listen(), HANG_UP)
    return Calls(booking, silent, ended(machine, check_up_sid, 90), ended(machine, human_sid, 90))


def check_up(other: Appointment) -> list[Json]:
    """Another caller, who wants something else on the same day."""
    return [
        listen(),
        say(f"I need a check-up on {other.day:%A} please"),
        listen(),
        say("The last one please"),
        listen(),
        say("My name is Peter Jackson"),
        listen(quiet_ms=0),
        press(f"{CHECK_UP_PHONE}#"),
        listen(),
        say("Yes that's right"),
        listen(),
        HANG_UP,
    ]


def wav(content: bytes) -> str:
    return b64encode(content).decode()
