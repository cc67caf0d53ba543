"""`make drain`: containers are told to stop while callers talk, and no caller is lost.

Containers behind a balancer, each the image's files and packages under its real entry point. Two share the calls; both
get SIGTERM in the middle of them, when a third is ready. One has the time to drain: its calls stay, and it goes with
the last of them. The other has not: it lets go of its calls, and their callers go on with the third, as does whoever
calls meanwhile. Every caller books an appointment: the table says who got one, the carrier's recordings how long
anybody heard nothing.

Shown: the entry point as process 1 takes the signal, and the image is complete. Not shown: ECS itself, its init, the
user and the read-only file system of the container. Ears and voice are those of `speech`, for ten calls at once, and
the webhooks a process: the small AWS starts a Lambda for each request under way, on the cores that the calls need.
The rest are the usual stand-ins.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cli.carrier import Carrier, CarrierRefused, Json
from cli.children import Child, ChildFailed, Children, Say
from cli.laptop import STREAM_HOST, Laptop, add_number, laptop, port_of, routes
from cli.recording import voices
from cli.stand_ins import PYTHON, READY_S, ROOT, carrier_at, start_carrier
from tests.e2e import image
from tests.e2e.balancer import Balancer, balancer, status
from tests.e2e.calls import HANG_UP, Ended, dial, ended, listen, play, press, until
from tests.e2e.captions import spoken

CALLS = 5
LONG_S, SHORT_S = 300, 1
LOGS = ROOT / "out" / "drain"
STAY_S = 90
"""For a call, from the signal to its end."""
TOLD_S = 20
"""From the signal until it is not ready, and from the last call's end until it is gone."""
LATE = "4155550399"
"""The phone of who calls while they drain."""
HESITATES_MS = 5_000
"""After how much quiet a caller chooses a time: one who is handed over lets that go by, and is asked again."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the day they want."""

    number: int
    day: date

    @property
    def phone(self) -> str:
        return f"41555503{self.number:02d}"

    def script(self) -> list[Json]:
        return [
            listen(),
            play(spoken(f"I'd like to book a cleaning on {self.day:%A %B} {self.day.day}")),
            {**listen(HESITATES_MS), "within_ms": 30_000},
            play(spoken("The first one please")),
            listen(),
            play(spoken("My name is Peter Jackson")),
            listen(quiet_ms=0),
            press(f"{self.phone}#"),
            listen(),
            play(spoken("Yes that's right")),
            listen(quiet_ms=0),
            HANG_UP,
        ]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    calls: int
    short: Sequence[str]
    """Who was lost, and what else went wrong."""
    silence_ms: int
    """The longest that nothing was heard before the agent was, on the carrier's recordings."""
    unheard_ms: int
    """The longest that a caller handed over had no stream."""
    statuses: Sequence[int | None]
    process_one: bool

    def __str__(self) -> str:
        statuses = " and ".join(map(str, self.statuses))
        return (
            f"{self.calls} calls, longest silence {self.silence_ms} ms, longest without a stream {self.unheard_ms} ms, "
            f"exit status {statuses}"
            f"{'' if self.process_one else ' (not as process 1: no PID namespace to be had)'}"
        )


@dataclass(frozen=True, slots=True)
class Fleet:
    """Two containers behind a balancer, a third that nobody knows yet, and a carrier that knows the balancer."""

    machine: Laptop
    carrier: Carrier
    front: Balancer
    containers: Sequence[Child]
    ports: Sequence[int]

    def dial(self, phone: str, *steps: Json) -> str:
        return dial(self.machine, f"+1{phone}", *steps, carrier=self.carrier)

    def served(self, container: int, call_sids: Iterable[str]) -> list[str]:
        """Those of the calls of which a container has had a stream."""
        lines = [line for line in self.containers[container].output().splitlines() if "stream_started" in line]
        return [call_sid for call_sid in call_sids if any(call_sid in line for line in lines)]

    def until_under_way(self, call_sids: Iterable[str]) -> None:
        """Wait until each caller has said what they want. The agent then looks for free times, and reads them out."""

        def understood() -> bool:
            while waiting and any(entry.kind == "caller" for entry in self.machine.calls.log(waiting[-1])):
                waiting.pop()
            return not waiting

        waiting = list(call_sids)
        until(understood, STAY_S, "every caller has said what they want")


@contextmanager
def fleet(machine: Laptop, logs: Path, say: Say) -> Iterator[Fleet]:
    built = image.built()
    with Children(logs) as children:
        speech = children.start("speech", sys.executable, "-m", "tests.e2e.speech", environment=PYTHON)
        speech_at = f"127.0.0.1:{json.loads(speech.until_says(r'^{.*}$', READY_S, say)[0])['port']}"
        environment = {key: value for key, value in machine.environment.items() if key not in PYTHON}
        environment |= {"AGENTS_DIR": "agents", "POLLY_TPS": "1000"}
        environment |= {"TRANSCRIBE_URL": f"ws://{speech_at}", "AWS_ENDPOINT_URL_POLLY": f"http://{speech_at}"}
        containers = [
            built.start(children, environment | {"DRAIN_S": str(drain_s)}) for drain_s in (LONG_S, SHORT_S, LONG_S)
        ]
        ports = [port_of(container, say) for container in containers]
        with balancer(*ports[:2]) as front:
            token = environment["TWILIO_AUTH_TOKENS"]
            webhooks = _webhooks(children, machine, say)
            public = {**routes(machine.account, machine.deployed), machine.deployed.webhook_url: webhooks}
            carrier = carrier_at(start_carrier(children, token, public, machine.account.speech_url), token, say)
            carrier.route(STREAM_HOST, f"ws://127.0.0.1:{front.port}")
            add_number(carrier, machine.deployed)
            yield Fleet(machine, carrier, front, containers, ports)


