"""The recording of a call, heard by loudness alone: what both sides of an interruption sounded like."""

import io
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

FRAME_MS = 20
LOUD = 500
"""Mean magnitude of 16-bit samples that counts as a voice: a quiet line is under 50, speech over 1000."""
ATTACK_FRAMES = 3
RELEASE_FRAMES = 30
"""A pause shorter than 600 ms is within speech."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One stretch of one voice, in ms since the call was answered."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Interruption:
    """The caller spoke while the agent did. `agent_went_on_ms`: from the caller's first sound to the agent's last."""

    at_ms: int
    agent_went_on_ms: int


def voices(wav: bytes) -> tuple[list[Speech], list[Speech]]:
    """What the caller (left) and the agent (right) said in a stereo 16-bit WAV file at 8 kHz."""
    with wave.open(io.BytesIO(wav)) as file:
        if file.getnchannels() != 2 or file.getsampwidth() != 2:
            raise ValueError("not a stereo recording with 16 bits")
        size = file.getframerate() * FRAME_MS // 1000
        samples = array("h", file.readframes(file.getnframes()))
    caller, agent = (_speech(samples[side::2], size) for side in (0, 1))
    return caller, agent


def interruptions(caller: Sequence[Speech], agent: Sequence[Speech]) -> list[Interruption]:
    """Every time the caller began to speak while the agent was speaking."""
    return [
        Interruption(mine.start_ms, theirs.end_ms - mine.start_ms)
        for mine in caller
        for theirs in agent
        if theirs.start_ms < mine.start_ms < theirs.end_ms
    ]


def longest_silence_ms(times: Sequence[tuple[int, int]], *voices: Sequence[Speech]) -> int:
    """The longest in which none of the voices was heard, within one of these times (from, to, in ms)."""
    longest = 0
    for begin, end in times:
        heard = begin
        for one in sorted((one for voice in voices for one in voice), key=lambda one: one.start_ms):
            if one.end_ms > begin and one.start_ms < end:
                longest = max(longest, one.start_ms - heard)
                heard = max(heard, one.end_ms)
        longest = max(longest, end - heard)
    return longest


def _speech(samples: Sequence[int], size: int) -> list[Speech]:
    loud = [sum(map(abs, samples[at : at + size])) > LOUD * size for at in range(0, len(samples) - size + 1, size)]
    found: list[Speech] = []
    for number in range(len(loud)):
        if not all(loud[number : number + ATTACK_FRAMES]) or number + ATTACK_FRAMES > len(loud):
            continue
        start, end = number * FRAME_MS, (number + ATTACK_FRAMES) * FRAME_MS
        if found and start - found[-1].end_ms < RELEASE_FRAMES * FRAME_MS:
            found[-1] = Speech(found[-1].start_ms, end)
        else:
            found.append(Speech(start, end))
    return found
