"""The next-step webhook, as Twilio sees it."""

import pytest

from shared.core.next_step import HangUp, TakeMessage
from shared.usecases.answers import TROUBLE
from shared.wire.twiml import Hangup, Say, response
from tests.fakes import FakeCallStore
from tests.functions.carrier import CALL, NEXT, application, post
from tests.usecases.clinic import CALL_SID, state, streaming

RECORDING = "https://api.example.com/2010-04-01/Accounts/AC0/Recordings/RE0"


async def test_after_a_goodbye_the_carrier_is_told_to_hang_up() -> None:
    store = FakeCallStore()
    streaming(store, then=HangUp())

    reply = await post(application(store), NEXT, {**CALL, "StreamSid": "MZ" + "0" * 32})

    assert reply.text == response(Hangup())
    assert state(store).outcome == "completed"


async def test_a_stream_that_died_is_opened_again_with_a_new_token() -> None:
    store = FakeCallStore()
    streaming(store)

    assert '<Parameter name="token" value="token-1" />' in (await post(application(store), NEXT, CALL)).text


async def test_a_message_is_recorded_back_to_this_webhook() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage("Leave your name.", "after-hours"))

    text = (await post(application(store), NEXT, CALL)).text

    assert "Leave your name.</Say><Record" in text
    assert 'action="https://voice.example.com/twilio/next"' in text


@pytest.mark.parametrize(("duration", "kept"), [("12", 12), ("", None), ("long", None), ("9" * 99, None)])
async def test_a_message_left_is_kept_with_its_length(duration: str, kept: int | None) -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage("Leave your name.", "after-hours"))
    fields = {**CALL, "RecordingUrl": RECORDING, "RecordingDuration": duration, "Digits": "hangup"}

    reply = await post(application(store), NEXT, fields)

    assert reply.text.endswith("<Hangup /></Response>")
    assert [entry.data for entry in store.log(CALL_SID)] == [{"url": RECORDING, "duration_s": kept}]


@pytest.mark.parametrize("url", ["RE0", "file:///etc/passwd", "https://api.example.com/a b", "https://" + "x" * 501])
async def test_an_impossible_recording_is_refused(url: str) -> None:
    store = FakeCallStore()

    assert (await post(application(store), NEXT, {**CALL, "RecordingUrl": url})).status_code == 400
    assert store.log(CALL_SID) == []


async def test_an_unknown_call_gets_an_apology_not_an_error() -> None:
    reply = await post(application(FakeCallStore()), NEXT, CALL)

    assert (reply.status_code, reply.text) == (200, response(Say(TROUBLE), Hangup()))
