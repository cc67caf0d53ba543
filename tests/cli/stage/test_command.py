"""Where a stage stands, before, while and after it is deployed."""

import json
from typing import Any

import pytest

from tests.cli.accounts import AWAY, FALLBACK_URL, STREAM_URL, WEBHOOK_URL, Accounts, Deployment
from tests.cli.conftest import Run, Shell


def test_after_a_deployment_the_keys_come_next_then_a_number_then_the_doctor(
    accounts: Accounts, stage: Shell, run: Run
) -> None:
    deployed = stage().all()
    said = run("stage")
    assert said[:3] == [f"Webhooks   {WEBHOOK_URL}", f"Streams    {STREAM_URL}", f"Fallback   {FALLBACK_URL}"]
    assert f"Next: switchboard secrets set --stage {deployed.name}" in said
    assert said[-1] == f"stage: {deployed.name} in us-east-1: 3 stacks, 0 numbers: ok"

    deployed.keys()
    assert f"Next: switchboard number configure +1... --stage {deployed.name}" in run("stage")

    accounts.number("+15550100020")
    run("number", "configure", "+15550100020", "--yes")
    said = run("stage")
    assert "Numbers    +15550100020" in said
    assert f"Next: switchboard doctor --stage {deployed.name}" in said


def test_a_half_finished_deployment_is_short(stage: Shell, run: Run) -> None:
    deployed = stage()
    deployed.core()
    said = run("stage", code=1)
    assert "Streams    (not there yet)" in said
    assert f"{deployed.stack('Stream')} is not deployed in us-east-1; run `make deploy STAGE=" in said[-1]


def test_where_nothing_is_it_says_how_to_put_it_there(stage: Shell, run: Run) -> None:
    deployed = stage()
    told = f"stage: nothing of {deployed.name} is in us-east-1; make deploy STAGE={deployed.name} puts it there: ok"
    assert run("stage") == [told]


def test_a_stage_may_not_go_while_numbers_lead_to_it(accounts: Accounts, stage: Shell, run: Run) -> None:
    deployed = stage().all().keys()
    assert run("stage", "--unused")[-1] == f"stage: 0 numbers for {deployed.name}: ok"
    accounts.number("+15550100021")
    run("number", "configure", "+15550100021", "--yes")

    said = run("stage", "--unused", code=1)

    assert said[0] == f"First: switchboard number restore +15550100021 --stage {deployed.name}"
    run("number", "restore", "+15550100021", "--yes")
    run("stage", "--unused")


def _table(deployed: Deployment) -> str:
    """One that outlives its stack, and will not be deleted as it is."""
    name = f"{deployed.stack('Core')}-Calls"
    deployed.accounts.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    return name


def _destroy(deployed: Deployment) -> None:
    for part in ("Stream", "Core", "Fallback"):
        region = deployed.away if part == "Fallback" else "us-east-1"
        client: Any = deployed.accounts.client("cloudformation", region)
        client.delete_stack(StackName=deployed.stack(part))
        client.get_waiter("stack_delete_complete").wait(
            StackName=deployed.stack(part), WaiterConfig={"Delay": 0.05, "MaxAttempts": 500}
        )


def test_what_a_destroyed_stage_left_is_listed_and_erased_only_when_agreed_to(stage: Shell, run: Run) -> None:
    deployed = stage(away=AWAY).all().keys()
    table = _table(deployed)
    assert "is still there; run `make destroy" in run("erase", "--yes", code=1)[-1]
    _destroy(deployed)

    said = run("stage")

    assert f"table      {table} (us-east-1)" in said
    assert f"log        {deployed.stack('Fallback')}-Log (us-west-2)" in said
    assert f"parameter  /switchboard/{deployed.name}/twilio-account-sid (us-east-1)" in said
    assert f"To erase it for good: switchboard erase --stage {deployed.name}" in said
    assert said[-1].endswith("kept: 3 logs, 1 parameter, 1 table: ok")

    assert "add --yes" in run("erase", code=1)[-1]
    assert table in deployed.accounts.client("dynamodb").list_tables()["TableNames"]

    assert run("erase", "--yes")[-1] == f"erase: 3 logs, 1 parameter, 1 table of {deployed.name} erased: ok"
    assert table not in deployed.accounts.client("dynamodb").list_tables()["TableNames"]
    assert run("erase", "--yes") == [f"erase: nothing is left of {deployed.name} in us-east-1: ok"]


def test_what_belongs_to_another_stage_is_not_touched(stage: Shell, run: Run) -> None:
    deployed = stage()
    other = Deployment(deployed.accounts, "other")
    other.core()
    name = _table(other)
    run("stage")
    run("erase", "--yes")
    assert name in deployed.accounts.client("dynamodb").list_tables()["TableNames"]


@pytest.mark.parametrize("text", ["", "{", json.dumps({"context": {}}), json.dumps({"context": {"stages": 3}})])
def test_a_cdk_json_that_names_no_stages_is_told(stage: Shell, run: Run, text: str, tmp_path: Any) -> None:
    stage()
    (tmp_path / "cdk.json").write_text(text)
    assert "cdk.json: has no stages that can be read" in run("stage", code=1)[-1]
