"""The Lambdas' logs, which are in the emulator, as a file beside those of the processes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

LOOK_EVERY_S = 1.0


@contextmanager
def function_logs(client: Any, log: Path) -> Iterator[None]:
    """Copy every log group to the file `log` as lines come, until the block is left; `client` is of CloudWatch Logs."""
    stop = Event()
    copying = Thread(target=_copy, args=(LogLines(client), log, stop), name="function-logs")
    copying.start()
    try:
        yield
    finally:
        stop.set()
        copying.join()


def _copy(lines: "LogLines", log: Path, stop: Event) -> None:
    """Look once more when told to stop, so that the last lines are there too."""
    with log.open("w", buffering=1) as file:
        stopping = False
        while not stopping:
            stopping = stop.wait(LOOK_EVERY_S)
            with suppress(BotoCoreError, ClientError):  # whoever watches the processes notices one that is gone
                file.writelines(lines.new())


class LogLines:
    """Everything that is logged in an account."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._read: dict[tuple[str, str], str] = {}
        """Of each group's streams, how far: a token of the service's."""

    def new(self) -> Iterator[str]:
        """Lines that have come since it was last asked. Raises botocore's errors."""
        for group in self._client.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            # The newest 50: the emulator begins a stream for each invocation.
            newest = self._client.describe_log_streams(logGroupName=name, orderBy="LastEventTime", descending=True)
            for stream in reversed(newest["logStreams"]):
                yield from self._of_stream(name, stream["logStreamName"])

    def _of_stream(self, group: str, stream: str) -> Iterator[str]:
        place = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
        token = self._read.get((group, stream))
        while True:
            page = self._client.get_log_events(**place, **({"nextToken": token} if token else {}))
            for event in page["events"]:
                yield event["message"].rstrip("\n") + "\n"
            if page["nextForwardToken"] == token or not page["events"]:
                return
            token = self._read[group, stream] = page["nextForwardToken"]
