"""Calls from the first ring to the last callback."""

from local.carrier.phones.script import HangUp, Wait
from tests.local.carrier.office import ACCOUNT, CALLER, CLINIC, telephony


async def test_an_inbound_call_rings_is_answered_and_completed() -> None:
    async with telephony() as t:
        t.office.page("/voice", '<Pause length="1"/>')
        call = await t.call(Wait(ms=100), HangUp())
        assert await call.ended(5) == "completed"
        first = t.office.at("/voice")[0]
        assert first.signed
        assert first.fields["CallStatus"] == "ringing"
        assert first.fields["AccountSid"] == ACCOUNT
        assert first.fields["From"] == first.fields["Caller"] == CALLER
        assert first.fields["To"] == first.fields["Called"] == CLINIC
        assert first.fields["Direction"] == "inbound"
        assert first.fields["FromCity"] == ""
        (last,) = t.office.at("/status")
        assert last.signed
        assert last.fields["CallStatus"] == "completed"
        assert last.fields["CallDuration"] == "1"
        assert last.fields["Duration"] == "1"
        assert last.fields["SequenceNumber"] == "0"
        assert [e.detail["status"] for e in call.timeline.of("status")] == ["ringing", "in-progress", "completed"]
