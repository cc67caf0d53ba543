"""Telephone lines in a bad state: recorded speech with noise, too quiet, too loud, or in pieces, all through mu-law."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import numpy as np

from local.cloud.samples import Prompt
from local.cloud.sound import Samples, floats, pcm16
from shared.wire import mulaw

BEFORE_S, AFTER_S = 1.0, 1.5
"""Of the line without speech, around it."""
RATE: Final = 8_000
BABBLE_VOICES: Final = 8

type Condition = Callable[[Samples, Random], Samples]


def on_the_line(speech: Samples, condition: Condition, rnd: Random) -> bytes:
    """Speech with the line's own silence around it, degraded: mu-law."""
    around = [np.zeros(int(RATE * BEFORE_S), np.float32), speech, np.zeros(int(RATE * AFTER_S), np.float32)]
    return mulaw.encode(pcm16(condition(np.concatenate(around), rnd)))


def conditions(found: Mapping[str, Prompt]) -> dict[str, Condition]:
    """By name. Noise is so many dB below the speech, both by their power where there is speech."""
    voices = [floats(prompt.pcm()) for name, prompt in sorted(found.items()) if "/" not in name]
    table: dict[str, Condition] = {"clean": lambda line, rnd: line}
    for db in (20, 10, 5):
        table[f"hum and hiss {db} dB"] = _with_noise(lambda count, rnd: _pink(count, rnd), db)
        table[f"voices behind {db} dB"] = _with_noise(lambda count, rnd: _babble(voices, count, rnd), db)
    table["30 dB too quiet"] = lambda line, rnd: line * np.float32(10 ** (-30 / 20))
    table["clipped by 20 dB"] = lambda line, rnd: np.clip(line * np.float32(10), -1, 1)
    table["3 % lost, filled with silence"] = _in_pieces
    return table


def _with_noise(noise: Callable[[int, Random], Samples], db: int) -> Condition:
    def condition(line: Samples, rnd: Random) -> Samples:
        made = noise(len(line), rnd)
        spoken = line[np.abs(line) > 0.01]
        loud = float(np.sqrt(np.mean(spoken**2))) if len(spoken) else 0.1
        factor = loud / float(np.sqrt(np.mean(made**2))) * 10 ** (-db / 20)
        return line + made * np.float32(factor)

    return condition


def _pink(count: int, rnd: Random) -> Samples:
    """As much power in every octave, as of fans and traffic."""
    white = np.fft.rfft(np.random.default_rng(rnd.randrange(2**32)).standard_normal(count))
    shaped = np.fft.irfft(white / np.sqrt(np.maximum(1, np.arange(len(white)))), count)
    return shaped.astype(np.float32)


def _babble(voices: list[Samples], count: int, rnd: Random) -> Samples:
    """Several recordings at once, over and over."""
    mixed = np.zeros(count, np.float32)
    for _ in range(BABBLE_VOICES):
        voice = np.concatenate([rnd.choice(voices) for _ in range(12)])
        mixed += np.roll(np.resize(voice, count), rnd.randrange(count))
    return mixed


def _in_pieces(line: Samples, rnd: Random) -> Samples:
    """Gaps of 20 to 60 ms, as a network makes that loses packets."""
    broken = line.copy()
    frame = mulaw.FRAME_BYTES
    for at in range(0, len(line), frame):
        if rnd.random() < 0.015:
            broken[at : at + frame * rnd.choice((1, 2, 3))] = 0
    return broken
