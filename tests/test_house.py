"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("bench", "cdk", "cli", "functions", "local", "rehearsal", "shared", "streaming")
REQUIREMENTS = (
    "P1 P2 P3 P4 P5 P7 T1 T2 T3 T4 T5 T8 T12 T13 S1 S2 S3 S4 S5 S6 S7 S8 S9 S11 C1 C2 C3 C6 C7 C8"
    " F1 F3 O1 O2 O3 O5 O6 I5 A1 R5 X3".split()
)
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
MAX_LINES = 350


def tracked() -> list[Path]:
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in out.splitlines() if (ROOT / line).is_file()]


def sources() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ROOMS]


def test_each_requirement_met_so_far_has_a_test_that_bears_its_name() -> None:
    names = " ".join(
        node.name
        for path in tracked()
        if path.name.startswith("test_") and path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [name for name in REQUIREMENTS if not re.search(rf"\btest_(?:\w*_)?{name.lower()}_", names)] == []


def test_no_room_has_a_name_that_says_nothing() -> None:
    assert [path for path in sources() if path.stem in VAGUE] == []


def test_no_file_has_outgrown_its_noun() -> None:
    assert [str(path) for path in sources() if len(path.read_text().splitlines()) > MAX_LINES] == []


def test_nothing_committed_names_a_machine() -> None:
    home = re.compile(r"/(?:root|home/\w+)/|pypi\.org/simple|registry\.npmjs")
    texts = [path for path in tracked() if path.suffix in {".py", ".md", ".toml", ".lock", ".yaml", ".js", ".in", ""}]
    assert [
        str(p.relative_to(ROOT)) for p in texts if p != Path(__file__) and home.search(p.read_text("utf-8", "ignore"))
    ] == []
