"""Checks side by side, each with its own end: one that fails or hangs is a finding like any other."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployed.aws import DENIED, in_words, permission
from cli.deployed.refusal import Refusal
from cli.doctor.finding import Check, Finding, warning, wrong

SIDE_BY_SIDE: Final = 12
DEADLINE_S: Final = 45.0
"""For all together. What a check waits for has a shorter deadline of its own."""


def examine(checks: Sequence[Check], deadline_s: float = DEADLINE_S) -> list[tuple[Check, list[Finding]]]:
    """What each check found, in their order."""
    pool = ThreadPoolExecutor(SIDE_BY_SIDE, "doctor")
    try:
        futures = [pool.submit(_look, check) for check in checks]
        wait(futures, deadline_s)
        return [(check, _found(check, future, deadline_s)) for check, future in zip(checks, futures, strict=True)]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _look(check: Check) -> list[Finding]:
    try:
        return list(check.look())
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:
            allow = f"allow your role {permission(error)}, or look at it in the console"
            return [warning(f"{check.what}: not looked at, your role may not", allow)]
        return [warning(f"{check.what}: not looked at: {in_words(error)}", "run `switchboard doctor` again")]
    except BotoCoreError as error:
        told = f"{check.what}: not looked at: {in_words(error)}"
        return [warning(told, "check the network, the region and the credentials")]
    except Refusal as refusal:
        told, _, fix = str(refusal).partition("; ")
        return [wrong(f"{check.what}: {told}", fix or "mend that first")]


def _found(check: Check, future: "Future[list[Finding]]", deadline_s: float) -> list[Finding]:
    if future.done() and not future.cancelled():
        return future.result()
    return [warning(f"{check.what}: no answer within {deadline_s:.0f} s", "run `switchboard doctor` again")]


def count(found: Iterable[tuple[Check, list[Finding]]]) -> dict[str, int]:
    """How many findings there are of each state."""
    states = [finding.state.value for _, findings in found for finding in findings]
    return {state: states.count(state) for state in dict.fromkeys(states)}
