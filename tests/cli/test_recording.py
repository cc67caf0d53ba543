import io
import math
import wave
from array import array

import pytest

from cli.recording import Interruption, Speech, interruptions, voices

RATE = 8000


def a_voice(length_ms: int, *stretches: tuple[int, int]) -> list[int]:
    """A tone in each stretch (from, to, in ms), with a little line noise between."""
    samples = [10 * (-1) ** n for n in range(RATE * length_ms // 1000)]
    for start, end in stretches:
        for n in range(RATE * start // 1000, RATE * end // 1000):
            samples[n] = int(8000 * math.sin(n * 0.3))
    return samples


def recording(caller: list[int], agent: list[int]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", [sample for pair in zip(caller, agent, strict=True) for sample in pair]).tobytes())
    return out.getvalue()


def test_each_side_is_heard_by_its_loudness() -> None:
    wav = recording(a_voice(5000, (1000, 2000)), a_voice(5000, (3000, 4500)))
    assert voices(wav) == ([Speech(1000, 2000)], [Speech(3000, 4500)])


def test_a_breath_does_not_end_a_sentence() -> None:
    caller, _ = voices(recording(a_voice(5000, (1000, 2000), (2300, 3000)), a_voice(5000)))
    assert caller == [Speech(1000, 3000)]


def test_a_click_is_no_speech() -> None:
    assert voices(recording(a_voice(1000, (500, 520)), a_voice(1000))) == ([], [])


def test_an_interruption_tells_how_long_the_agent_went_on() -> None:
    caller, agent = voices(recording(a_voice(6000, (2000, 4000)), a_voice(6000, (500, 2400), (5000, 5800))))
    assert interruptions(caller, agent) == [Interruption(at_ms=2000, agent_went_on_ms=400)]


def test_taking_turns_is_no_interruption() -> None:
    assert interruptions([Speech(1000, 2000)], [Speech(0, 900), Speech(2500, 3000)]) == []


def test_only_a_stereo_recording_will_do() -> None:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
    with pytest.raises(ValueError, match="stereo"):
        voices(out.getvalue())
