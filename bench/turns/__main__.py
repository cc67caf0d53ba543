"""How soon callers are answered and how often they are cut off: recorded human speech with pauses, at virtual time.

    python -m bench.turns --half held-out

Four ways to end a turn hear the same lines, the same recogniser and the same model: the product's core, waiting for the
recogniser's final, and silence of 550 and 800 ms. See `bench/README.md`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from zlib import crc32

from bench.turns.callers import Line, lines
from bench.turns.delays import EARS, TRANSCRIBE, Ear
from bench.turns.figures import COLUMNS, Figures, Played, figures, shortcomings
from bench.turns.policies import Plain, ours
from bench.turns.sounds import Detector, Sound, sounds
from bench.turns.stage import Policy, Stage
from local.cloud.samples import NoSamples

RESULTS = Path(__file__).parents[1] / "results" / "turns.json"
HALVES = ("tuned-on", "held-out")
POLICIES: dict[str, Callable[[Line], Policy]] = {
    "ours": lambda line: ours(line.expecting),
    "final": lambda line: Plain(),
    "silence 550": lambda line: Plain(550),
    "silence 800": lambda line: Plain(800),
}


def half(line: Line) -> str:
    """By recording, so that no sound of one half is in the other."""
    return HALVES[crc32(line.prompt.encode()) % 2]


def run(policy: str, ear: Ear, said: Sequence[tuple[Line, list[Sound]]]) -> list[Played]:
    return [(line, Stage(POLICIES[policy](line), line, heard, ear).play()) for line, heard in said]


def manners(played: Sequence[Played]) -> dict[str, Figures]:
    """The same by how the lines are said."""
    names = dict.fromkeys(line.manner for line, _ in played)
    return {name: figures([one for one in played if one[0].manner == name]) for name in names}


def row(name: str, found: Figures) -> str:
    return name.ljust(38) + "  ".join(f"{found[key]:g}".rjust(len(title)) for title, key in COLUMNS.items())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--half", choices=(*HALVES, "all"), default="held-out")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go, as JSON")
    options = parser.parse_args()
    try:
        chosen = [line for line in lines() if options.half in ("all", half(line))]
    except NoSamples as missing:
        print(f"short: no recordings: {missing}")
        return 1
    detector = Detector()
    said = [(line, sounds(detector, line)) for line in chosen]
    print(f"{len(said)} lines, {sum(line.ends_ms for line in chosen) / 1000:.0f} s of speech, {options.half}; ms")
    print(" " * 38 + "  ".join(COLUMNS))
    results: dict[str, dict[str, dict[str, Figures]]] = {}
    for ear in EARS:
        for policy in POLICIES:
            played = run(policy, ear, said)
            found = {"all": figures(played), **manners(played)}
            results.setdefault(ear.name, {})[policy] = found
            shown = found if policy == "ours" else {"all": found["all"]}
            for manner, each in shown.items():
                print(row(f"{ear.name}: {policy}" if manner == "all" else f"    {manner}", each), flush=True)
    options.results.write_text(json.dumps({"half": options.half, "figures": results}, indent=1) + "\n")
    ruled = results[TRANSCRIBE.name]["ours"]["all"]
    short = shortcomings(ruled)
    said_last = (
        f"{TRANSCRIBE.name}: gap p50 {ruled['gap_p50']:g}, p95 {ruled['gap_p95']:g} ms, of it needless "
        f"{ruled['needless_p50']:g} and {ruled['needless_p95']:g}; cut off {ruled['taken_early']:g} %, talked over "
        f"{ruled['talked_over']:g} %, {ruled['drafts']:g} drafts a line: "
    )
    print(said_last + ("ok" if not short else f"short: {'; '.join(short)}"))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
