"""The webhooks of a transfer: behind the same door, and about one call."""

import pytest

from functions import hold_music
from shared.wire import twiml
from tests.fakes import FakeCallStore
from tests.functions.carrier import CALL, application, post, send
from tests.usecases.clinic import CALL_SID, streaming

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


async def test_the_music_on_hold_is_a_telephone_sound_of_six_seconds() -> None:
    reply = await send(application(FakeCallStore()), "/hold.wav", method="GET")
    assert reply.headers["content-type"] == "audio/wav"
    assert reply.content == hold_music.wav()
    assert len(reply.content) == 6 * 8_000 + 58
