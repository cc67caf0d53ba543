"""What a person does with a call itself: take it over from the agent, give it back, hear what was recorded of it."""

import re
from typing import Literal

import msgspec
from starlette.requests import Request

from functions.desk.answers import Answer, record_of
from functions.desk.dependencies import Dependencies
from functions.desk.request import Wrong, read
from shared.adapters.twilio_recordings import Piece
from shared.ports import Person
from shared.usecases.take_over import Said, give_back, take_over

PIECE_BYTES = 2_000_000
"""Of a recording: as base64 it stays under the 6 MB that a Lambda may answer."""
FARTHEST = 200_000_000

_RECORDING = re.compile(r"RE[0-9a-f]{32}")


class Hold(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to have the call: whoever asks, or the agent again."""

    by: Literal["me", "agent"]


def hold(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """Take the call over, or give it back."""
    asked, call_sid = read(body, Hold), record_of(deps, request).call_sid
    move = take_over if asked.by == "me" else give_back
    said = move(deps.carrier().switch, call_sid, me)
    if said is Said.TAKEN:
        raise Wrong(409, f"{_holder(deps, call_sid)} has the call.")
    if said is not Said.DONE:
        raise Wrong(409, _WHY[said])
    return {}


_WHY = {
    Said.NO_PHONE: "The directory has no number to ring you at; an administrator can add one.",
    Said.BUSY: "You have another call, or your page was away. Try again.",
    Said.OVER: "The call has ended, or is about to.",
    Said.MOVING: "The call is just on its way back to the agent. Try again.",
    Said.UNREACHABLE: "The telephone network took no order; the agent goes on with the call. Try again.",
    Said.NOT_THEIRS: "Somebody else has the call.",
}


def _holder(deps: Dependencies, call_sid: str) -> str:
    holders = (at_desk.person.name for at_desk in deps.people.everyone() if at_desk.call_sid == call_sid)
    return next(holders, "Somebody else")


def recordings(deps: Dependencies, me: Person, request: Request, body: bytes) -> Answer:
    """What the carrier keeps of the call's sound."""
    record = record_of(deps, request)
    kept = deps.carrier().recordings.of(record.account_sid, record.call_sid)
    return {"recordings": [msgspec.to_builtins(one) for one in kept]}


def sound(deps: Dependencies, me: Person, request: Request, body: bytes) -> Piece:
    """A piece of one of them, from byte `from` on. The carrier's address and credentials stay here."""
    record, sid = record_of(deps, request), request.path_params["recording"]
    first = request.query_params.get("from", "0")
    if not first.isdecimal() or int(first) > FARTHEST:
        raise Wrong(400, "from: is no place in a recording; give a number of bytes")
    keeper = deps.carrier().recordings
    if not _RECORDING.fullmatch(sid) or sid not in {one.sid for one in keeper.of(record.account_sid, record.call_sid)}:
        raise Wrong(404, "There is no such recording of this call.")
    return keeper.piece(record.account_sid, sid, int(first), PIECE_BYTES)
