"""The REST API, asked by Twilio's own SDK and by clients that err."""

from typing import Any

import aiohttp
import pytest

from local.carrier.handset import Answer
from local.carrier.phones.script import HangUp, Play, Script, Step, Wait
from local.carrier.sound import interleave, tone, wav_header
from tests.local.carrier.office import ACCOUNT, CLINIC, TOKEN, VOICE, Telephony
from tests.local.carrier.rest.conftest import Sdk

PATIENT = "+14155550123"
CREDENTIALS = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
EVENTS = ["initiated", "ringing", "answered", "completed"]


def patient(line: Telephony, *steps: Step, ring_ms: int = 0, answer: Answer | None = Answer.PICKED_UP) -> None:
    """Somebody answers at the patient's number."""
    line.carrier.exchange.phones[PATIENT] = lambda: Script(*steps, ring_ms=ring_ms, answer=answer)


async def test_an_outbound_call_tells_every_step_in_order(line: Telephony, sdk: Sdk) -> None:
    patient(line, Wait(ms=50), HangUp())
    line.office.page("/voice", '<Pause length="5"/>')
    created = await sdk(
        lambda c: c.calls.create(
            to=PATIENT,
            from_=CLINIC,
            url=f"{VOICE}/voice",
            status_callback=f"{VOICE}/status#rc=3&rp=all",
            status_callback_event=EVENTS,
            time_limit=600,
        )
    )
    assert created.status == "queued"
    assert created.direction == "outbound-api"
    assert await line.carrier.handle(created.sid).ended(5) == "completed"
    voice = line.office.at("/voice")[0]
    assert voice.signed
    assert voice.fields["CallStatus"] == "in-progress"
    assert voice.fields["Direction"] == "outbound-api"
    told = sorted(line.office.at("/status"), key=lambda request: int(request.fields["SequenceNumber"]))
    assert [t.fields["CallStatus"] for t in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [t.fields["SequenceNumber"] for t in told] == ["0", "1", "2", "3"]
    assert all(t.signed for t in told)
    fetched = await sdk(lambda c: c.calls(created.sid).fetch())
    assert fetched.status == "completed"
    assert fetched.duration == "1"
    assert fetched.start_time is not None
    assert fetched._from == CLINIC


@pytest.mark.parametrize(
    ("answer", "status"), [(Answer.BUSY, "busy"), (None, "no-answer"), (Answer.PICKED_UP, "completed")]
)
async def test_a_called_phone_decides_how_the_call_ends(
    line: Telephony, sdk: Sdk, answer: Answer | None, status: str
) -> None:
    patient(line, answer=answer)
    document = "<Response><Hangup/></Response>"
    created = await sdk(lambda c: c.calls.create(to=PATIENT, from_=CLINIC, twiml=document, timeout=1))
    assert await line.carrier.handle(created.sid).ended(5) == status


async def test_a_number_nobody_has_fails(line: Telephony, sdk: Sdk) -> None:
    created = await sdk(lambda c: c.calls.create(to=PATIENT, from_=CLINIC, twiml="<Response/>"))
    assert await line.carrier.handle(created.sid).ended(5) == "failed"


async def test_a_ringing_call_can_be_canceled_and_a_live_one_completed(line: Telephony, sdk: Sdk) -> None:
    patient(line, answer=None)
    ringing = await sdk(lambda c: c.calls.create(to=PATIENT, from_=CLINIC, url=f"{VOICE}/voice"))
    await line.carrier.handle(ringing.sid).timeline.until("status", 5, status="ringing")
    await sdk(lambda c: c.calls(ringing.sid).update(status="canceled"))
    assert await line.carrier.handle(ringing.sid).ended(5) == "canceled"
    patient(line)
    line.office.page("/voice", '<Pause length="600"/>')
    live = await sdk(lambda c: c.calls.create(to=PATIENT, from_=CLINIC, url=f"{VOICE}/voice"))
    await line.carrier.handle(live.sid).timeline.until("verb", 5, name="Pause")
    await sdk(lambda c: c.calls(live.sid).update(status="canceled"))
    assert (await sdk(lambda c: c.calls(live.sid).fetch())).status == "in-progress"
    await sdk(lambda c: c.calls(live.sid).update(status="completed"))
    assert await line.carrier.handle(live.sid).ended(5) == "completed"
    assert (await sdk.refusal(lambda c: c.calls(live.sid).update(status="completed"))).code == 21220


async def test_a_live_call_can_be_given_another_document(line: Telephony, sdk: Sdk) -> None:
    line.office.page("/voice", '<Pause length="600"/>')
    line.office.page("/other", '<Pause length="600"/>')
    call = await line.call()
    await call.timeline.until("verb", 5, name="Pause")
    await sdk(lambda c: c.calls(call.sid).update(url=f"{VOICE}/other", method="GET"))
    other = await line.office.until("/other")
    assert other.method == "GET"
    assert other.signed
    await call.timeline.until("verb", 5, 2, name="Pause", done=False)
    await sdk(lambda c: c.calls(call.sid).update(twiml="<Response><Hangup/></Response>"))
    assert await call.ended(5) == "completed"


async def test_a_time_limit_ends_the_call(line: Telephony, sdk: Sdk) -> None:
    line.office.page("/voice", '<Pause length="600"/>')
    call = await line.call(Wait(ms=1))
    await call.timeline.until("phone", 5, step=1)
    await sdk(lambda c: c.calls(call.sid).update(time_limit=1))
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [32015]


async def test_calls_are_listed_by_page_and_filter(line: Telephony, sdk: Sdk) -> None:
    for _ in range(3):
        created = await sdk(lambda c: c.calls.create(to=PATIENT, from_=CLINIC, twiml="<Response/>"))
        await line.carrier.handle(created.sid).ended(5)
    listed = await sdk(lambda c: c.calls.list(page_size=2))
    assert len(listed) == 3
    assert listed[0].sid == created.sid
    assert len(await sdk(lambda c: c.calls.list(to=PATIENT, status="failed"))) == 3
    assert await sdk(lambda c: c.calls.list(to=CLINIC)) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "911"}, 21211),
        ({"To": "client:alice"}, 21211),
        ({"From": ""}, 21213),
        ({"From": "nobody"}, 21212),
        ({"From": "+14155559999"}, 21210),
        ({"Url": ""}, 21205),
        ({"Url": "voice.example.test"}, 21205),
        ({"Url": "https://under_score.test/"}, 21205),
        ({"Url": "", "ApplicationSid": "AP1"}, 21218),
        ({"Url": "", "Twiml": "x" * 4001}, 32018),
        ({"StatusCallback": "ftp://x.test"}, 21609),
        ({"Method": "PUT"}, 20001),
        ({"Timeout": "601"}, 20001),
        ({"TimeLimit": "-1"}, 20001),
    ],
)
async def test_a_bad_call_is_refused_with_twilios_code(line: Telephony, fields: dict[str, str], code: int) -> None:
    good = {"To": PATIENT, "From": CLINIC, "Url": f"{VOICE}/voice"}
    status, body = await post(line, "/Calls.json", {**good, **fields})
    assert status == 400
    assert body["code"] == code
    assert body["status"] == 400
    assert body["more_info"].endswith(str(code))
    assert body["message"]
    assert list(line.carrier.calls()) == []


