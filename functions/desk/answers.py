"""What the page is answered: who and what is there, a call whole, and what a person says, corrects and does."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from starlette.requests import Request

from functions.desk import shown
from functions.desk.dependencies import Dependencies
from functions.desk.request import Wrong, read
from shared.adapters.dynamodb_desk.calls import PAGE
from shared.adapters.dynamodb_desk.follow_ups import AGENT
from shared.adapters.dynamodb_desk.reviews import Review
from shared.adapters.dynamodb_desk.rows import text
from shared.core.assist import CORRECTED
from shared.core.presence import Presence
from shared.ports import CallRecord, FollowUpKind, LogEntry, Person

type Answer = Mapping[str, Any]
type Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
type Sid = Annotated[str, msgspec.Meta(pattern=r"^CA[0-9a-fA-F]{32}$")]
type Number = Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9]\d{6,14})?$")]


class Be(msgspec.Struct, forbid_unknown_fields=True):
    presence: Presence


class Correct(msgspec.Struct, forbid_unknown_fields=True):
    """The whole review as it is to be, made from the version the person saw; 0 when there was none."""

    version: Annotated[int, msgspec.Meta(ge=0)]
    summary: Text | None = None
    slots: Annotated[
        dict[Annotated[str, msgspec.Meta(max_length=200)], Annotated[str, msgspec.Meta(max_length=500)]],
        msgspec.Meta(max_length=100),
    ] = {}


class Add(msgspec.Struct, forbid_unknown_fields=True):
    kind: FollowUpKind
    call_sid: Sid
    about: Text
    at: datetime
    number: Number = ""


class Do(msgspec.Struct, forbid_unknown_fields=True):
    do: Literal["take", "give-up", "done"]


def desk(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """Everything a page begins with."""
    deps.people.sign_in(me)
    return {
        "me": me.id,
        "people": [shown.person(at_desk) for at_desk in deps.people.everyone()],
        "live": [shown.call(line) for line in deps.calls.live()],
        "transfers": [asdict(line) for line in deps.transfers.under_way()],
        "follow_ups": [shown.follow_up(what) for what in deps.follow_ups.open()],
        "agents": {name: shown.form(agent) for name, agent in deps.agents.items()},
    }


def ticket(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """What opens one connection (`socket`)."""
    new = deps.new_ticket()
    deps.connections.issue(new, me.id)
    return {"ticket": new}


def presence(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    deps.people.be(me.id, read(body, Be).presence)
    return {}


def call(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """A call, whole: its state, its log, the task under way, and a person's word on it."""
    record = record_of(deps, request)
    review = deps.reviews.get(record.call_sid)
    return {
        "call": shown.record(record),
        "lines": [shown.line(entry) for entry in deps.store.log(record.call_sid) if entry.kind not in shown.HIDDEN],
        "task": shown.under_way((record.progress or {}).get("task")),
        "report": record.report,
        "review": review and asdict(review),
    }


def history(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """Former calls that hold the words of `q`, begun before `before`."""
    before = request.query_params.get("before", "")
    try:
        before = before and text(datetime.fromisoformat(before))
    except ValueError:
        raise Wrong(400, "before: is not a time; give such as 2026-11-20T12:00:00+00:00") from None
    found = deps.calls.former(request.query_params.get("q", "")[:200], before=before)
    return {"calls": [shown.call(line) for line in found], "more": len(found) == PAGE}


def correct(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """A person's word counts before the record's: kept if it was made from the newest there is."""
    asked, record = read(body, Correct), record_of(deps, request)
    if asked.summary is not None and record.ended_at is None:
        raise Wrong(409, "The call goes on; its summary can be confirmed when it is over.")
    review = Review(
        version=asked.version + 1,
        by=me.id,
        name=me.name,
        at=text(deps.now()),
        created_at=text(record.created_at),
        summary=asked.summary,
        slots=asked.slots,
    )
    if not deps.reviews.save(record.call_sid, review):
        newest = deps.reviews.get(record.call_sid)
        raise Wrong(409, f"{newest.name if newest else 'Somebody'} has changed this meanwhile.")
    if record.ended_at is None:  # the agent may have the call again, and then goes by it
        told = LogEntry(f"{CORRECTED}-{review.version:04}", CORRECTED, deps.now(), {"slots": dict(asked.slots)})
        deps.store.append(record.call_sid, [told])
    return {"review": asdict(review)}


def add(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    asked = read(body, Add)
    at = asked.at if asked.at.tzinfo else asked.at.replace(tzinfo=UTC)
    deps.follow_ups.add(asked.kind, asked.call_sid, asked.about, at, number=asked.number)
    return {}


def do(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """Take something that is to be done, leave it to others again, or say that it is done."""
    what, asked = request.path_params["id"], read(body, Do)
    steps = {"take": deps.follow_ups.take, "give-up": deps.follow_ups.give_up, "done": deps.follow_ups.done}
    if not steps[asked.do](what, me.id):
        raise Wrong(409, _whose(deps, what))
    return {}


def _whose(deps: Dependencies, follow_up_id: str) -> str:
    """Why one cannot have it."""
    found = next((what for what in deps.follow_ups.open() if what.id == follow_up_id), None)
    if found is None:
        return "It is done already."
    names = {AGENT: "The agent"} | {at_desk.person.id: at_desk.person.name for at_desk in deps.people.everyone()}
    return f"{names.get(found.taken_by or '', 'Somebody else')} has taken it."


def record_of(deps: Dependencies, request: Request) -> CallRecord:
    """The call that is asked about. Raises Wrong."""
    record = deps.store.get(request.path_params["sid"])
    if record is None:
        raise Wrong(404, "There is no such call.")
    return record
