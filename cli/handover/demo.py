"""The whole of it: shown as it happens, kept, and judged."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from cli.carrier import Json
from cli.desk_at_home import COLLEAGUES
from cli.handover.desk import Desk, desk_open
from cli.handover.evidence import Timings, shortcomings, timings
from cli.handover.people import ANSWER, CALLER_VOICE, PERSON_VOICE, QUESTION, RINGING_S, Actor, Stuck, caller, person
from cli.handover.phones import Telephone, telephone
from cli.laptop import CALLER, HYBRID, Laptop, laptop
from cli.show import Show
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.ports import LogEntry

PATIENCE_S: Final = 40
LOOK_EVERY_S: Final = 0.1
SETTLED_S: Final = 10
SEEN_S: Final = 1.0
"""How long the person looks at what is suggested to them."""
HELP_S: Final = 3.0
"""How long they wait for it."""
SUMMARY_AFTER_S: Final = 1
"""Instead of half a minute after the call, which nobody wants to look on at (`cdk/after_call.py`)."""
SAM: Final = COLLEAGUES[0]

TROUBLES: Final = ("fault", "cut_off")


@dataclass(slots=True)
class Scene:
    """The call as it goes."""

    machine: Laptop
    grace: Telephone
    sam: Telephone
    log: Sequence[LogEntry] = ()

    def look(self) -> None:
        """Raises CarrierRefused or ChildFailed."""
        self.machine.children.check()
        self.grace.look()
        self.sam.look()
        if self.grace.call_sid:
            self.log = self.machine.calls.log(self.grace.call_sid)

    def asked_for_more(self) -> bool:
        return any("In a sentence" in str(line.data["text"]) for line in self.log if line.kind == "agent")

    def decided(self) -> bool:
        return any(line.kind == "outcome" for line in self.log)

    def misunderstood(self) -> int:
        return sum(line.kind in ("not_understood", "asked_again") for line in self.log)

    def together(self) -> bool:
        return any("to" in line.data for line in self.log if line.kind == "transfer")

    def asked(self) -> bool:
        """Whether the caller has asked the person the question that the agent knows the answer to."""
        return self.grace.said[-1:] == [QUESTION] and self.grace.has_spoken()

    def suggested(self) -> bool:
        return any(line.kind == "suggestion" and ANSWER in str(line.data.get("reply")) for line in self.log)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the call left behind."""

    call: Json
    leg: Json | None
    log: Sequence[LogEntry]
    timings: Timings
    summary: str
    short: Sequence[str]


def demo(out: Path, console: Console) -> tuple[str, list[str]]:
    """Run it; its figures, and what fell short. Raises ChildFailed or CarrierRefused."""
    begun = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("desk-*.png"):
        old.unlink()
    show = Show(console, "Nora")
    show.step("starting the telephone network, the small AWS, the model and the product")
    with laptop(out / "logs", show.step) as machine:
        _summarise_soon(machine)
        with desk_open(machine.desk, SAM, out) as desk:
            show.step(
                f"{SAM.name} is at the desk, free, after {time.monotonic() - begun:.0f} s; a caller dials {HYBRID}"
            )
            kept = _call(machine, desk, show, out)
    _show_timings(kept.timings, show)
    show.step(
        f"recordings {out}/call.wav and tracks.wav, record {out}/record.json, {len(desk.taken)} pictures of the desk"
    )
    return f"{_figures(kept, desk)}, {time.monotonic() - begun:.0f} s in all", list(kept.short)


def _call(machine: Laptop, desk: Desk, show: Show, out: Path) -> Kept:
    stuck: list[str] = []
    with (
        telephone(machine.carrier, CALLER_VOICE) as grace,
        telephone(machine.carrier, PERSON_VOICE, SAM.phone) as sam,
    ):
        scene = Scene(machine, grace, sam)
        try:
            grace.dial(CALLER, HYBRID)
            _play(scene, desk, show)
        except Stuck as error:
            stuck.append(str(error))
    _settle(scene)
    summary = "" if stuck else desk.confirm_summary()
    return _keep(scene, desk, out, summary, stuck)


def _play(scene: Scene, desk: Desk, show: Show) -> None:
    """Until both have hung up. Raises Stuck."""
    rung, seen = _after(RINGING_S, lambda: scene.sam.rings), _after(SEEN_S, scene.suggested)
    given_up = _after(HELP_S, scene.asked)
    parts = [
        Actor(
            "caller",
            caller(scene.grace, scene),
            time.monotonic,
            PATIENCE_S,
        ),
        Actor(
            "person",
            person(scene.sam, rung, scene.together, lambda: seen() or given_up()),
            time.monotonic,
            3 * PATIENCE_S,
        ),
    ]
    pictures = Pictures(scene, desk)
    shown: set[str] = set()
    while not all(part.done for part in parts):
        scene.look()
        for entry in scene.log:
            if entry.key not in shown:
                shown.add(entry.key)
                show.line(entry.kind, entry.data)
        for part in parts:
            part.play()
        pictures.take()
        time.sleep(LOOK_EVERY_S)