async def test_what_twilio_only_warns_about_is_noted(line: Telephony) -> None:
    fields = {"To": PATIENT, "From": CLINIC, "Url": f"{VOICE}/voice", "Twiml": "<Response/>", "Record": "true"}
    status, body = await post(line, "/Calls.json", {**fields, "StatusCallbackEvent": "sneezed"})
    assert status == 201
    call = line.carrier.handle(body["sid"])
    assert [e.detail["code"] for e in call.timeline.of("error")] == [32019, 21626]
    assert [e.detail["what"] for e in call.timeline.of("not-simulated")] == ["Record"]
    await call.ended(5)


async def test_numbers_are_bought_changed_listed_and_released(line: Telephony, sdk: Sdk) -> None:
    bought = await sdk(
        lambda c: c.incoming_phone_numbers.create(
            phone_number="+14155550111",
            voice_url=f"{VOICE}/voice",
            voice_fallback_url=f"{VOICE}/fallback",
            status_callback=f"{VOICE}/status",
        )
    )
    assert bought.voice_url == f"{VOICE}/voice"
    assert (await sdk.refusal(lambda c: c.incoming_phone_numbers.create(phone_number="+14155550111"))).code == 21422
    await sdk(lambda c: c.incoming_phone_numbers(bought.sid).update(voice_url=f"{VOICE}/other", voice_method="GET"))
    (found,) = await sdk(lambda c: c.incoming_phone_numbers.list(phone_number="+14155550111"))
    assert (found.voice_url, found.voice_method) == (f"{VOICE}/other", "GET")
    assert found.voice_fallback_url == f"{VOICE}/fallback"
    assert await sdk(lambda c: c.incoming_phone_numbers(bought.sid).delete())
    assert (await sdk.refusal(lambda c: c.incoming_phone_numbers(bought.sid).fetch())).code == 20404


