"""<Redirect>, <Hangup> and <Reject>."""

import pytest

from local.carrier.phones.script import Wait
from tests.local.carrier.office import Telephony


async def test_a_redirect_is_read_against_its_document_and_keeps_its_method(line: Telephony) -> None:
    line.office.page("/a/b/voice", '<Redirect method="GET">../next?x=1</Redirect><Hangup/>')
    line.office.page("/voice", "<Redirect>a/b/voice</Redirect>")
    line.office.page("/a/next", "<Hangup/>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    (following,) = line.office.at("/a/next")
    assert following.method == "GET"
    assert following.fields["x"] == "1"
    assert following.fields["CallSid"] == call.sid
    assert following.signed


async def test_after_a_hangup_nothing_more_runs(line: Telephony) -> None:
    line.office.page("/voice", "<Hangup/><Redirect>/next</Redirect>")
    assert await (await line.call()).ended(5) == "completed"
    assert line.office.at("/next") == []


@pytest.mark.parametrize(
    ("reject", "status", "sip"), [("<Reject/>", "no-answer", "487"), ('<Reject reason="busy"/>', "busy", "486")]
)
async def test_a_rejected_call_is_never_answered(line: Telephony, reject: str, status: str, sip: str) -> None:
    line.office.page("/voice", reject)
    call = await line.call(Wait(ms=10))
    assert await call.ended(5) == status
    (told,) = line.office.at("/status")
    assert told.fields["CallStatus"] == status
    assert told.fields["CallDuration"] == "0"
    assert told.fields["SipResponseCode"] == sip
    assert call.timeline.of("phone") == []


async def test_an_answered_call_cannot_be_rejected(line: Telephony) -> None:
    line.office.page("/voice", "<Say/><Reject/><Redirect>/next</Redirect>")
    line.office.page("/next", "<Hangup/>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert len(line.office.at("/next")) == 1
    assert [e.detail["code"] for e in call.timeline.of("error")] == [12200]