def _webhooks(children: Children, machine: Laptop, say: Say) -> str:
    """Their address."""
    command = (sys.executable, "-m", "uvicorn", "--factory", "functions.wiring:app", "--port", "0")
    child = children.start("webhooks", *command, environment=machine.environment)
    return child.until_says(r"running on (http://\S+)", READY_S, say)[1]


def drain(machine: Laptop, calls: int, logs: Path, say: Say) -> Report:
    """Run it, with `calls` calls on each of two containers. Raises AssertionError for what ought to happen at once."""
    with fleet(machine, logs, say) as running:
        return _drain(running, calls, say)


def _drain(running: Fleet, calls: int, say: Say) -> Report:
    say(f"{2 * calls} callers to two containers")
    days = _days(running.machine, 2 * calls)
    callers = {running.dial(one.phone, *one.script()): one for one in map(Caller, range(2 * calls), days)}
    running.until_under_way(callers)
    staying, moving = (running.served(container, callers) for container in (0, 1))
    assert len(staying) == len(moving) == calls, "the callers are not where they should be"
    running.front.add(running.ports[2])
    say("SIGTERM to both; somebody else calls")
    going = running.containers[:2]
    for container in going:
        container.ask_to_stop()
    until(lambda: status(running.ports[0], "/ready") == 503, TOLD_S, "a container that drains is not ready")
    assert status(running.ports[0], "/health") == 200, "a container that drains says that it is not alive"
    late = running.dial(LATE, listen(), HANG_UP)
    over = {sid: ended(running.machine, sid, STAY_S, running.carrier) for sid in (*callers, late)}
    until(lambda: not any(container.alive for container in going), TOLD_S, "both containers have gone")
    short = [
        f"caller {one.number} {what}"
        for sid, one in callers.items()
        for what in _lost(running.machine, one, over[sid], 2 if sid in moving else 1)
    ]
    short += [] if running.served(2, [late]) else ["the third container did not answer who called meanwhile"]
    short += [f"a container ended with status {container.status}" for container in going if container.status]
    return Report(
        len(over),
        short,
        max(longest_silence_ms(running.carrier.wav(sid)) for sid in callers),
        max(unheard_ms(over[sid]) for sid in moving),
        [container.status for container in going],
        image.is_process_one(going[0], say),
    )


def _days(machine: Laptop, count: int) -> list[date]:
    """One weekday for each caller, so that nobody takes another's time."""
    today = datetime.now(UTC).astimezone(ZoneInfo(machine.agent.timezone)).date()
    days = (today + timedelta(days=ahead) for ahead in range(14, 14 + 2 * count + 7))
    return [day for day in days if day.weekday() < 5][:count]


def _lost(machine: Laptop, caller: Caller, call: Ended, streams: int) -> Iterator[str]:
    """What a caller did not get."""
    booked = [booking for booking in machine.bookings() if booking["phone"] == caller.phone]
    if [(booking["service"], booking["day"]) for booking in booked] != [("cleaning", str(caller.day))]:
        yield f"has {len(booked)} bookings, or another one"
    if call.status != "completed" or call.state is None or call.state.outcome not in ("completed", "caller-left"):
        yield f"was {call.status}, {call.state and call.state.outcome}"
    elif call.state.streams != streams:
        yield f"had {call.state.streams} streams, not {streams}"
    yield from (f"could not go on: {event['failed']}" for event in call.events("phone") if "failed" in event)


def longest_silence_ms(wav: bytes) -> int:
    """The longest that nobody was heard before the agent was."""
    caller, agent = voices(wav)
    sounds = sorted([*caller, *agent], key=lambda speech: speech.start_ms)
    waits = [
        speech.start_ms - max(before.end_ms for before in sounds[:number])
        for number, speech in enumerate(sounds)
        if number and speech in agent
    ]
    return max(waits, default=0)


def unheard_ms(call: Ended) -> int:
    """Between a call's first stream and its second, if it had one."""
    stopped, started = (call.events("stream", state=state) for state in ("stopped", "started"))
    return int(started[1]["at_ms"] - stopped[0]["at_ms"]) if len(started) > 1 else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make drain", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS, help="on each of the two containers told to stop")
    calls = parser.parse_args().calls
    begun = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"  {time.monotonic() - begun:4.1f} s  {line}\n")
        sys.stdout.flush()

    try:
        say("starting the stand-ins, the webhooks and three containers")
        with laptop(LOGS, say) as machine:
            report = drain(machine, calls, LOGS / "fleet", say)
    except (AssertionError, ChildFailed, CarrierRefused, OSError, ValueError) as error:
        sys.stdout.write(f"drain: short: {error}\n")
        return 1
    lost = len({line.split()[1] for line in report.short if line.startswith("caller")})
    verdict = f"short: {'; '.join(report.short)}" if report.short else "ok"
    sys.stdout.write(f"drain: {report}, {lost} lost, {time.monotonic() - begun:.0f} s: {verdict}\n")
    return 1 if report.short else 0


if __name__ == "__main__":
    sys.exit(main())