async def test_recordings_are_listed_and_deleted(line: Telephony, sdk: Sdk) -> None:
    line.office.page("/voice", '<Record playBeep="false" action="/message"/>')
    line.office.page("/message", "<Hangup/>")
    call = await line.call(Play(wav=wav_header(1, 1600) + interleave(tone(300, 200))), HangUp())
    await call.ended(5)
    (recording,) = await sdk(lambda c: c.recordings.list())
    assert recording.call_sid == call.sid
    assert [r.sid for r in await sdk(lambda c: c.calls(call.sid).recordings.list())] == [recording.sid]
    assert await sdk(lambda c: c.recordings(recording.sid).delete())
    assert (await sdk.refusal(lambda c: c.recordings(recording.sid).fetch())).status == 404


@pytest.mark.parametrize(
    "path", ["/Calls/CA0.json", "/Messages/SM0.json", "/Addresses.json", "/Recordings/RE0", "/%00"]
)
async def test_what_does_not_exist_is_not_found(line: Telephony, path: str) -> None:
    assert await get(line, f"{ACCOUNT}{path}", CREDENTIALS) == (404, 20404)


@pytest.mark.parametrize("given", ["", "Basic", "Basic !!!", "Bearer x", "Basic YTpi", "Basic ÿ"])
async def test_without_the_accounts_credentials_nothing_is_answered(line: Telephony, given: str) -> None:
    assert await get(line, f"{ACCOUNT}/Calls.json", {"Authorization": given}) == (401, 20003)


async def test_another_account_is_not_found(line: Telephony) -> None:
    assert await get(line, f"AC{'2' * 32}/Calls.json", CREDENTIALS) == (404, 20404)


async def test_an_oversized_form_is_refused(line: Telephony) -> None:
    status, body = await post(line, "/Calls.json", {"To": "x" * 70_000})
    assert (status, body["code"]) == (413, 20001)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"%ff=%fe", b"=&&&=", b"\x00", b"To" + b"&a=1" * 2000, b"To=%00"])
async def test_any_bytes_are_answered_with_an_error_in_twilios_shape(line: Telephony, body: bytes) -> None:
    status, answer = await post(line, "/Calls.json", body)
    assert status == 400
    assert answer["code"] in (20001, 21201, 21211)


async def get(line: Telephony, path: str, headers: dict[str, str]) -> tuple[int, int]:
    """Status and error code."""
    url = f"{line.carrier.url}/2010-04-01/Accounts/{path}"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        return answer.status, (await answer.json())["code"]


async def post(line: Telephony, path: str, fields: dict[str, str] | bytes) -> tuple[int, dict[str, Any]]:
    url = f"{line.carrier.url}/2010-04-01/Accounts/{ACCOUNT}{path}"
    async with aiohttp.ClientSession(headers=CREDENTIALS) as session, session.post(url, data=fields) as answer:
        return answer.status, await answer.json()


async def test_a_sip_phone_is_ordered_by_its_address_and_told_the_headers(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.phones["sip:kim@example.com"] = lambda: Script(Wait(ms=50), HangUp())
    line.office.page("/voice", '<Pause length="5"/>')
    to = "sip:kim@example.com?X-Call=CA1&X-Mood="
    created = await sdk(lambda c: c.calls.create(to=to, from_=CLINIC, url=f"{VOICE}/voice"))
    assert await line.carrier.handle(created.sid).ended(5) == "completed"
    assert line.carrier.handle(created.sid).sip_headers == {"X-Call": "CA1", "X-Mood": ""}
