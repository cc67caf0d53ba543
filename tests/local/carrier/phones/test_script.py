"""A caller who follows a script, deciding by ear."""

import asyncio
from base64 import b64encode

import pytest
from pydantic import TypeAdapter, ValidationError

from local.carrier.handset import Answer, Handset, PhoneFailed
from local.carrier.phones.script import HangUp, Interrupt, Listen, Play, Press, Say, Script, Step, Wait
from local.carrier.sound import SILENT_FRAME, interleave, tone, wav_header
from local.carrier.speech import Voice
from tests.local.carrier.office import Telephony

LOUD = tone(440, 20)
SPOKEN = Play(wav=wav_header(1, 480) + interleave(tone(300, 60)))
STEPS: TypeAdapter[Step] = TypeAdapter(Step)


def handset() -> Handset:
    return Handset(lambda *_, **__: None)


async def play(phone: Script, handset: Handset, agent: str) -> list[str]:
    """Runs the script against an agent drawn as text, a character each 20 ms: `#` speaks, `.` is quiet.

    Gives what the caller did in each of these: `s` spoke, a key, `!` hung up, `.` nothing.
    """
    done: list[str] = []
    async with asyncio.TaskGroup() as tasks:
        talking = tasks.create_task(phone.talk(handset))
        for sound in agent:
            handset.hear(LOUD if sound == "#" else SILENT_FRAME)
            for _ in range(20):
                await asyncio.sleep(0)
            frame, keys = handset.take()
            spoke = "s" if frame != SILENT_FRAME else "."
            done.append("".join(keys) or ("!" if handset.hung_up.is_set() and "!" not in done else spoke))
        talking.cancel()
    return done


async def prepared(*steps: Step) -> Script:
    script = Script(*steps)
    await script.prepare(Voice(None))
    return script


async def test_it_waits_until_the_agent_has_finished() -> None:
    script = await prepared(Listen(quiet_ms=300), SPOKEN, HangUp())
    done = "".join(await play(script, handset(), "...######....######...................."))
    # Quiet for 300 ms is fifteen frames after the last `#`; a breath of 80 ms is not the end.
    assert done.index("s") == 3 + 6 + 4 + 6 + 15 - 1
    assert done.count("s") == 3
    assert done.index("!") > done.rindex("s")
    assert script.done == 3


async def test_it_interrupts_after_so_much_of_the_agents_speech() -> None:
    step = Interrupt(text="wait", after_ms=200)
    script = Script(step)
    script._sounds[0] = tone(300, 40)
    done = "".join(await play(script, handset(), "....####################"))
    assert done.index("s") == 4 + 10 - 1


async def test_an_agent_that_never_speaks_fails_the_script() -> None:
    script = await prepared(Listen(within_ms=100))
    with pytest.raises(ExceptionGroup) as failed:
        await play(script, handset(), ".......")
    assert failed.group_contains(PhoneFailed, match="step 1")


async def test_keys_are_pressed_in_order() -> None:
    script = await prepared(Press(digits="12#", gap_ms=0))
    assert "".join(await play(script, handset(), "...")).replace(".", "") == "12#"
    assert script.done == 1


async def test_a_script_that_fails_hangs_up_and_says_which_step(line: Telephony) -> None:
    line.office.page("/voice", '<Pause length="600"/>')
    call = await line.call(Wait(ms=20), Listen(within_ms=40))
    assert await call.ended(5) == "completed"
    (failed,) = [e for e in call.timeline.of("phone") if "failed" in e.detail]
    assert "step 2 (listen)" in str(failed.detail["failed"])


async def test_a_line_without_a_voice_fails_before_the_call(line: Telephony) -> None:
    with pytest.raises(PhoneFailed, match="step 1"):
        await line.call(Say(text="Hello"))
    with pytest.raises(PhoneFailed, match="step 1"):
        await line.call(Play(wav=b"noise"))
    assert list(line.carrier.calls()) == []


async def test_a_spoken_line_is_heard_by_the_other_side(spoken: Telephony) -> None:
    spoken.office.page("/voice", '<Pause length="600"/>')
    call = await spoken.call(Wait(ms=60), Say(text="Hello"), Wait(ms=260), HangUp())
    assert await call.ended(5) == "completed"
    start, stop = (int(str(e.detail["line_ms"])) for e in call.timeline.of("sound", who="caller"))
    assert stop - start == 200
    assert "Hello" not in str([e.detail for e in call.events])


@pytest.mark.parametrize("answer", [Answer.PICKED_UP, Answer.BUSY])
async def test_a_ringing_phone_answers_as_told(answer: Answer) -> None:
    assert await Script(ring_ms=1, answer=answer).ring() is answer


def test_steps_are_read_from_json() -> None:
    wav = b64encode(b"RIFF").decode()
    assert STEPS.validate_json(f'{{"do": "play", "wav": "{wav}"}}') == Play(wav=b"RIFF")
    assert STEPS.validate_json('{"do": "interrupt", "text": "wait", "after_ms": 500}') == Interrupt(
        text="wait", after_ms=500
    )
    for bad in ('{"do": "dance"}', '{"do": "press", "digits": "x"}', '{"do": "wait", "ms": -1}', '{"do": "say"}'):
        with pytest.raises(ValidationError):
            STEPS.validate_json(bad)
