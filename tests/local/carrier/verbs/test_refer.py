"""<Refer>: the other end's SIP system is asked to call somebody else."""

import pytest

from local.carrier.handset import Answer
from local.carrier.phones.script import Script, Wait
from tests.local.carrier.office import CLINIC, Telephony
from tests.local.carrier.people import DESK, someone

PBX = "sip:pbx@example.test"


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [(Answer.PICKED_UP, "in-progress", "200"), (Answer.BUSY, "busy", "486"), (None, "failed", "404")],
)
async def test_a_sip_call_is_referred_and_how_that_went_is_told(
    line: Telephony, answer: Answer | None, status: str, code: str
) -> None:
    if answer:
        someone(line, at=DESK, answer=answer)
    line.office.page("/voice", f'<Refer action="/referred"><Sip>{DESK}?X-Call=7</Sip></Refer>')
    line.office.page("/referred", "<Hangup/>")
    call = await line.carrier.call(PBX, CLINIC, Script(Wait(ms=60_000)))
    referred = await line.office.until("/referred")
    assert referred.fields["ReferCallStatus"] == status
    assert referred.fields["ReferSipResponseCode"] == "202"
    assert referred.fields["NotifySipResponseCode"] == code
    assert await call.ended(5) == "completed"
    assert line.carrier.exchange.calls[call.sid].record.referred_to == f"{DESK}?X-Call=7"


async def test_headers_of_an_incoming_sip_call_are_told(line: Telephony) -> None:
    line.office.page("/voice", "<Hangup/>")
    await line.carrier.exchange.dial_in(PBX, CLINIC, Script(), {"X-Account": "7"})
    voice = await line.office.until("/voice")
    assert voice.fields["SipHeader_X-Account"] == "7"
    assert voice.fields["From"] == PBX


@pytest.mark.parametrize(("caller", "target", "code"), [("+14155550199", DESK, 13801), (PBX, "desk", 12200)])
async def test_what_cannot_be_referred_is_refused(line: Telephony, caller: str, target: str, code: int) -> None:
    line.office.page("/voice", f"<Refer><Sip>{target}</Sip></Refer>")
    call = await line.carrier.call(caller, CLINIC, Script())
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [code]
