from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cli.function_logs import LogLines, function_logs

PAGE = 2
MOST_STREAMS = 50
"""What DescribeLogStreams gives at a time."""


class Logs:
    """CloudWatch Logs of an account with one group: streams of messages, read in pages by token."""

    def __init__(self, **streams: list[str]) -> None:
        self.streams = streams
        self.gone = False

    def describe_log_groups(self) -> Mapping[str, Any]:
        if self.gone:
            raise ClientError({"Error": {"Code": "Gone"}}, "DescribeLogGroups")
        return {"logGroups": [{"logGroupName": "webhooks"}]}

    def describe_log_streams(self, **asked: Any) -> Mapping[str, Any]:
        assert asked == {"logGroupName": "webhooks", "orderBy": "LastEventTime", "descending": True}
        newest = [*reversed(self.streams)][:MOST_STREAMS]
        return {"logStreams": [{"logStreamName": name} for name in newest]}

    def get_log_events(self, **asked: Any) -> Mapping[str, Any]:
        assert asked["startFromHead"]
        begin = int(asked.get("nextToken", 0))
        page = self.streams[asked["logStreamName"]][begin : begin + PAGE]
        return {"events": [{"message": message} for message in page], "nextForwardToken": str(begin + len(page))}


def test_each_line_comes_once_from_every_stream_and_across_pages() -> None:
    logs = Logs(first=["a", "b\n", "c"], second=["d"])
    lines = LogLines(logs)
    assert list(lines.new()) == ["a\n", "b\n", "c\n", "d\n"]
    assert list(lines.new()) == []
    logs.streams["first"].append("e")
    logs.streams["third"] = ["f"]
    assert list(lines.new()) == ["e\n", "f\n"]


def test_of_many_streams_the_new_ones_are_read() -> None:
    logs = Logs()
    lines = LogLines(logs)
    said: list[str] = []
    for number in range(3 * MOST_STREAMS):
        logs.streams[f"{number}"] = [f"line {number}"]
        said += lines.new()
    assert said == [f"line {number}\n" for number in range(3 * MOST_STREAMS)]


def test_what_was_logged_until_the_end_is_in_the_file(tmp_path: Path) -> None:
    logs = Logs(first=["a"])
    with function_logs(logs, tmp_path / "functions.log"):
        logs.streams["first"].append("b")
    assert (tmp_path / "functions.log").read_text() == "a\nb\n"


def test_an_emulator_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    logs = Logs(first=["a"])
    logs.gone = True
    with function_logs(logs, tmp_path / "functions.log"):
        pass
    assert (tmp_path / "functions.log").read_text() == ""
