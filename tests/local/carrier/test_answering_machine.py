"""Who answered, by ear: over REST and for a dialled number."""

from typing import Any

import pytest

from local.carrier.phones.script import Beep, Step, Wait
from tests.local.carrier.office import CLINIC, VOICE, Telephony
from tests.local.carrier.people import HUMAN, someone, speech
from tests.local.carrier.rest.conftest import Sdk, client_of

HELLO: list[Step] = [Wait(ms=300), speech(600), Wait(ms=60_000)]
GREETING: list[Step] = [Wait(ms=300), speech(4000), Wait(ms=300), Beep(), Wait(ms=60_000)]
NO_BEEP: list[Step] = [Wait(ms=300), speech(4000), Wait(ms=60_000)]


async def call(sdk: Sdk, **detection: Any) -> Any:
    return await sdk(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, url=f"{VOICE}/voice", **detection))


@pytest.mark.parametrize(
    ("steps", "kind", "who"),
    [
        (HELLO, "Enable", "human"),
        (GREETING, "Enable", "machine_start"),
        (HELLO, "DetectMessageEnd", "human"),
        (GREETING, "DetectMessageEnd", "machine_end_beep"),
        (NO_BEEP, "DetectMessageEnd", "machine_end_silence"),
        ([Wait(ms=60_000)], "Enable", "unknown"),
    ],
)
async def test_the_finding_comes_with_the_first_document(
    line: Telephony, steps: list[Step], kind: str, who: str
) -> None:
    someone(line, *steps)
    line.office.page("/voice", "<Hangup/>")
    async with client_of(line) as sdk:
        created = await call(sdk, machine_detection=kind)
        voice = await line.office.until("/voice", 1, 10)
        assert voice.fields["AnsweredBy"] == who
        await line.carrier.handle(created.sid).ended(5)
        assert (await sdk(lambda c: c.calls(created.sid).fetch())).answered_by == who


async def test_beside_the_call_it_is_told_when_it_is_known(line: Telephony) -> None:
    someone(line, *GREETING)
    line.office.page("/voice", '<Pause length="600"/>')
    async with client_of(line) as sdk:
        created = await call(
            sdk, machine_detection="Enable", async_amd="true", async_amd_status_callback=f"{VOICE}/amd"
        )
        assert "AnsweredBy" not in (await line.office.until("/voice")).fields
        told = await line.office.until("/amd")
        assert told.fields["AnsweredBy"] == "machine_start"
        assert told.fields["CallSid"] == created.sid
        assert 2000 <= int(told.fields["MachineDetectionDuration"]) <= 4000
        await sdk(lambda c: c.calls(created.sid).update(status="completed"))
        await line.carrier.handle(created.sid).ended(5)


async def test_a_dialled_number_may_be_listened_to(line: Telephony) -> None:
    someone(line, *GREETING)
    noun = f'<Number machineDetection="Enable" amdStatusCallback="/amd">{HUMAN}</Number>'
    line.office.page("/voice", f"<Dial>{noun}</Dial>")
    caller = await line.call()
    assert (await line.office.until("/amd")).fields["AnsweredBy"] == "machine_start"
    caller.hang_up()
    await caller.ended(5)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"machine_detection": "Sometimes"}, 21234),
        ({"machine_detection": "Enable", "machine_detection_timeout": 2}, 21234),
        ({"machine_detection": "Enable", "async_amd": "true"}, 21262),
    ],
)
async def test_a_bad_order_is_refused(line: Telephony, fields: dict[str, Any], code: int) -> None:
    async with client_of(line) as sdk:
        order = {"to": HUMAN, "from_": CLINIC, "url": f"{VOICE}/voice", **fields}
        assert (await sdk.refusal(lambda c: c.calls.create(**order))).code == code
