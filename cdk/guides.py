"""The parts of `docs/` that are written by the machine: `make guides`.

Each stands between `<!-- its name -->` and `<!-- end -->`; the rest of a guide is written by hand.
"""

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from cdk import cost
from cdk.picture import PICTURE, dot, svg
from cdk.stage import Stage
from cdk.templates import Templates, read

DOCS = Path("docs")
ZERO = Path(".build/cdk.zero.out")
"""Where `make guides` puts the templates of the same stage with idle zero."""
_WATCHED = Path(__file__).with_name("watch.toml")


class GuideError(Exception):
    """A guide has no place for what is written into it. The message is one line."""


def blocks(t: Templates, zero: Templates) -> Mapping[tuple[str, str], str]:
    """What is written, by guide and name; `zero` is the same stage with idle zero."""
    idle, calls, chains = cost.month(t, tasks=cost.fewest_tasks(t)), cost.calls(), cost.chains()
    return {
        ("deploy.md", "stage values"): stage_values(),
        ("deploy.md", "alarms"): alarms(),
        ("cost.md", "idle"): cost.table(idle, "a month"),
        ("cost.md", "calls"): cost.table(calls, f"{cost.CALLS:,} calls"),
        ("cost.md", "chains"): cost.table(chains, f"{cost.CHAINS:,} chains"),
        ("cost.md", "holds"): cost.table(cost.holds(), f"{cost.CALLS:,} minutes"),
        ("cost.md", "prices"): cost.prices([*idle, *calls, *chains]),
        ("cost.md", "zero"): cost.table(cost.month(zero, tasks=0, figures=0), "a month"),
        ("cost.md", "sums"): sums(t, zero),
    }


def sums(t: Templates, zero: Templates) -> str:
    """What it comes to, for a quiet line and for busier ones, with one task, and with none."""
    one = _sum(cost.calls()) / cost.CALLS
    few, least = cost.fewest_tasks(t), 1
    rows = [
        "| calls a month | US$ a month | US$ a call | with one task | with `idle: zero` |",
        "|---:|---:|---:|---:|---:|",
    ]
    for calls in (0, 100, 1_000, 10_000, 50_000):
        figures = cost.BUSY_FIGURES if calls else cost.IDLE_FIGURES
        usual, cheaper = (_sum(cost.month(t, tasks=n, figures=figures)) + calls * one for n in (few, least))
        idle = _sum(cost.month(zero, tasks=0, figures=figures if calls else 0)) + cost.awake(zero, calls) + calls * one
        each = f"{usual / calls:.2f}" if calls else ""
        rows.append(f"| {calls:,} | {usual:,.0f} | {each} | {cheaper:,.0f} | {idle:,.0f} |")
    return "\n".join(rows)


def stage_values() -> str:
    """A row for each value of a stage, from `cdk/stage.py`."""
    rows = []
    for name, field in Stage.model_fields.items():
        if name != "name":
            default = "" if field.default in (None, "") else f"`{json.dumps(field.default)}`"
            rows.append(f"| `{name}` | {default} | {(field.description or '').replace('\n', ' ')} |")
    return "\n".join(["| value | if not given | what it is |", "|---|---|---|", *rows])


def alarms() -> str:
    """A row for each alarm, from `cdk/watch.toml`."""
    rows = [
        f"| `{alarm['name']}` | {alarm['happened']} | {alarm['first']} |"
        for alarm in tomllib.loads(_WATCHED.read_text())["alarms"]
    ]
    return "\n".join(["| alarm | what happened | what to do first |", "|---|---|---|", *rows])


def filled(text: str, name: str, block: str) -> str:
    """A guide with this block written anew. Raises GuideError."""
    place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if len(place.findall(text)) != 1:
        raise GuideError(f"there must be one <!-- {name} --> with an <!-- end -->")
    return place.sub(lambda found: f"{found[1]}{block}\n{found[2]}", text)


def _sum(items: list[cost.Item]) -> float:
    return sum(item.usd for item in items)


def main() -> int:
    t, zero = read(Path("cdk.out"), "SwitchboardProd"), read(ZERO, "SwitchboardProd")
    if not (t.stacks and zero.stacks):
        print(f"guides: short: no templates of the stage prod in cdk.out and {ZERO}: run make guides")
        return 1
    PICTURE.write_text(svg(dot(t)))
    written = blocks(t, zero)
    for (guide, name), block in written.items():
        path = DOCS / guide
        try:
            path.write_text(filled(path.read_text(), name, block))
        except GuideError as error:
            print(f"guides: short: {path}: {error}")
            return 1
    print(f"guides: the picture of {len(t.stacks)} stacks and {len(written)} tables: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
