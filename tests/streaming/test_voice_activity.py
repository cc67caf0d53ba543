"""Voice activity on human speech, tones, noise and silence, with the real detector."""

import asyncio
import math
import random
import struct
from collections.abc import AsyncIterator

import pytest

from shared.core.events import SpeechEnded, SpeechPaused, SpeechStarted
from shared.wire import mulaw
from streaming.pauses import FRAME_MS, PAUSE_FRAMES
from streaming.voice_activity import (
    CONTEXT,
    END_WINDOWS,
    MAX_BEHIND,
    SETTLED_WINDOWS,
    WINDOW,
    WINDOW_MS,
    VoiceActivity,
    VoiceTrack,
)
from tests.fakes import Changes
from tests.streaming.twilio import speech

SECOND = 8_000
LINES = ("dir-nomatch", "please-try-call-later", "tt-weasels", "vm-nobodyavail")


class Listener:
    """A track, and what it told."""

    def __init__(self, detector: VoiceActivity) -> None:
        self.changes = Changes()
        self.told: list[SpeechStarted | SpeechPaused | SpeechEnded] = []
        self.track: VoiceTrack = detector.track(self._heard)

    def _heard(self, event: SpeechStarted | SpeechPaused | SpeechEnded) -> None:
        self.told.append(event)
        self.changes.tell()

    @property
    def voice(self) -> list[type]:
        """What it told, without the pauses in between."""
        kinds = [type(event) for event in self.told]
        return [
            kind
            for before, kind in zip([None, *kinds], kinds, strict=False)
            if kind is not SpeechPaused and (kind, before) != (SpeechStarted, SpeechPaused)
        ]

    async def hear(self, ulaw: bytes) -> None:
        """Feed frames of 20 ms and wait until all whole windows have been judged."""
        for at in range(0, len(ulaw), mulaw.FRAME_BYTES):
            self.track.feed(ulaw[at : at + mulaw.FRAME_BYTES])
            while len(self.track.audio) >= WINDOW + CONTEXT:  # noqa: ASYNC110  # the next batch
                await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _no_batching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.voice_activity.BATCH_WAIT_MS", 0)


@pytest.fixture
async def listener(silero: VoiceActivity) -> AsyncIterator[Listener]:
    listener = Listener(silero)
    yield listener
    listener.track.close()


def tone(seconds: float, hertz: int = 440, amplitude: int = 8_000) -> bytes:
    count = int(SECOND * seconds)
    samples = (int(amplitude * math.sin(2 * math.pi * hertz * i / SECOND)) for i in range(count))
    return mulaw.encode(struct.pack(f"<{count}h", *samples))


def noise(seconds: float, amplitude: int) -> bytes:
    rnd = random.Random(1)
    count = int(SECOND * seconds)
    return mulaw.encode(struct.pack(f"<{count}h", *(rnd.randint(-amplitude, amplitude) for _ in range(count))))


def silence(seconds: float) -> bytes:
    return mulaw.SILENCE * int(SECOND * seconds)


@pytest.mark.parametrize("name", LINES)
async def test_a_spoken_line_starts_and_ends_once(listener: Listener, name: str) -> None:
    await listener.hear(silence(0.5) + speech(name) + silence(0.5))

    assert listener.voice == [SpeechStarted, SpeechEnded]


async def test_speech_is_noticed_within_a_quarter_of_a_second(listener: Listener) -> None:
    await listener.hear(silence(0.5) + speech()[: SECOND // 4])

    assert listener.told == [SpeechStarted()]


async def test_a_pause_is_told_before_the_end_and_the_voice_after_it_as_well(listener: Listener) -> None:
    await listener.hear(speech()[:SECOND])
    listener.told.clear()
    await listener.hear(silence(0.14))
    assert listener.told == []
    await listener.hear(silence(0.04))
    assert listener.told == [SpeechPaused(PAUSE_FRAMES * FRAME_MS)]
    await listener.hear(speech()[:SECOND])
    assert listener.told[1] == SpeechStarted()


async def test_a_single_loud_frame_is_not_the_voice_again(listener: Listener) -> None:
    await listener.hear(speech()[:SECOND] + silence(0.16))
    listener.told.clear()
    await listener.hear(tone(0.02) + silence(0.02))
    assert listener.told == []


async def test_the_end_is_counted_from_the_last_sound(listener: Listener) -> None:
    await listener.hear(speech()[: 2 * SECOND] + silence(0.14))
    assert SpeechEnded not in listener.voice

    await listener.hear(silence(0.4))
    ended = listener.told[-1]
    assert isinstance(ended, SpeechEnded)
    assert END_WINDOWS * WINDOW_MS < ended.silence_ms <= 540


async def test_in_noise_the_end_is_counted_from_the_last_voiced_window(listener: Listener) -> None:
    await listener.hear(speech()[:SECOND] + noise(1, 3_000))

    assert listener.told[-1] == SpeechEnded(END_WINDOWS * WINDOW_MS)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(silence(2), id="silence"),
        pytest.param(noise(2, 300), id="line noise"),
        pytest.param(noise(0.02, 20_000) + silence(1), id="click"),
        pytest.param(tone(2), id="tone"),
        pytest.param(tone(0.1, 1_209) + silence(0.5), id="key"),
    ],
)
async def test_what_is_not_speech_is_not_heard(listener: Listener, sound: bytes) -> None:
    await listener.hear(sound)

    assert listener.told == []


