"""A stage that keeps no streaming task: nobody notices, but by the voice."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from cli.account import Account
from cli.carrier import Carrier
from cli.children import Children
from cli.deployment import ask_for_tasks
from cli.laptop import STREAM_HOST, TASKS, Laptop, add_number, keep_no_task, routes
from cli.stand_ins import carrier_at, start_carrier
from tests.e2e.calls import HANG_UP, Ended, dial, ended, listen, press, say, until

CLUSTER, SERVICE = TASKS.split("/")
START_S = 2
UP_S = 40
THINKS_MS = 3_000
PHONE = "4155550114"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Everything, but for the streaming service."""

    machine: Laptop
    account: Account
    carrier: Carrier

    def tasks(self) -> Mapping[str, Any]:
        found = self.account.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        return dict(found[0])

    def held(self, call_sid: str) -> str:
        """How the call has been held: g for a turn taken by Gather, s for a stream."""
        letters = {"Gather": "g", "Connect": "s"}
        events = self.carrier.call(call_sid)["timeline"]
        verbs = [event for event in events if event["kind"] == "verb" and not event.get("done")]
        return "".join(letters.get(str(event["name"]), "") for event in verbs)

    def scale_in(self) -> None:
        self.account.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, desiredCount=0)


@pytest.fixture(scope="module")
def quiet(machine: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet]:
    token = machine.environment["TWILIO_AUTH_TOKENS"]
    with Children(tmp_path_factory.mktemp("quiet")) as children:
        environment = {**machine.environment, "DRAIN_S": "0"}
        account, port = keep_no_task(children, machine.account, machine.deployed, environment, START_S, print)
        public = {**routes(machine.account, machine.deployed), STREAM_HOST: f"ws://127.0.0.1:{port}"}
        carrier = carrier_at(start_carrier(children, token, public, machine.account.speech_url), token, print)
        add_number(carrier, machine.deployed)
        try:
            yield Quiet(machine, account, carrier)
        finally:
            ask_for_tasks(machine.account, machine.deployed, "", "")


@pytest.fixture(scope="module")
def call(quiet: Quiet) -> Ended:
    """Rings when there is no task; loses the one that came for it; and gets another.

    Now and then the caller takes a while to think, so that tasks have the time to come.
    """
    assert quiet.tasks()["desiredCount"] == 0
    steps = (
        listen(),
        say("I'd like to book a cleaning, please."),
        listen(THINKS_MS),
        say("On Wednesday, please."),
        listen(THINKS_MS),
        say("The first one please."),
        listen(THINKS_MS),
        say("My name is Peter Jackson"),
        listen(quiet_ms=0),
        press(f"{PHONE}#"),
        listen(),
        say("Yes that's right"),
        listen(),
        HANG_UP,
    )
    call_sid = dial(quiet.machine, "+14155550114", *steps, carrier=quiet.carrier)
    until(lambda: quiet.held(call_sid).endswith("s"), UP_S, "the call on a stream")
    quiet.scale_in()
    return ended(quiet.machine, call_sid, 90, quiet.carrier)


def test_t7_the_first_caller_is_answered_at_once_and_goes_over_to_a_stream_when_there_is_a_task(
    quiet: Quiet, call: Ended
) -> None:
    assert re.match("g+s", quiet.held(call.sid))
    assert said_twice(call) == []
    (booking,) = [each for each in quiet.machine.bookings() if each["phone"] == PHONE]
    assert (booking["service"], booking["name"]) == ("cleaning", "Peter Jackson")


def test_t7_a_call_on_a_stream_goes_on_turn_by_turn_and_back_to_a_stream(quiet: Quiet, call: Ended) -> None:
    assert re.fullmatch("g+sg+s", quiet.held(call.sid)), call.log
    assert len(call.data("stream-again")) == 2
    assert call.data("reconnect") == []
    assert quiet.tasks()["desiredCount"] == 1


def said_twice(call: Ended) -> list[str]:
    """What was said more than once, by either."""
    lines = [str(line["text"]) for who in ("agent", "caller") for line in call.data(who)]
    return [line for line in set(lines) if lines.count(line) > 1]
