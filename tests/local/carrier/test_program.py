"""Following documents: fallback, apology, loops."""

import pytest
from aiohttp import web

from local.carrier.record import Webhook
from tests.local.carrier.office import VOICE, Telephony, xml


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (web.Response(status=500), 11200),
        (web.Response(status=403), 11200),
        (web.Response(text="<Response/>", content_type="text/html"), 12300),
        (web.Response(text="<Response>", content_type="text/xml"), 12100),
        (xml(" " * 65_536), 11750),
        (web.Response(status=204), 11770),
    ],
)
async def test_when_a_webhook_fails_the_fallback_is_asked_with_the_reason(
    line: Telephony, answer: web.Response, code: int
) -> None:
    number = line.carrier.exchange.number("+14155550100")
    assert number
    number.voice_fallback = Webhook(f"{VOICE}/fallback")
    line.office.page("/voice", answer)
    line.office.page("/fallback", "<Redirect>relative</Redirect>")
    line.office.page("/relative", "<Hangup/>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    (fallback,) = line.office.at("/fallback")
    assert fallback.signed
    assert fallback.fields["ErrorCode"] == str(code)
    assert fallback.fields["ErrorUrl"] == f"{VOICE}/voice"
    assert fallback.fields["CallStatus"] == "ringing"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [code]
    assert len(line.office.at("/relative")) == 1


async def test_without_a_fallback_the_caller_hears_an_apology(spoken: Telephony) -> None:
    spoken.office.page("/voice", web.Response(status=500))
    call = await spoken.call()
    assert await call.ended(5) == "completed"
    assert len(call.timeline.of("sound", who="agent", speaking=True)) == 1


async def test_a_failing_fallback_ends_the_call_with_the_apology(line: Telephony) -> None:
    number = line.carrier.exchange.number("+14155550100")
    assert number
    number.voice_fallback = Webhook(f"{VOICE}/fallback")
    line.office.page("/voice", web.Response(status=500))
    line.office.page("/fallback", web.Response(status=500))
    assert await (await line.call()).ended(5) == "completed"
    assert len(line.office.at("/fallback")) == 1


async def test_a_redirect_loop_is_broken_even_with_a_fallback_into_it(line: Telephony) -> None:
    number = line.carrier.exchange.number("+14155550100")
    assert number
    number.voice_fallback = Webhook(f"{VOICE}/voice")
    line.office.page("/voice", "<Redirect>/voice</Redirect>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert 11215 in [e.detail["code"] for e in call.timeline.of("error")]
    assert len(line.office.at("/voice")) < 50


async def test_a_number_without_a_url_fails_silently(line: Telephony) -> None:
    number = line.carrier.exchange.number("+14155550100")
    assert number
    number.voice = None
    call = await line.call()
    assert await call.ended(5) == "failed"
    assert line.office.at("/status")[0].fields["CallDuration"] == "0"
    assert call.timeline.of("error") == []


async def test_an_empty_document_answers_and_ends_the_call(line: Telephony) -> None:
    line.office.page("/voice", "")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["status"] for e in call.timeline.of("status")] == ["ringing", "in-progress", "completed"]


async def test_what_the_document_asks_in_vain_is_noted(line: Telephony) -> None:
    line.office.page("/voice", '<Dance/><Gather timeout="0" hints="yes"/>')
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [(e.detail["code"], e.detail["why"]) for e in call.timeline.of("error")] == [(12200, "<Dance>")]
    assert [e.detail["what"] for e in call.timeline.of("not-simulated")] == ["Gather hints"]
