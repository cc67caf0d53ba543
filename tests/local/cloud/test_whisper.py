import numpy as np
import pytest

from local.cloud.cloud import Engines
from local.cloud.sound import Samples
from local.cloud.ssml import Say
from local.cloud.voices import VOICES
from local.cloud.whisper import Word


def said(loaded: Engines, text: str, voice: str = "Joanna") -> Samples:
    speak = loaded.synthesizer
    return np.concatenate([speak.speak(ph, VOICES[voice], 1.0, 16_000) for ph in speak.sentences(Say(text))])


def read(loaded: Engines, audio: Samples, *phrases: str) -> list[Word]:
    return loaded.ears.reader.transcribe(audio, phrases, beam=3)


def text(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


@pytest.mark.parametrize("voice", ["Joanna", "Matthew"])
def test_it_reads_what_the_voices_say(loaded: Engines, voice: str) -> None:
    words = read(loaded, said(loaded, "I would like to book an appointment for Tuesday morning.", voice))
    assert text(words).lower().strip(".") == "i would like to book an appointment for tuesday morning"


def test_each_word_has_its_place_and_a_confidence_of_its_own(loaded: Engines) -> None:
    audio = said(loaded, "Could you tell me when the doctor is in the office?")
    words = read(loaded, audio)
    assert [word.start for word in words] == sorted(word.start for word in words)
    assert all(0 <= word.start <= word.end <= len(audio) / 16_000 for word in words)
    assert all(0 < word.confidence <= 1 for word in words)
    assert len({word.confidence for word in words}) > 1


def test_a_vocabulary_decides_how_a_name_is_written(loaded: Engines) -> None:
    audio = said(loaded, "I have an appointment with Doctor Okonkwo.")
    assert "Okonkwo" not in text(read(loaded, audio))
    assert "Okonkwo" in text(read(loaded, audio, "Doctor Okonkwo", "Riverside Clinic"))


@pytest.mark.parametrize("level", [0.0, 0.001, 0.02, 0.2])
def test_it_makes_nothing_of_noise(loaded: Engines, level: float) -> None:
    noise = np.random.default_rng(7).normal(0, level, 3 * 16_000).astype(np.float32)
    assert read(loaded, noise) == []


def test_it_makes_nothing_of_noise_when_it_knows_a_vocabulary(loaded: Engines) -> None:
    noise = np.random.default_rng(7).normal(0, 0.02, 3 * 16_000).astype(np.float32)
    assert read(loaded, noise, "Doctor Okonkwo", "Riverside Clinic") == []
