import numpy as np
import pytest

from local.cloud.cloud import Engines
from local.cloud.sound import Samples
from local.cloud.ssml import Say, Silence
from local.cloud.voices import VOICES, silence


def spoken(loaded: Engines, text: str, voice: str, rate: float = 1.0, sample_rate: int = 8000) -> Samples:
    synthesizer = loaded.synthesizer
    parts = [synthesizer.speak(ph, VOICES[voice], rate, sample_rate) for ph in synthesizer.sentences(Say(text))]
    return np.concatenate(parts)


def pitch(samples: Samples) -> float:
    """The median fundamental of the loud parts, in Hz, by autocorrelation (8 kHz)."""
    found = []
    for frame in samples[: len(samples) // 400 * 400].reshape(-1, 400):
        if np.sqrt(np.mean(frame**2)) > 0.08:
            likeness = np.correlate(frame, frame, "full")[400:]
            found.append(8000 / (22 + int(np.argmax(likeness[21:120]))))
    return float(np.median(found))


SENTENCE = "We are open on Monday and Wednesday, all morning."


def test_women_and_men_can_be_told_apart(loaded: Engines) -> None:
    assert 170 < pitch(spoken(loaded, SENTENCE, "Joanna")) < 250
    assert 85 < pitch(spoken(loaded, SENTENCE, "Matthew")) < 140


@pytest.mark.parametrize("voice", ["Joanna", "Matthew"])
def test_speech_is_loud_enough_and_never_too_loud(loaded: Engines, voice: str) -> None:
    sound = spoken(loaded, SENTENCE, voice)
    assert 0.3 < float(np.abs(sound).max()) < 0.95
    assert 0.05 < float(np.sqrt(np.mean(sound**2))) < 0.2


def test_a_sentence_begins_and_ends_without_long_silence(loaded: Engines) -> None:
    loud = np.flatnonzero(np.abs(spoken(loaded, SENTENCE, "Ruth")) > 0.05)
    assert loud[0] < 0.15 * 8000


def test_the_same_words_sound_the_same_twice(loaded: Engines) -> None:
    np.testing.assert_array_equal(spoken(loaded, SENTENCE, "Amy"), spoken(loaded, SENTENCE, "Amy"))


def test_a_slower_rate_takes_longer(loaded: Engines) -> None:
    assert len(spoken(loaded, SENTENCE, "Joanna", 0.5)) > 1.5 * len(spoken(loaded, SENTENCE, "Joanna"))


def test_men_do_not_take_longer_than_women(loaded: Engines) -> None:
    assert len(spoken(loaded, SENTENCE, "Joey")) == pytest.approx(len(spoken(loaded, SENTENCE, "Joanna")), rel=0.15)


def test_silence_is_as_long_as_it_says() -> None:
    assert len(silence(Silence(250), 8000)) == 2000