class Pictures:
    """One of each stage, as soon as the desk shows it."""

    def __init__(self, scene: Scene, desk: Desk) -> None:
        self._desk = desk
        self._stages: list[tuple[str, Callable[[], bool]]] = [
            ("arriving", lambda: desk.shows("A call for you")),
            ("briefed", lambda: desk.shows("Listen, then accept")),
            ("talking", lambda: desk.shows("You are talking")),
            ("suggested", desk.suggests),
        ]

    def take(self) -> None:
        """Those that can be taken now; a stage that has been passed over is left out."""
        for place, (name, there) in enumerate(self._stages):
            if there():
                self._desk.picture(name)
                if name == "arriving":
                    self._desk.open_call()
                del self._stages[: place + 1]
                return


def _after(seconds: float, condition: Callable[[], bool]) -> Callable[[], bool]:
    """Whether it is that long since the condition was first looked at and held."""
    since: list[float] = []

    def over() -> bool:
        if not since and condition():
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] >= seconds

    return over


def _settle(scene: Scene) -> None:
    """Wait for the end of the call to be known."""
    deadline = time.monotonic() + SETTLED_S
    while time.monotonic() < deadline:
        record = scene.machine.calls.get(scene.grace.call_sid)
        if record is None or record.ended_at is not None:
            break
        time.sleep(LOOK_EVERY_S)
    scene.look()


def _summarise_soon(machine: Laptop) -> None:
    queues = machine.account.client("sqs")
    for url in queues.list_queues().get("QueueUrls", ()):
        if "after-call" in url and not url.endswith("-dead"):
            queues.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": str(SUMMARY_AFTER_S)})


def _keep(scene: Scene, desk: Desk, out: Path, summary: str, stuck: Sequence[str]) -> Kept:
    carrier, sid = scene.machine.carrier, scene.grace.call_sid
    call, wav = carrier.call(sid), carrier.wav(sid)
    leg = carrier.call(scene.sam.call_sid) if scene.sam.call_sid else None
    (out / "call.wav").write_bytes(wav)
    (out / "tracks.wav").write_bytes(carrier.tracks(sid))
    if leg is not None:
        (out / "person.wav").write_bytes(carrier.wav(scene.sam.call_sid))
    (out / "carrier.json").write_text(json.dumps({"caller": call, "person": leg}, indent=1) + "\n")
    found = timings(scene.log, call, leg, wav, *desk.first_shown_ms())
    (out / "record.json").write_text(json.dumps(_record(scene, found, summary), indent=1, default=str) + "\n")
    with (out / "record.txt").open("w") as file:
        page = Show(Console(file=file, width=120), "Nora")
        for line in scene.log:
            page.line(line.kind, line.data)
    short = [*stuck, *_missing(scene.log), *shortcomings(found)]
    return Kept(call, leg, scene.log, found, summary, short)


def _record(scene: Scene, found: Timings, summary: str) -> Mapping[str, Any]:
    state = scene.machine.calls.get(scene.grace.call_sid)
    client = scene.machine.account.client("dynamodb")
    kept = DynamoDbTransfers(client, scene.machine.deployed.calls_table).transfer(scene.grace.call_sid, 1)
    return {
        "call": None if state is None else {**asdict(state), "next_step": repr(state.next_step)},
        "transfer": None if kept is None else kept.transfer.snapshot(),
        "told": None if kept is None else kept.briefing,
        "confirmed": summary,
        "timings": asdict(found),
        "log": [{"at": line.at.astimezone(UTC).isoformat(), "kind": line.kind, **line.data} for line in scene.log],
    }


def _missing(log: Sequence[LogEntry]) -> list[str]:
    kinds = [line.kind for line in log]
    moves = [str(line.data.get("to") or line.data.get("back")) for line in log if line.kind == "transfer"]
    short = [f"{kind.replace('_', ' ')}: {kinds.count(kind)}" for kind in TROUBLES if kind in kinds]
    if "identity" not in kinds:
        short.append("the caller was not verified")
    if moves[-1:] != ["finished"]:
        short.append(f"the caller was led {moves}")
    return short


def _show_timings(found: Timings, show: Show) -> None:
    for what, ms in (
        ("decision to the first ring", found.decision_to_ring_ms),
        ("decision to the end of saying so", found.word_ms),
        ("the order to ring to the call on the desk", found.desk_ms),
        ("picking up to the whisper", found.whisper_ms),
        ("longest silence for the caller", found.silence_ms),
        ("sentence to suggestion", found.suggestion_ms),
    ):
        show.step(f"{what}: {'not measured' if ms is None else f'{ms} ms'}")


def _figures(kept: Kept, desk: Desk) -> str:
    found = kept.timings
    helped = "nothing suggested" if found.suggestion_ms is None else f"suggested after {found.suggestion_ms} ms"
    return (
        f"first ring after {found.decision_to_ring_ms} ms, whisper after {found.whisper_ms} ms, "
        f"silence at most {found.silence_ms} ms, {helped}, {len(desk.taken)} pictures"
    )
