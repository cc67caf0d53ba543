"""What the tables' streams tell the desks."""

from collections.abc import Mapping

from shared.adapters.dynamodb_desk.stream import CallChanged, changes
from shared.wire.dynamodb_values import encode_row

KEYS = {"pk": "call#CA1", "sk": "state"}
RINGS = {**KEYS, "status": "ringing", "status_rank": 2}
ANSWERED = {
    **RINGS,
    "caller": "+14155550142",
    "called": "+15550100100",
    "agent": "reminder",
    "created_at": "2026-11-20",
}


def change(new: Mapping[str, object], old: Mapping[str, object]) -> Mapping[str, object]:
    images = {"NewImage": encode_row(dict(new))} | ({"OldImage": encode_row(dict(old))} if old else {})
    return {"dynamodb": {"Keys": encode_row(dict(KEYS)), **images}}


def test_d3_a_call_of_ours_is_told_when_it_is_answered_though_its_status_was_written_before() -> None:
    told = list(changes({"Records": [change(RINGS, {}), change(ANSWERED, RINGS)]}))

    (answered,) = told
    assert isinstance(answered, CallChanged)
    assert (answered.line.sid, answered.line.at) == ("CA1", "2026-11-20")
