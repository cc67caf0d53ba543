"""`python -m tests.check`: formatter, linter, strict types and import arrows; ends with one line of figures."""

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = {
    "format": ("ruff", "format", "--check", "--quiet", "."),
    "lint": ("ruff", "check", "--quiet", "."),
    "types": ("mypy", "--no-error-summary"),
    "arrows": ("lint-imports", "--no-logo"),
}


def main() -> int:
    """Run them all, even after one has failed; 0 when all are clean. What a failed one said is printed."""
    begun = time.monotonic()
    short = []
    for name, (tool, *arguments) in CHECKS.items():
        ran = subprocess.run([BIN / tool, *arguments], check=False, capture_output=True, text=True)
        if ran.returncode != 0:
            short.append(name)
            print(ran.stdout + ran.stderr, end="")  # noqa: T201
    verdict = f"short: {', '.join(short)}" if short else "ok"
    print(f"check: {len(CHECKS)} checks, {time.monotonic() - begun:.0f} s: {verdict}")  # noqa: T201
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
