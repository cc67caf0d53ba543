"""The two voices of a call on one clock."""

import asyncio
import wave
from io import BytesIO

from aiohttp import web

from local.carrier.phones.script import Play, Wait
from local.carrier.sound import interleave, loudness, tone, wav_header
from shared.wire import mulaw
from tests.local.carrier.media_server import Server
from tests.local.carrier.office import Telephony, stream


def bursts(samples: bytes) -> list[tuple[int, int]]:
    """Beginning and end in ms of what is loud, by 20 ms frames of 16-bit sound."""
    frames = [mulaw.encode(samples[at : at + 320]) for at in range(0, len(samples), 320)]
    loud = [n for n, frame in enumerate(frames) if loudness(frame) > 16]
    edges = [n for n in loud if n - 1 not in loud], [n + 1 for n in loud if n + 1 not in loud]
    return [(start * 20, end * 20) for start, end in zip(*edges, strict=True)]


async def test_the_recording_has_both_voices_where_they_were_heard(line: Telephony) -> None:
    """The agent answers each of the caller's sounds by echoing it frame by frame: right follows left at once."""
    caller = Play(wav=wav_header(1, 1600) + interleave(tone(300, 200)))

    async def echo(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        while not call.timeline.of("phone", step=4):
            frame = await server.until("media")
            await server.send("media", media={"payload": frame["media"]["payload"]})
        await socket.close()

    line.office.page("/voice", f"<Connect>{stream()}</Connect>")
    line.office.socket = echo
    call = await line.call(Wait(ms=100), caller, Wait(ms=300), caller)
    assert await call.ended(10) == "completed"
    with wave.open(BytesIO(call.wav())) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, 8000)
        samples = sound.readframes(sound.getnframes())
    left = bytes(b for at in range(0, len(samples), 4) for b in samples[at : at + 2])
    right = bytes(b for at in range(0, len(samples), 4) for b in samples[at + 2 : at + 4])
    spoken = bursts(left)
    assert [end - start for start, end in spoken] == [200, 200]
    # What the caller hears comes after what they said, by at least one turn of the clock.
    heard = bursts(right)
    assert heard
    assert heard[0][0] - spoken[0][0] >= 20
    # The timeline tells the same times as the recording.
    told = [int(str(e.detail["line_ms"])) for e in call.timeline.of("sound", who="caller")]
    assert told[0] == spoken[0][0]
    assert told[1] == spoken[0][1]


async def test_the_clock_makes_up_for_a_stalled_loop(line: Telephony) -> None:
    """After the loop was held up, the frames that are due come at once: the line never drifts."""
    line.office.page("/voice", '<Pause length="600"/>')
    call = line.carrier.exchange.calls[(await line.call()).sid]
    await asyncio.wait_for(call.line.until(lambda: call.line.ticks > 2), 5)
    loop = asyncio.get_running_loop()
    before, begun = call.line.now_ms, loop.time()
    while loop.time() - begun < 0.2:
        pass
    await asyncio.wait_for(call.line.until(lambda: call.line.now_ms >= before + 200), 5)
    assert loop.time() - begun < 5
    assert call.line.worst_late_ms >= 100
    assert call.tape.frames == call.line.ticks
