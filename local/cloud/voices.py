"""Amazon Polly's English voices, all played by one embedded voice (hibari's "heart"): men speak lower.

Names, languages and engines: Amazon Polly Developer Guide, "Available voices".
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import soxr
from hibari import Hibari, dsp

from local.cloud.sound import Samples
from local.cloud.spelling import readable
from local.cloud.ssml import Say, Silence

type Engine = Literal["standard", "neural", "long-form", "generative"]

ENGINES: tuple[Engine, ...] = ("standard", "neural", "long-form", "generative")

_LOUDNESS = 0.1  # root mean square of what is said; about -20 dB below full scale, as recorded prompts are
_PEAK = 0.9
_LOWEST_HZ = 50  # of a voiced frame
_AUDIBLE = 0.004  # root mean square of 10 ms, beside _LOUDNESS: softer than the softest consonant
_BEFORE_MS, _AFTER_MS = 40, 160  # silence left around a sentence; the voice itself makes 300 and 450


@dataclass(frozen=True, slots=True)
class Voice:
    """One VoiceId."""

    name: str
    gender: Literal["Female", "Male"]
    language: str
    engines: tuple[Engine, ...]
    also: tuple[str, ...] = ()
    """Other languages the real voice speaks, which this one does not."""


_OLD: tuple[Engine, ...] = ("standard",)
_BOTH: tuple[Engine, ...] = ("standard", "neural")
_NEW: tuple[Engine, ...] = ("neural", "generative")
_ALL: tuple[Engine, ...] = ("standard", "neural", "generative")
_LONG: tuple[Engine, ...] = ("neural", "long-form", "generative")

VOICES = {
    voice.name: voice
    for voice in (
        Voice("Danielle", "Female", "en-US", _LONG),
        Voice("Gregory", "Male", "en-US", ("neural", "long-form")),
        Voice("Ivy", "Female", "en-US", _BOTH),
        Voice("Joanna", "Female", "en-US", _ALL),
        Voice("Joey", "Male", "en-US", _BOTH),
        Voice("Justin", "Male", "en-US", _BOTH),
        Voice("Kendra", "Female", "en-US", _BOTH),
        Voice("Kevin", "Male", "en-US", ("neural",)),
        Voice("Kimberly", "Female", "en-US", _BOTH),
        Voice("Matthew", "Male", "en-US", _ALL),
        Voice("Ruth", "Female", "en-US", _LONG),
        Voice("Salli", "Female", "en-US", _ALL),
        Voice("Stephen", "Male", "en-US", _NEW),
        Voice("Amy", "Female", "en-GB", _ALL),
        Voice("Arthur", "Male", "en-GB", ("neural",)),
        Voice("Brian", "Male", "en-GB", _BOTH),
        Voice("Emma", "Female", "en-GB", _BOTH),
        Voice("Nicole", "Female", "en-AU", _OLD),
        Voice("Olivia", "Female", "en-AU", _NEW),
        Voice("Russell", "Male", "en-AU", _OLD),
        Voice("Aditi", "Female", "en-IN", _OLD, ("hi-IN",)),
        Voice("Kajal", "Female", "en-IN", _NEW, ("hi-IN",)),
        Voice("Raveena", "Female", "en-IN", _OLD),
    )
}


@dataclass(frozen=True, slots=True)
class _Throat:
    """How one embedded voice becomes two: pitch of the vocal cords, and length of the throat (formants)."""

    pitch: float
    formants: float


_THROATS = {"Female": _Throat(1.0, 1.0), "Male": _Throat(0.62, 0.9)}  # 202 Hz and 112 Hz, the median


class Synthesizer:
    """The voice, loaded once (about 0.5 s). One thread at a time; a sentence takes 5 to 40 ms."""

    def __init__(self) -> None:
        self._hibari = Hibari(threads=1)
        self._hibari("Hello.", seed=0)

    def sentences(self, part: Say) -> list[str]:
        """The phonemes of each sentence of `part`, to be spoken one after another."""
        return list(self._hibari.phonemize(readable(part.text)))

    def speak(self, phonemes: str, voice: Voice, rate: float, sample_rate: int) -> Samples:
        """One sentence at `sample_rate` Hz. The same input gives the same samples."""
        throat = _THROATS[voice.gender]
        feeds = {
            "ids": np.asarray([self._hibari.ids(phonemes)], np.int64),
            "speed": np.asarray([rate / throat.formants], np.float32),
        }
        harmonics, phases, noise, rest, angles, pitch = (output[0] for output in self._hibari.sess.run(None, feeds))
        pitch = np.where(pitch > _LOWEST_HZ, np.maximum(pitch * throat.pitch, _LOWEST_HZ), pitch)
        sound = dsp.synth(harmonics, phases, noise, rest, angles, pitch, np.random.default_rng(0))
        resampled = soxr.resample(sound, dsp.SR, sample_rate / throat.formants)
        gain = _LOUDNESS / max(1e-6, float(np.sqrt(np.mean(resampled**2))))
        return _trimmed(np.asarray(np.tanh(resampled * gain / _PEAK) * _PEAK, dtype=np.float32), sample_rate)


def _trimmed(samples: Samples, sample_rate: int) -> Samples:
    step = sample_rate // 100
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    audible = np.flatnonzero(np.sqrt(np.mean(blocks**2, axis=1)) > _AUDIBLE)
    if not len(audible):
        return samples
    first = audible[0] * step - _BEFORE_MS * sample_rate // 1000
    last = (audible[-1] + 1) * step + _AFTER_MS * sample_rate // 1000
    return samples[max(0, first) : last]


def silence(part: Silence, sample_rate: int) -> Samples:
    return np.zeros(part.ms * sample_rate // 1000, np.float32)
