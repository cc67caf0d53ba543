"""`python -m tests`: the fast tests in parallel, those of what is deployed, then the whole calls one by one; ends with
one line of figures."""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

CDK = Path(__file__).parents[1] / ".tools" / "cdk" / "bin" / "python"
PARTS = {
    "fast": (sys.executable, "-n", "2", "-m", "not e2e"),
    "infrastructure": (str(CDK), "tests/infra"),
    "whole calls": (sys.executable, "-m", "e2e"),
}
"""Each with the Python that has what it needs, and pytest's options."""


def main() -> int:
    """Run all parts, even after one has failed; 0 when all went well."""
    begun = time.monotonic()
    figures, short = [], []
    for name, (python, *options) in PARTS.items():
        status, passed, failed = _run(python, options)
        figures.append(f"{passed} {name} passed")
        if failed:
            short.append(f"{failed} {name} failed")
        elif status != 0:
            short.append(f"{name}: pytest ended with status {status}")
    verdict = f"short: {'; '.join(short)}" if short else "ok"
    print(f"test: {', '.join(figures)}, {time.monotonic() - begun:.0f} s: {verdict}")  # noqa: T201
    return 1 if short else 0


def _run(python: str, options: list[str]) -> tuple[int, int, int]:
    """pytest's status, and how many tests passed and failed."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [python, "-m", "pytest", *options, f"--junitxml={report}"]
        status = subprocess.run(command, check=False).returncode
        counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
        for suite in ElementTree.parse(report).getroot().iter("testsuite") if report.exists() else ():
            for key in counts:
                counts[key] += int(suite.get(key, 0))
    failed = counts["failures"] + counts["errors"]
    return status, counts["tests"] - failed - counts["skipped"], failed


if __name__ == "__main__":
    sys.exit(main())
