import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.cloud import emulator as module
from local.cloud.emulator import EmulatorFailed, emulator
from tests.local.cloud.client import aws

TABLE: dict[str, Any] = {
    "TableName": "calls",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("ministack-*"))


async def test_tables_work_while_it_runs_and_nothing_is_left_after() -> None:
    before = folders()
    async with emulator() as endpoint:
        client = aws("dynamodb", endpoint)
        await asyncio.to_thread(client.create_table, **TABLE)
        assert await asyncio.to_thread(client.list_tables) | {"ResponseMetadata": {}} == {
            "TableNames": ["calls"],
            "ResponseMetadata": {},
        }
    with pytest.raises(EndpointConnectionError):
        await asyncio.to_thread(client.list_tables)
    assert folders() == before


async def test_two_run_side_by_side_and_know_nothing_of_each_other() -> None:
    async with emulator() as first, emulator() as second:
        await asyncio.to_thread(aws("dynamodb", first).create_table, **TABLE)
        assert (await asyncio.to_thread(aws("dynamodb", second).list_tables))["TableNames"] == []


def listening_on(port: int) -> set[str]:
    """Local addresses with a listener on `port`, as the kernel writes them."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {line[1] for line in lines if line[3] == "0A" and line[1].endswith(f":{port:04X}")}


async def test_it_listens_on_loopback_only() -> None:
    async with emulator() as endpoint:
        port = int(endpoint.rsplit(":", 1)[1])
        assert listening_on(port) == {f"0100007F:{port:04X}"}


async def test_one_that_is_not_installed_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_PROGRAM", tmp_path / "ministack")
    with pytest.raises(EmulatorFailed, match="make setup"):
        async with emulator():
            pass


async def test_one_that_ends_at_once_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "ministack"
    program.write_text("#!/bin/sh\necho no luck today\n")
    program.chmod(0o755)
    monkeypatch.setattr(module, "_PROGRAM", program)
    with pytest.raises(EmulatorFailed, match="no luck today"):
        async with emulator():
            pass
