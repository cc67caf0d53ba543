"""People at desks on the laptop, and callers who are put through to them."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Thread
from typing import Any, Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cli.carrier import Json
from cli.handover.evidence import Timings, on_the_way, timings
from cli.handover.people import CALLER_VOICE, PERSON_VOICE
from cli.laptop import RECEPTION, Laptop
from shared.adapters.dynamodb_desk.connections import DynamoDbConnections
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.core.presence import Presence
from shared.ports import Person

TEAM: Final = "billing"
WISH: Final = "I have a question about my bill."
CALL_S: Final = 120
PAGE_S: Final = 30
"""Until a page is told that it is listened to."""
LOOK_EVERY_S: Final = 0.25
SPACED_S: Final = 4
"""Between the first callers: Twilio places one call a second for an account, and holds the others back."""
TALK: Final[tuple[Json, ...]] = (
    {"do": "listen", "quiet_ms": 300, "within_ms": 30_000},
    {"do": "press", "digits": "1"},
    {"do": "wait", "ms": 1_000},
    {"do": "say", "text": "Harbor billing, what can I do for you?", "voice": PERSON_VOICE},
    {"do": "wait", "ms": 500},
    {"do": "hang_up"},
)
CALLER: Final[tuple[Json, ...]] = (
    {"do": "listen", "quiet_ms": 700, "within_ms": 30_000},
    {"do": "say", "text": WISH, "voice": CALLER_VOICE},
    {"do": "wait", "ms": 90_000},
)
_TRANSFER_PAGES: Final = ("/twilio/transfer/wait", "/twilio/transfer/alone")

now = partial(datetime.now, UTC)


@dataclass(slots=True)
class Colleague:
    """Somebody at a desk, and when their page was told of which call, in ms since 1970."""

    person: Person
    people: DynamoDbPeople
    told: dict[str, int] = field(default_factory=dict)

    def hear(self, message: str, at_ms: int) -> None:
        for item in json.loads(message)["news"]:
            one: Any = item.get("person") or item.get("transfer") or {}
            mine = one.get("id") == self.person.id or one.get("person") == self.person.id
            if mine and one.get("call_sid"):
                self.told.setdefault(one["call_sid"], at_ms)


@dataclass(frozen=True, slots=True)
class Transferred:
    timings: Timings
    finished: bool
    """Whether the caller has talked with somebody."""
    waited_s: float
    """How long the caller was with neither the agent nor a person."""
    requests: int
    """What their leg and the person's asked of us meanwhile, only to wait."""


@contextmanager
def staffed(machine: Laptop, count: int) -> Iterator[list[Colleague]]:
    """So many people of the team, free, each with an open page and a phone."""
    table = machine.account.client("dynamodb")
    people = DynamoDbPeople(table, machine.deployed.desk_table, now=now)
    connections = DynamoDbConnections(table, machine.deployed.desk_table, now=now)
    url = _socket_url(machine)
    with ExitStack() as open_ones:
        team = [Colleague(_person(number), people) for number in range(count)]
        for one in team:
            people.sign_in(one.person)
            people.be(one.person.id, Presence.FREE)
            machine.carrier.install(one.person.phone, *TALK, ring_ms=800)
            connections.issue(f"ticket-{one.person.id}", one.person.id)
            open_ones.enter_context(_page(one, f"{url}?ticket=ticket-{one.person.id}"))
        yield team


def put_through(machine: Laptop, team: list[Colleague], number: int, after_s: float) -> Transferred:
    """One caller, from dialling until they are back with the agent, or have given up."""
    time.sleep(after_s)
    for one in team:
        one.people.seen(one.person.id)
    sid = machine.carrier.dial(f"+1415555{number:04}", RECEPTION, CALLER)
    deadline = time.monotonic() + CALL_S
    while "back" not in _moves(machine, sid) and time.monotonic() < deadline:
        machine.children.check()
        time.sleep(LOOK_EVERY_S)
    time.sleep(2)  # so that the agent's first word is on the recording, where the silence ends
    call, wav, log = machine.carrier.call(sid), machine.carrier.wav(sid), machine.calls.log(sid)
    machine.carrier.hang_up(sid)
    moves = _moves(machine, sid)
    colleague = next((one for one in team if one.person.id == moves.get("person")), None)
    leg = None if colleague is None else _leg(machine, colleague, call)
    told_ms = 0 if colleague is None else colleague.told.get(sid, 0)
    waits = [event for event in call["timeline"] if event["kind"] == "webhook" and _waits(event["url"])]
    waited_s = sum(end - begin for begin, end in on_the_way(call)) / 1_000
    found = timings(log, call, leg, wav, told_ms, 0)
    return Transferred(found, moves.get("back") == "finished", waited_s, len(waits))


def _moves(machine: Laptop, sid: str) -> dict[str, str]:
    """What the record says of the transfer."""
    lines = (line.data for line in machine.calls.log(sid) if line.kind == "transfer")
    return {name: str(value) for data in lines for name, value in data.items()}


def _leg(machine: Laptop, colleague: Colleague, call: Json) -> Json | None:
    """The person's call for this caller: nobody else's can be as late."""
    legs = [leg for leg in machine.carrier.legs(colleague.person.phone) if leg["created"] > call["created"]]
    return machine.carrier.call(legs[-1]["call_sid"]) if legs else None


def _waits(url: str) -> bool:
    return url.endswith(_TRANSFER_PAGES)


def _person(number: int) -> Person:
    return Person(f"bench-{number}", f"Person {number}", (TEAM,), f"+1415556{number:04}")


def _socket_url(machine: Laptop) -> str:
    functions = machine.account.client("lambda").list_functions()["Functions"]
    (api,) = (one for one in functions if one["Handler"] == "functions.desk.wiring.push")
    return str(api["Environment"]["Variables"]["SOCKET_URL"])


@contextmanager
def _page(one: Colleague, url: str) -> Iterator[None]:
    with connect(url, ping_interval=None) as socket:

        def listen() -> None:
            with suppress(ConnectionClosed):
                for message in socket:
                    one.hear(str(message), round(now().timestamp() * 1_000))

        socket.send('{"watch": null}')
        while "watching" not in str(socket.recv(PAGE_S)):
            pass
        reader = Thread(target=listen, daemon=True)
        reader.start()
        try:
            yield
        finally:
            socket.close()
            reader.join(5)
