"""`python -m tests`: the fast tests in parallel; then the whole calls one by one, which mostly wait, and beside
them, with what they leave of the processor, the tests of what is deployed, and others that take long and never wait.
Ends with one line of figures."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import IO
from xml.etree import ElementTree

CDK = Path(__file__).parents[1] / ".tools" / "cdk" / "bin" / "python"
FAST = (sys.executable, "-m", "pytest", "-n", "2", "-m", "not e2e")
WHOLE_CALLS = (sys.executable, "-m", "pytest", "-m", "e2e", "tests/e2e")
LAST = ("nice", "-n", "15")
"""For what has the processor when nobody else wants it."""
INFRASTRUCTURE = (*LAST, str(CDK), "-m", "pytest", "tests/infra")
"""Each with the Python that has what it needs."""
LONG = (*LAST, sys.executable, "-m", "pytest", "-m", "e2e", "--timeout=600", "--ignore=tests/e2e")

type Counted = tuple[int, int, int]
"""pytest's status, and how many tests passed and failed."""


def main() -> int:
    """Run all parts, even after one has failed; 0 when all went well."""
    begun = time.monotonic()
    fast = _run(*FAST)
    with ThreadPoolExecutor(1) as beside:
        infrastructure, long = (beside.submit(_run_silently, *part) for part in (INFRASTRUCTURE, LONG))
        whole_calls = _run(*WHOLE_CALLS)
    for part in (infrastructure, long):
        sys.stdout.write(part.result()[1])
    figures, short = [], []
    for name, (status, passed, failed) in {
        "fast": fast,
        "infrastructure": infrastructure.result()[0],
        "whole calls": whole_calls,
        "long": long.result()[0],
    }.items():
        figures.append(f"{passed} {name} passed")
        if failed:
            short.append(f"{failed} {name} failed")
        elif status != 0:
            short.append(f"{name}: pytest ended with status {status}")
    verdict = f"short: {'; '.join(short)}" if short else "ok"
    print(f"test: {', '.join(figures)}, {time.monotonic() - begun:.0f} s: {verdict}")  # noqa: T201
    return 1 if short else 0


def _run_silently(*command: str) -> tuple[Counted, str]:
    """With what it said, to be shown when it is over."""
    with NamedTemporaryFile("w+") as said:
        counted = _run(*command, stdout=said)
        said.seek(0)
        return counted, said.read()


def _run(*command: str, stdout: IO[str] | None = None) -> Counted:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = subprocess.run([*command, f"--junitxml={report}"], stdout=stdout, check=False).returncode
        counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
        for suite in ElementTree.parse(report).getroot().iter("testsuite") if report.exists() else ():
            for key in counts:
                counts[key] += int(suite.get(key, 0))
    failed = counts["failures"] + counts["errors"]
    return status, counts["tests"] - failed - counts["skipped"], failed


if __name__ == "__main__":
    sys.exit(main())
