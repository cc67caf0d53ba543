"""A caller is put through to people, on the laptop: real sound, the deployed webhooks, phones that follow scripts."""

from collections.abc import Iterator

import pytest

from cli.carrier import Json
from cli.laptop import RECEPTION, Laptop
from tests.e2e.calls import HANG_UP, ended, listen, press, say, until, until_heard, wait

BILLING = "+15550100201"
TECHNICIAN = "+15550100202"
NOBODY = "nobody in billing can take your call just now. What is it about, in a few words?"
ANYTHING_ELSE = "Is there anything else I can help you with?"


def dial(machine: Laptop, from_: str, wish: str) -> str:
    steps: tuple[Json, ...] = (listen(), say(wish), wait(60_000))
    return machine.carrier.dial(from_, RECEPTION, steps)


@pytest.fixture(scope="module", autouse=True)
def cold(machine: Laptop) -> str:
    """A call to the technician, beside the others: none of the two has anything to do with the other."""
    talk = (listen(), say("Hello, what happened?"), wait(1_000), HANG_UP)
    machine.carrier.install(TECHNICIAN, *talk, ring_ms=300)
    return dial(machine, "+14155550304", "My water heater is broken.")


@pytest.fixture(autouse=True)
def _nobody_there_afterwards(machine: Laptop) -> Iterator[None]:
    yield
    machine.carrier.install(BILLING, answer="busy")


def test_x1_x2_a_person_is_told_accepts_by_key_and_talks_to_the_caller_and_the_agent_takes_over_again(
    machine: Laptop,
) -> None:
    talk = (wait(1_500), say("Harbor billing, this is Joanna."), wait(1_000), HANG_UP)
    machine.carrier.install(BILLING, listen(300), press("1"), *talk, ring_ms=500)
    sid = dial(machine, "+14155550301", "I have a question about my bill.")
    until_heard(machine, sid, ANYTHING_ELSE, 60)
    machine.carrier.hang_up(sid)
    call = ended(machine, sid, 20)
    (leg,) = machine.carrier.legs(BILLING)
    assert leg["status"] == "completed"
    assert call.events("conference", event="conference-start")
    assert call.events("sound", who="other", speaking=True)
    assert [line.get("to") or line["back"] for line in call.data("transfer")] == ["the billing office", "finished"]


def test_x1_x4_when_nobody_takes_the_call_the_caller_is_offered_a_call_back(machine: Laptop) -> None:
    machine.carrier.install(BILLING, answer="busy")
    sid = dial(machine, "+14155550302", "I have a question about my bill.")
    until_heard(machine, sid, NOBODY, 60)
    machine.carrier.hang_up(sid)
    assert [line["back"] for line in ended(machine, sid, 20).data("transfer")] == ["busy"]


def test_x1_a_caller_who_hangs_up_on_hold_leaves_no_phone_ringing(machine: Laptop) -> None:
    machine.carrier.install(BILLING, ring_ms=20_000)
    sid = dial(machine, "+14155550303", "I have a question about my bill.")
    until(lambda: any(leg["status"] == "ringing" for leg in machine.carrier.legs(BILLING)), 45, "a phone that rings")
    machine.carrier.hang_up(sid)
    assert ended(machine, sid, 20).state is not None
    until(lambda: all(leg["status"] != "ringing" for leg in machine.carrier.legs(BILLING)), 10, "a silent phone")


def test_x1_a_cold_transfer_reaches_the_technician_with_a_whisper(machine: Laptop, cold: str) -> None:
    until_heard(machine, cold, ANYTHING_ELSE, 60)
    machine.carrier.hang_up(cold)
    call = ended(machine, cold, 20)
    assert [line.get("to") or line["back"] for line in call.data("transfer")] == ["the technician on duty", "finished"]
    assert call.events("sound", who="other", speaking=True)
