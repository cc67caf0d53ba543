"""Whether gain control or noise suppression help: word errors and voice activity on bad lines, with and without.

    python -m bench.noise --prompts 40

Recorded speech whose words are known, through mu-law; the recogniser is the stand-in's (Whisper tiny.en), voice
activity the product's own.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from bench.noise.lines import AFTER_S, BEFORE_S, Condition, conditions, on_the_line
from bench.noise.remedies import Remedy, remedies
from bench.turns.sounds import Detector
from local.cloud.samples import NoSamples, Prompt, prompts
from local.cloud.sound import floats, upsampler
from local.cloud.whisper import Whisper
from shared.core.events import SpeechEnded, SpeechPaused, SpeechStarted
from shared.core.words import words_of
from shared.wire import mulaw
from streaming.voice_activity import VoiceTrack

RESULTS = Path(__file__).parents[1] / "results" / "noise.json"
WORTH = 1.0
"""Points of word errors that a remedy must take away, on average, to be worth its cost."""
_DIGITS = dict(enumerate("zero one two three four five six seven eight nine ten".split()))

type Figures = dict[str, float]


def chosen(found: dict[str, Prompt], count: int) -> list[Prompt]:
    """Whole sentences without signs that are read in more than one way, spread over all there are."""
    fit = [
        prompt
        for name, prompt in sorted(found.items())
        if "/" not in name and 6 <= len(prompt.text.split()) <= 24 and not set(prompt.text) & set("*#</0")
    ]
    return fit[:: max(1, len(fit) // count)][:count]


def errors(said: str, heard: str) -> tuple[int, int]:
    """Word errors by edit distance, and the words there are."""
    wanted, got = ([_DIGITS.get(int(w), w) if w.isdigit() else w for w in words_of(text)] for text in (said, heard))
    costs = list(range(len(got) + 1))
    for row, word in enumerate(wanted, 1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(got, 1):
            kept = diagonal + (word != other)
            diagonal, costs[column] = costs[column], min(kept, costs[column] + 1, costs[column - 1] + 1)
    return costs[-1], len(wanted)


def voice(detector: Detector, pcm: bytes) -> tuple[float, float]:
    """Seconds of speech that voice activity has missed, and seconds of no speech that it took for it."""
    frame_s = mulaw.FRAME_BYTES / 8_000
    speaking, missed, false = False, 0.0, 0.0

    def heard(event: SpeechStarted | SpeechPaused | SpeechEnded) -> None:
        nonlocal speaking
        speaking = not isinstance(event, SpeechEnded)

    track: VoiceTrack = detector.track(heard)
    ulaw = mulaw.encode(pcm)
    length = len(ulaw) / 8_000
    for at in range(0, len(ulaw), mulaw.FRAME_BYTES):
        track.feed(ulaw[at : at + mulaw.FRAME_BYTES])
        inside = BEFORE_S + 0.3 < at / 8_000 < length - AFTER_S - 0.3
        outside = at / 8_000 < BEFORE_S or at / 8_000 > length - AFTER_S + 0.6
        missed += frame_s * (inside and not speaking)
        false += frame_s * (outside and speaking)
    track.close()
    return missed, false


def measure(said: Sequence[Prompt], condition: Condition, remedy: Remedy, ear: Whisper, detector: Detector) -> Figures:
    wrong = words = 0
    missed = false = spoken = 0.0
    for prompt in said:
        ulaw = on_the_line(floats(prompt.pcm()), condition, Random(prompt.name))
        pcm = remedy(ulaw)
        heard = " ".join(word.text for word in ear.transcribe(upsampler(8_000).feed(pcm), beam=3))
        more_wrong, more_words = errors(prompt.text, heard)
        more_missed, more_false = voice(detector, pcm)
        wrong, words = wrong + more_wrong, words + more_words
        missed, false = missed + more_missed, false + more_false
        spoken += len(ulaw) / 8_000 - BEFORE_S - AFTER_S
    around = (BEFORE_S + AFTER_S - 0.6) * len(said)
    shares = {"wer": wrong / words, "missed": missed / spoken, "false": false / around}
    return {name: round(100 * share, 1) for name, share in shares.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.noise", description=__doc__)
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go, as JSON")
    options = parser.parse_args()
    try:
        found, choices = prompts(), remedies()
    except (NoSamples, ImportError) as missing:
        print(f"short: {missing}")
        return 1
    said, ear, detector = chosen(found, options.prompts), Whisper(workers=1), Detector()
    print(f"{len(said)} prompts; word errors % / speech missed % / silence taken for speech %")
    print(" " * 32 + "".join(name.rjust(18) for name in choices), flush=True)
    table: dict[str, dict[str, Figures]] = {}
    for name, condition in conditions(found).items():
        table[name] = {what: measure(said, condition, remedy, ear, detector) for what, remedy in choices.items()}
        cells = (f"{row['wer']:.1f}/{row['missed']:.1f}/{row['false']:.1f}" for row in table[name].values())
        print(name.ljust(32) + "".join(cell.rjust(18) for cell in cells), flush=True)
    options.results.write_text(json.dumps({"prompts": len(said), "figures": table}, indent=1) + "\n")
    means = {what: sum(row[what]["wer"] for row in table.values()) / len(table) for what in choices}
    helps = [what for what in choices if means["none"] - means[what] >= WORTH]
    shown = ", ".join(f"{what} {mean:.1f}" for what, mean in means.items())
    print(f"word errors % over all lines: {shown}; worth having: {', '.join(helps) or 'none'}: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
