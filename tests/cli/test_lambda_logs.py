from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from cli.account import KEY, REGION
from cli.lambda_logs import LATE_MS, LambdaLogs

GROUP = "/laptop/Webhooks"


@pytest.fixture
def logs() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("logs", region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=KEY)
        client.create_log_group(logGroupName=GROUP)
        yield client


@pytest.fixture
def now_ms() -> int:
    return round(1000 * datetime.now(UTC).timestamp())


def say(logs: Any, stream: str, at_ms: int, *lines: str) -> None:
    """As a function at work: a stream of its own, written at one go."""
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    events = [{"timestamp": at_ms, "message": line} for line in lines]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)


def test_each_line_is_copied_once(logs: Any, tmp_path: Path, now_ms: int) -> None:
    copy, file = LambdaLogs(logs, tmp_path), tmp_path / "lambda-laptop-Webhooks.log"
    copy.fetch()
    assert not file.exists()
    say(logs, "one", now_ms, "START", '{"event": "call_created"}')
    copy.fetch()
    copy.fetch()
    assert file.read_text() == 'START\n{"event": "call_created"}\n'
    say(logs, "two", now_ms + 10, "START")
    copy.fetch()
    assert file.read_text() == 'START\n{"event": "call_created"}\nSTART\n'


def test_a_line_that_was_overtaken_is_copied_too(logs: Any, tmp_path: Path, now_ms: int) -> None:
    copy = LambdaLogs(logs, tmp_path)
    say(logs, "quick", now_ms, "quick")
    copy.fetch()
    say(logs, "slow", now_ms - LATE_MS, "slow")
    copy.fetch()
    assert (tmp_path / "lambda-laptop-Webhooks.log").read_text() == "quick\nslow\n"


def test_what_an_earlier_run_left_goes(logs: Any, tmp_path: Path) -> None:
    (tmp_path / "lambda-old.log").write_text("old\n")
    (tmp_path / "streaming.log").write_text("kept\n")
    LambdaLogs(logs, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["streaming.log"]


def test_an_account_that_does_not_answer_is_asked_again_later(tmp_path: Path, unused_tcp_port: int) -> None:
    gone = boto3.client(
        "logs",
        endpoint_url=f"http://127.0.0.1:{unused_tcp_port}",
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    LambdaLogs(gone, tmp_path).fetch()
    assert list(tmp_path.iterdir()) == []