async def test_callers_are_judged_apart_though_in_one_batch(silero: VoiceActivity) -> None:
    voices = [Listener(silero) for _ in range(3)]
    spoken, quiet, late = voices
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(spoken.hear(speech() + silence(0.5)))
        tasks.create_task(quiet.hear(noise(4, 300)))
        tasks.create_task(late.hear(silence(1) + speech("dir-nomatch")[: 2 * SECOND]))
    for voice in voices:
        voice.track.close()

    assert spoken.voice == [SpeechStarted, SpeechEnded]
    assert quiet.told == []
    assert late.voice == [SpeechStarted]


class Counting(VoiceActivity):
    """Counts the windows that the network is asked about."""

    asked = 0

    def queue(self, track: VoiceTrack) -> None:
        self.asked += 1
        super().queue(track)


@pytest.mark.parametrize("line", [silence(2), noise(2, 100)], ids=["digital silence", "comfort noise"])
async def test_a_quiet_line_asks_the_network_nothing_once_it_is_known_to_be_quiet(line: bytes) -> None:
    listener = Listener(detector := Counting(capacity=1))
    await listener.hear(line)
    asked = detector.asked
    await listener.hear(line)

    assert asked == detector.asked == SETTLED_WINDOWS


async def test_a_whisper_on_a_quiet_line_asks_the_network_and_is_heard() -> None:
    pcm = struct.unpack(f"<{SECOND}h", mulaw.decode(speech()[:SECOND]))
    whisper = mulaw.encode(struct.pack(f"<{SECOND}h", *(sample // 10 for sample in pcm)))
    listener = Listener(detector := Counting(capacity=1))
    await listener.hear(noise(2, 100))
    asked = detector.asked
    await listener.hear(whisper)

    assert detector.asked >= asked + SECOND // WINDOW - 2
    assert listener.told[:1] == [SpeechStarted()]


async def test_inaudible_windows_of_a_silent_line_cost_nothing_and_change_nothing(
    silero: VoiceActivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = silence(3) + speech() + noise(3, 100) + speech("dir-nomatch") + silence(1)
    asked = list[int]()
    told = list[list[type]]()
    for settled in (SETTLED_WINDOWS, 10**9):
        monkeypatch.setattr("streaming.voice_activity.SETTLED_WINDOWS", settled)
        listener = Listener(silero)
        judged = list[float]()
        judge = VoiceTrack.judge
        monkeypatch.setattr(VoiceTrack, "judge", lambda track, p, j=judge, n=judged: (n.append(p), j(track, p)))
        await listener.hear(sound)
        monkeypatch.setattr(VoiceTrack, "judge", judge)
        listener.track.close()
        asked.append(len(judged))
        told.append(listener.voice)

    assert told[0] == told[1] == [SpeechStarted, SpeechEnded] * 2
    assert asked[0] < asked[1] - 5 * 30


async def test_a_place_taken_again_remembers_nothing(silero: VoiceActivity) -> None:
    for _ in range(3):
        listener = Listener(silero)
        await listener.hear(silence(0.3) + speech() + silence(0.3))
        listener.track.close()
        assert listener.voice == [SpeechStarted, SpeechEnded]


async def test_a_closed_track_tells_nothing_more(listener: Listener, silero: VoiceActivity) -> None:
    free = silero.free
    listener.track.feed(speech())
    listener.track.close()
    listener.track.close()
    await asyncio.sleep(0.02)

    assert listener.told == []
    assert silero.free == free + 1


async def test_a_flood_is_bounded_and_leaves_the_newest(listener: Listener) -> None:
    for _ in range(100):
        listener.track.feed(speech())
        assert len(listener.track.audio) <= MAX_BEHIND
