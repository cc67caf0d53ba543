"""How long the vendors take: published figures, drawn from with a seed.

Sources, as of 2026-11:
- Time to the final after the end of speech, p50/p95/p99, 1,000 samples: pipecat-ai/stt-benchmark (README).
- Time from a word's end to its first appearance in a partial: Picovoice/speech-to-text-benchmark (README, "word
  emission latency"; its code takes every partial, with stabilisation off). It has means only: Amazon Transcribe 920 ms,
  Google 830, Azure 530; Deepgram's 516 is AssemblyAI's figure. What surrounds the mean is our assumption, and so is
  `QUICK`.
- The model's first token 375 ms and synthesis' first sound 100 ms, at the median; their tails are assumed.
"""

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Delay:
    """A distribution in ms, by points of its cumulative curve, straight between them."""

    points: tuple[tuple[float, float], ...]

    def draw(self, rnd: Random) -> float:
        at = rnd.random()
        for (below, low), (above, high) in zip(self.points, self.points[1:], strict=False):
            if at <= above:
                return low + (high - low) * (at - below) / (above - below)
        return self.points[-1][1]


def published(p50: float, p95: float, p99: float) -> Delay:
    """Through the three published points; the quick half as wide as from p50 to p95, the slowest as far as to p99."""
    return Delay(((0, max(20, 2 * p50 - p95)), (0.5, p50), (0.95, p95), (0.99, p99), (1, 2 * p99 - p95)))


def about(mean: float) -> Delay:
    """Evenly within a third of the mean: what little is known of partials."""
    return Delay(((0, mean * 2 / 3), (1, mean * 4 / 3)))


@dataclass(frozen=True, slots=True)
class Ear:
    """A recogniser: when words show, when they are stable, and when the final comes."""

    name: str
    word: Delay
    stable: Delay
    """From a word's first appearance until it is told to be stable."""
    final: Delay
    """From the end of speech; where it finds the end of utterances itself, the silence it waits for is part of it."""
    asked: bool
    """Whether it gives the final when asked for it (`FlushHearing`), rather than after a silence."""
    wrong_first: float = 0.1
    """Share of words that are first shown otherwise: "only the last few words changing" (AWS, stabilisation high)."""


TRANSCRIBE: Final = Ear("transcribe", about(920), about(150), published(1136, 1527, 1897), asked=False)
QUICK: Final = Ear("transcribe, quick words", about(300), about(150), published(1136, 1527, 1897), asked=False)
"""The same finals, with partials as they are often taken to be."""
DEEPGRAM: Final = Ear("deepgram", about(516), about(150), published(247, 298, 326), asked=True)
EARS: Final = (TRANSCRIBE, QUICK, DEEPGRAM)

FIRST_TOKEN: Final = published(375, 700, 1000)
NEXT_TOKEN_MS: Final = 12
"""80 tokens a second."""
CHARS_PER_TOKEN: Final = 4
FIRST_SOUND: Final = published(100, 160, 250)
MS_PER_CHAR: Final = 55
CACHED_MS: Final = 2
