"""A person and the call itself: taken over, given back, heard again; through the API, as signed in."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.core.next_step import HandOver, HangUp
from shared.core.take_over import taken_over_by
from shared.core.transfer import Transfer
from shared.core.transfer_events import Accepted, Claimed, Phase, Rung
from shared.ports import Unavailable
from tests.functions.desk.conftest import KIM, RECORDING, SAM, Desk
from tests.functions.desk.test_api import CLAIMS, Api, api
from tests.usecases.clinic import ADDRESSES, AGENT
from tests.usecases.switch import DESK

__all__ = ["api"]

AS_KIM = CLAIMS | {"sub": "p-kim", "name": "Kim Lee", "cognito:username": "kim"}


def holder(api: Api, sid: str, by: str = "me", claims: Mapping[str, str] = CLAIMS) -> tuple[int, object]:
    answer = api.ask("PUT", f"/api/calls/{sid}/holder", {"by": by}, claims=claims)
    return answer.status, answer.json


def test_x3_a_click_takes_the_call_over_and_the_other_desk_is_told_who_has_it(desk: Desk, api: Api) -> None:
    sid = desk.ring()
    for person in (SAM, KIM):
        desk.deps.people.sign_in(person)

    assert holder(api, sid) == (200, {})
    assert desk.telephony.redirected == [(sid, ADDRESSES.next_step)]
    assert holder(api, sid, claims=AS_KIM) == (409, {"wrong": "Sam Rivera has the call."})
    call = desk.deps.store.get(sid)
    assert call is not None
    assert call.next_step == taken_over_by("sam")


def test_what_stands_in_the_way_is_said(desk: Desk, api: Api) -> None:
    sid = desk.ring()
    assert holder(api, sid)[1] == {"wrong": "You have another call, or your page was away. Try again."}
    desk.deps.people.sign_in(SAM)
    desk.telephony.refuse(Unavailable("down"))
    assert "took no order" in str(holder(api, sid)[1])
    desk.deps.store.set_next_step(sid, HangUp(), stream=0)
    assert holder(api, sid)[1] == {"wrong": "The call has ended, or is about to."}
    without = {name: value for name, value in CLAIMS.items() if name != "phone_number"}
    assert "no number" in str(holder(api, sid, claims=without)[1])
    assert holder(api, f"CA{9:032x}")[0] == 404
    assert holder(api, sid, by="kim")[0] == 400


def test_x3_only_who_has_the_call_gives_it_back(desk: Desk, api: Api) -> None:
    sid = desk.ring()
    began, _ = Transfer.begin(replace(AGENT.routes[0], destinations=(DESK,)), "asked", 0)
    talking = began
    for event in (Claimed(1, "p-sam"), Rung(1, "CA-leg"), Accepted(1)):
        talking, _ = talking.after(event, 0)
    desk.deps.store.set_next_step(sid, HandOver("reception", "asked"), stream=0)
    assert desk.transfers.open_transfer(sid, 0, talking, {}, desk.times[0])

    assert holder(api, sid, by="agent", claims=AS_KIM) == (409, {"wrong": "Somebody else has the call."})
    assert holder(api, sid, by="agent") == (200, {})
    kept = desk.transfers.transfer(sid, 0)
    assert kept is not None
    assert kept.transfer.phase is Phase.BACK
    assert desk.telephony.hung_up == ["CA-leg"]
    assert holder(api, sid, by="agent") == (409, {"wrong": "The call has ended, or is about to."})


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_x3_a_recording_is_heard_in_pieces_and_the_credentials_stay_in_the_lambda(
    desk: Desk, api: Api, knows_ranges: bool
) -> None:
    desk.tapes.call_sid = sid = desk.ring()
    desk.tapes.knows_ranges = knows_ranges
    (kept,) = api.ask("GET", f"/api/calls/{sid}/recordings").json["recordings"]
    assert kept == {"sid": RECORDING, "at": "2026-11-20T12:00:00+00:00", "duration_s": 9, "channels": 2}

    first = api.ask("GET", f"/api/calls/{sid}/recordings/{RECORDING}")
    rest = api.ask("GET", f"/api/calls/{sid}/recordings/{RECORDING}", query=f"from={len(first.content)}")
    assert (first.headers["x-last"], rest.headers["x-last"]) == ("no", "yes")
    assert first.headers["cache-control"] == "no-store"
    assert first.content + rest.content == desk.tapes.SOUND
    assert all(who.startswith("Basic ") for _, who in desk.tapes.asked)
    assert "Basic" not in json.dumps(dict(first.headers))


def test_r4_a_recording_is_heard_of_its_own_call_only_and_by_who_has_signed_in(desk: Desk, api: Api) -> None:
    desk.tapes.call_sid, other = desk.ring(1), desk.ring(2)
    assert api.ask("GET", f"/api/calls/{other}/recordings/{RECORDING}").status == 404
    assert api.ask("GET", f"/api/calls/{desk.tapes.call_sid}/recordings/{RECORDING}", query="from=-1").status == 400
    assert api.ask("GET", f"/api/calls/{desk.tapes.call_sid}/recordings/{RECORDING}", claims=None).status == 401
    assert not any(path.endswith(".wav") for path, _ in desk.tapes.asked)
