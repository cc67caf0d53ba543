"""`python -m tests`: the fast tests in parallel, then the whole calls one by one; ends with one line of figures."""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

PARTS = {
    "fast": ("-n", "2", "-m", "not e2e"),
    "whole calls": ("-m", "e2e"),
}


def main() -> int:
    """Run both parts, the second even when the first has failed; 0 when all went well."""
    begun = time.monotonic()
    figures, short = [], []
    for name, options in PARTS.items():
        status, passed, failed = _run(options)
        figures.append(f"{passed} {name} passed")
        if failed:
            short.append(f"{failed} {name} failed")
        elif status != 0:
            short.append(f"{name}: pytest ended with status {status}")
    verdict = f"short: {'; '.join(short)}" if short else "ok"
    print(f"test: {', '.join(figures)}, {time.monotonic() - begun:.0f} s: {verdict}")  # noqa: T201
    return 1 if short else 0


def _run(options: tuple[str, ...]) -> tuple[int, int, int]:
    """pytest's status, and how many tests passed and failed."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}"]
        status = subprocess.run(command, check=False).returncode
        counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
        for suite in ElementTree.parse(report).getroot().iter("testsuite") if report.exists() else ():
            for key in counts:
                counts[key] += int(suite.get(key, 0))
    failed = counts["failures"] + counts["errors"]
    return status, counts["tests"] - failed - counts["skipped"], failed


if __name__ == "__main__":
    sys.exit(main())
