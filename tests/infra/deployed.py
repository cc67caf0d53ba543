"""Core in the emulator, deployed once for all tests that need it."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from local.cloud.emulator import emulator
from tests.infra.deployment import REGION, Account, Queue, Reply, assembly, until

CORE = "SwitchboardLaptopCore"
TOKEN = "auth-token"
STREAM_URL = "wss://media.switchboard.test/media"
NUMBER = "+15550100123"
RINGING = {
    "AccountSid": "AC" + "0" * 32,
    "CallSid": "CA" + "0" * 31 + "1",
    "CallStatus": "ringing",
    "CallerName": "",
    "From": "+14155550142",
    "To": NUMBER,
}


@dataclass(frozen=True, slots=True)
class Deployed:
    account: Account
    outputs: Mapping[str, str]
    half_way: Reply
    """To a call that came before the streams had an address."""

    def post(self, path: str, fields: Mapping[str, str], *, token: str = TOKEN) -> Reply:
        return self.account.post(self.outputs["WebhookUrl"], path, fields, token=token)

    def event_of(self, call_sid: str, caught: Queue) -> dict[str, Any]:
        """The event of a call, as soon as it is caught; others are let go."""
        return until(lambda: next((e for e in caught.take() if e["detail"]["call_sid"] == call_sid), {}))

    def copy_row(self, call_sid: str, other_sid: str) -> None:
        """Give a call the state that another has."""
        table = self.account.client("dynamodb")
        key = {"pk": {"S": f"call#{call_sid}"}, "sk": {"S": "state"}}
        row = table.get_item(TableName=self.outputs["CallsTable"], Key=key, ConsistentRead=True)["Item"]
        table.put_item(TableName=self.outputs["CallsTable"], Item={**row, "pk": {"S": f"call#{other_sid}"}})

    def row(self, call_sid: str) -> dict[str, str]:
        """The state of a call, as the table has it."""
        answer = self.account.client("dynamodb").scan(TableName=self.outputs["CallsTable"])
        rows = [row for row in answer["Items"] if row["sk"]["S"] == "state" and call_sid in row["pk"]["S"]]
        assert len(rows) == 1
        return {name: value["S"] for name, value in rows[0].items() if "S" in value}


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assembly(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="session")
def account(synthesised: Path) -> Iterator[Account]:
    """An account that holds what `cdk bootstrap` leaves there, and nothing else."""
    with asyncio.Runner() as runner:
        running = emulator()
        account = Account(runner.run(running.__aenter__()))
        try:
            account.cdk("bootstrap", f"aws://000000000000/{REGION}", "--app", str(synthesised))
            yield account
        finally:
            runner.run(running.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def core(account: Account, synthesised: Path) -> Deployed:
    outputs = account.deploy(CORE, synthesised)
    account.client("secretsmanager").put_secret_value(SecretId=outputs["TwilioAuthTokensSecret"], SecretString=TOKEN)
    early = {**RINGING, "CallSid": "CA" + "0" * 31 + "2"}
    half_way = account.post(outputs["WebhookUrl"], "/twilio/voice", early, token=TOKEN)
    account.client("ssm").put_parameter(Name="/switchboard/laptop/stream-url", Value=STREAM_URL, Type="String")
    deployed = Deployed(account, outputs, half_way)
    sids = (f"CA{number:032x}" for number in count(16))
    # A running Lambda looks for the address again when ten seconds have passed.
    until(lambda: STREAM_URL in deployed.post("/twilio/voice", {**RINGING, "CallSid": next(sids)}).text)
    return deployed
