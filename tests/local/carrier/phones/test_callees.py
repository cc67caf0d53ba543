"""People and machines who are called, and what a caller's machine detection makes of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from local.carrier.phones import callees
from local.carrier.phones.callees import Callee, phone_of
from local.carrier.phones.script import HangUp, Wait
from local.carrier.server import CallHandle
from local.carrier.sound import interleave, tone, wav_header
from tests.local.carrier.office import CLINIC, VOICE, Telephony
from tests.local.carrier.people import HUMAN, speech
from tests.local.carrier.rest.conftest import Sdk, client_of

HELLO, GREETING, LONG = speech(600), speech(4000), speech(7000)
FOREVER = '<Pause length="600"/>'
MESSAGE = f"<Play>{VOICE}/sound.wav</Play><Hangup/>"
SOUND = wav_header(1, 8000) + interleave(tone(500, 1000))


@pytest.fixture
async def sdk(spoken: Telephony) -> AsyncIterator[Sdk]:
    spoken.office.page("/sound.wav", web.Response(body=SOUND, content_type="audio/wav"))
    async with client_of(spoken) as sdk:
        yield sdk


async def call(spoken: Telephony, sdk: Sdk, callee: Callee, **fields: Any) -> CallHandle:
    """The office calls them, and has it found out who answers."""
    spoken.carrier.exchange.phones[HUMAN] = lambda: phone_of(callee)
    detection = {
        "machine_detection": "DetectMessageEnd",
        "async_amd": "true",
        "async_amd_status_callback": f"{VOICE}/amd",
    }
    created = await sdk(
        lambda c: c.calls.create(
            to=HUMAN, from_=CLINIC, **{"url": f"{VOICE}/voice", "timeout": 5, **detection, **fields}
        )
    )
    return spoken.carrier.handle(created.sid)


@pytest.mark.parametrize(
    ("callee", "who", "least_ms"),
    [
        (callees.Human(hello=HELLO), "human", 1500),
        (callees.Human(hello=GREETING), "machine_end_silence", 4000),
        (callees.Silent(), "unknown", 5000),
        (callees.Voicemail(greeting=GREETING), "machine_end_beep", 4000),
        (callees.Voicemail(greeting=GREETING, beep=False), "machine_end_silence", 5000),
        (callees.Screening(question=GREETING), "machine_end_silence", 5000),
        (callees.Menu(menu=GREETING), "machine_end_silence", 5000),
        (callees.Fax(), "fax", 400),
        (callees.OptsOut(hello=HELLO), "human", 1500),
    ],
)
async def test_who_answered_is_told_when_it_can_be_known(
    spoken: Telephony, sdk: Sdk, callee: Callee, who: str, least_ms: int
) -> None:
    spoken.office.page("/voice", FOREVER)
    placed = await call(spoken, sdk, callee.model_copy(update={"ring_ms": 0}))
    told = await spoken.office.until("/amd", 1, 10)
    assert told.fields["AnsweredBy"] == who
    assert int(told.fields["MachineDetectionDuration"]) >= least_ms
    placed.hang_up()
    await placed.ended(5)


async def test_a_machine_that_talks_on_is_none_whose_message_ended(spoken: Telephony, sdk: Sdk) -> None:
    spoken.office.page("/voice", FOREVER)
    placed = await call(spoken, sdk, callees.Voicemail(greeting=LONG, ring_ms=0), machine_detection_timeout=5)
    assert (await spoken.office.until("/amd", 1, 10)).fields["AnsweredBy"] == "machine_end_other"
    placed.hang_up()
    await placed.ended(5)


@pytest.mark.parametrize(
    ("callee", "status", "sip"),
    [
        (callees.Busy(ring_ms=0), "busy", "486"),
        (callees.NoAnswer(), "no-answer", "487"),
        (callees.Unallocated(), "failed", "404"),
        (callees.Unallocated(sip=503), "failed", "503"),
    ],
)
async def test_who_cannot_be_reached_is_told_with_the_networks_code(
    spoken: Telephony, sdk: Sdk, callee: Callee, status: str, sip: str
) -> None:
    placed = await call(spoken, sdk, callee, status_callback=f"{VOICE}/status")
    assert await placed.ended(5) == status
    assert spoken.office.at("/status")[0].fields["SipResponseCode"] == sip
    assert spoken.office.at("/amd") == []


async def test_a_mailbox_keeps_what_it_is_told_after_the_beep(spoken: Telephony, sdk: Sdk) -> None:
    spoken.office.page("/voice", FOREVER)
    placed = await call(spoken, sdk, callees.Voicemail(greeting=GREETING, ring_ms=0))
    await spoken.office.until("/amd", 1, 10)
    await sdk(lambda c: c.calls(placed.sid).update(twiml=f"<Response>{MESSAGE}</Response>"))
    assert await placed.ended(10) == "completed"
    (kept,) = placed.kept
    assert tone(500, 980) in kept


async def test_a_mailbox_hangs_up_on_silence(spoken: Telephony, sdk: Sdk) -> None:
    spoken.office.page("/voice", FOREVER)
    placed = await call(spoken, sdk, callees.Voicemail(greeting=GREETING, quiet_ms=1000, ring_ms=0))
    assert await placed.ended(10) == "completed"
    (kept,) = placed.kept
    assert set(kept) == {0xFF}


async def test_a_menu_puts_through_who_presses_the_key_and_hangs_up_on_others(spoken: Telephony, sdk: Sdk) -> None:
    spoken.office.page("/voice", FOREVER)
    menu = callees.Menu(menu=GREETING, hello=HELLO, then=(HangUp(),), ring_ms=0)
    through = await call(spoken, sdk, menu, send_digits="wwwwwwwwwwwwww1")
    await through.timeline.until("phone", 10, do="play", step=4)
    assert await through.ended(10) == "completed"
    away = await call(spoken, sdk, menu)
    assert await away.ended(10) == "completed"
    assert away.timeline.of("phone", do="hang_up", step=5) == []


@pytest.mark.parametrize("connects", [True, False])
async def test_a_screening_telephone_hears_the_caller_out_and_then_decides(
    spoken: Telephony, sdk: Sdk, connects: bool
) -> None:
    spoken.office.page("/voice", f'<Pause length="6"/><Play>{VOICE}/sound.wav</Play>{FOREVER}')
    screening = callees.Screening(
        question=GREETING, hello=HELLO, refusal=HELLO, connects=connects, ring_ms=0, then=(Wait(ms=100), HangUp())
    )
    placed = await call(spoken, sdk, screening)
    assert await placed.ended(20) == "completed"
    steps = [event.detail["do"] for event in placed.timeline.of("phone")]
    assert steps[:5] == ["wait", "play", "listen", "wait", "play"]


async def test_who_picks_up_by_mistake_is_gone_at_once(spoken: Telephony, sdk: Sdk) -> None:
    spoken.office.page("/voice", FOREVER)
    placed = await call(spoken, sdk, callees.HangsUp(ring_ms=0))
    assert await placed.ended(5) == "completed"


@pytest.mark.parametrize("key", ["", "9"])
async def test_who_wants_no_more_calls_says_so_or_presses_the_key(spoken: Telephony, sdk: Sdk, key: str) -> None:
    spoken.office.page("/voice", f'<Pause length="2"/><Play>{VOICE}/sound.wav</Play>{FOREVER}')
    placed = await call(spoken, sdk, callees.OptsOut(hello=HELLO, says=GREETING, key=key, ring_ms=0))
    await placed.timeline.until("phone", 10, do="press" if key else "play", step=4)
    assert len(placed.timeline.of("digit")) == len(key)
    placed.hang_up()
    await placed.ended(5)
