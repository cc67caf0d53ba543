"""The webhooks of a transfer: behind the same door, and about one call."""

import pytest

from functions import hold_music
from functions.transfer import over
from functions.webhook import Form
from shared.core.next_step import HandOver
from shared.core.transfer import Returned
from shared.core.transfer_events import Why
from shared.usecases import transfer_legs as legs
from shared.wire import twiml
from tests.fakes import FakeCallStore
from tests.functions.carrier import CALL, application, post, send
from tests.usecases.clinic import CALL_SID, streaming
from tests.usecases.switch import DESK, Board

PATHS = ["wait", "over", "queue", "alone", "brief", "answer", "leg"]
ABOUT = f"?call={CALL_SID}&number=1&attempt=1"


@pytest.mark.parametrize("path", PATHS)
async def test_t3_an_unsigned_form_is_refused_at_every_door(path: str) -> None:
    reply = await send(application(FakeCallStore()), f"/twilio/transfer/{path}{ABOUT}", content=b"CallSid=CA1")
    assert reply.status_code in (403, 415)


@pytest.mark.parametrize("path", ["alone", "brief", "answer", "leg"])
@pytest.mark.parametrize("about", ["", "?call=CA1&number=1&attempt=1", f"?call={CALL_SID}&number=x&attempt=1"])
async def test_what_is_about_no_call_or_no_attempt_is_refused(path: str, about: str) -> None:
    store = FakeCallStore()
    streaming(store)
    assert (await post(application(store), f"/twilio/transfer/{path}{about}", CALL)).status_code == 400


@pytest.mark.parametrize("path", PATHS)
async def test_a_call_without_a_transfer_is_answered_and_nobody_is_left_in_silence(path: str) -> None:
    store = FakeCallStore()
    streaming(store)
    reply = await post(application(store), f"/twilio/transfer/{path}{ABOUT}", CALL)
    assert reply.status_code in (200, 204)
    assert reply.status_code == 204 or len(reply.text) > len(twiml.response())


async def test_a_person_who_hangs_up_on_the_whisper_has_not_talked_to_the_caller() -> None:
    store = FakeCallStore()
    stream = streaming(store, then=HandOver("reception", "asked"))
    store.save_progress(CALL_SID, {}, stream=stream)
    board = Board(store).reaching(DESK, warm=False)
    legs.put_through(board.switch, board.call, HandOver("reception", "asked"))
    form = Form((("CallSid", CALL_SID), ("attempt", "1"), ("DialCallStatus", "completed"), ("DialBridged", "false")))
    over(board.switch, form)
    assert Returned.read(board.call.progress or {}) == Returned("reception", Why.DECLINED)


async def test_the_music_on_hold_is_a_telephone_sound_of_six_seconds() -> None:
    reply = await send(application(FakeCallStore()), "/hold.wav", method="GET")
    assert reply.headers["content-type"] == "audio/wav"
    assert reply.content == hold_music.wav()
    assert len(reply.content) == 6 * 8_000 + 58
