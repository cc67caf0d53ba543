"""What the deployed functions log, copied out of CloudWatch Logs into files beside those of the processes."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

LATE_MS = 2_000
"""Lines of two functions at work at the same time may come out of order by this much."""

type Line = tuple[str, int, str]
"""Its stream, its time in ms since 1970, and what it says."""


class LambdaLogs:
    """One file, `lambda-<group>.log`, for each log group of an account; what an earlier run left there goes."""

    def __init__(self, logs: Any, folder: Path) -> None:
        self._logs = logs
        self._folder = folder
        self._copied: dict[str, set[Line]] = {}
        for file in folder.glob("lambda-*.log"):
            file.unlink()

    def fetch(self) -> None:
        """Copy what has come since. While the account does not answer nothing is copied, and nothing lost."""
        with suppress(BotoCoreError, ClientError):
            for group in self._logs.describe_log_groups()["logGroups"]:
                self._copy(group["logGroupName"])

    def _copy(self, group: str) -> None:
        copied = self._copied.setdefault(group, set())
        newest = max((at_ms for _, at_ms, _ in copied), default=LATE_MS)
        found = [line for line in self._since(group, newest - LATE_MS) if line not in copied]
        if found:
            name = group.strip("/").replace("/", "-")
            with (self._folder / f"lambda-{name}.log").open("a") as file:
                file.writelines(f"{said.rstrip()}\n" for _, _, said in found)
            newest = max(at_ms for _, at_ms, _ in found)
            self._copied[group] = {line for line in (*copied, *found) if line[1] >= newest - LATE_MS}

    def _since(self, group: str, since_ms: int) -> Iterator[Line]:
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since_ms)
        for page in pages:
            for event in page["events"]:
                yield event["logStreamName"], event["timestamp"], event["message"]
