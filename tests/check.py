"""`python -m tests.check`: formatter, linter, strict types, import arrows, and the rules of others for what is
deployed; ends with one line of figures."""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS: dict[str, Sequence[str | Path]] = {
    "infrastructure": ("make", "-s", "check-infra"),  # the slowest by far: everything else is done beside it
    "format": (BIN / "ruff", "format", "--check", "--quiet", "."),
    "lint": (BIN / "ruff", "check", "--quiet", "."),
    "types": (BIN / "mypy", "--no-error-summary"),
    "page": ("make", "-s", "check-page"),
    "arrows": (BIN / "lint-imports", "--no-logo"),
}


def main() -> int:
    """Run them all, even after one has failed; 0 when all are clean. What a failed one said is printed."""
    begun = time.monotonic()
    short = []
    with ThreadPoolExecutor(2) as pool:
        for name, ran in zip(CHECKS, pool.map(_run, CHECKS.values()), strict=True):
            if ran.returncode != 0:
                short.append(name)
                print(ran.stdout + ran.stderr, end="")  # noqa: T201
    verdict = f"short: {', '.join(short)}" if short else "ok"
    print(f"check: {len(CHECKS)} checks, {time.monotonic() - begun:.0f} s: {verdict}")  # noqa: T201
    return 1 if short else 0


def _run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
