"""The same templates in the emulator: a call goes through what the CDK put there."""

import json
from pathlib import Path

import pytest

from cli.deployed.aws import Aws
from cli.deployed.stage_file import Stage
from cli.stage.leftovers import erase, leftovers
from tests.infra.deployed import CORE, NUMBER, RINGING, STREAM_URL, TOKEN, Deployed
from tests.infra.deployment import REGION, ROOT, Account, Queue, assembly, until

FALLBACK = "SwitchboardLaptopFallback"
AFTER_CALL = "switchboard-laptop-after-call"
SCHEMA = json.loads((ROOT / "docs" / "events" / "call.finished.v1.json").read_text())
COMPLETED = {**RINGING, "CallStatus": "completed", "SequenceNumber": "3", "CallDuration": "49"}


def test_p1_a_signed_call_is_answered_by_what_was_deployed(core: Deployed) -> None:
    answered = core.post("/twilio/voice", RINGING)

    assert answered.status == 200
    assert f'<Stream url="{STREAM_URL}"' in answered.text
    assert f"{core.outputs['WebhookUrl']}/twilio/stream-status" in answered.text
    assert core.row(RINGING["CallSid"])["agent"] == "front_door"


def test_p2_a_status_reaches_the_table(core: Deployed) -> None:
    fields = {**COMPLETED, "CallSid": "CA" + "0" * 31 + "3"}
    core.post("/twilio/voice", {**fields, "CallStatus": "ringing"})

    assert core.post("/twilio/status", fields).status == 204
    assert core.row(fields["CallSid"])["status"] == "completed"


def test_t3_a_call_that_twilio_did_not_sign_is_refused(core: Deployed) -> None:
    assert core.post("/twilio/voice", RINGING, token="another").status == 403


def test_t7_a_half_finished_deployment_answers_turn_by_turn(core: Deployed) -> None:
    assert core.half_way.status == 200
    assert f"<Redirect>{core.outputs['WebhookUrl']}/twilio/turn?turn=1</Redirect>" in core.half_way.text


@pytest.fixture(scope="module")
def events(core: Deployed) -> Queue:
    """A company's own rule on the bus, and the queue it fills."""
    caught = Queue(core.account, "companys-own")
    arn = "arn:aws:sqs:us-east-1:000000000000:" + caught.name
    core.account.client("sqs").create_queue(QueueName=caught.name)
    bus = {"EventBusName": core.outputs["EventBus"]}
    rules = core.account.client("events")
    rules.put_rule(Name="finished", EventPattern='{"detail-type": ["call.finished"]}', **bus)
    rules.put_targets(Rule="finished", Targets=[{"Id": "1", "Arn": arn}], **bus)
    Queue(core.account, AFTER_CALL).hurry()
    return caught


def test_p5_a_finished_call_becomes_an_event_that_a_rule_of_the_companys_own_catches(
    core: Deployed, events: Queue
) -> None:
    fields = {**COMPLETED, "CallSid": "CA" + "0" * 31 + "7"}
    core.post("/twilio/voice", {**fields, "CallStatus": "ringing"})
    core.post("/twilio/status", fields)

    event = core.event_of(fields["CallSid"], events)

    assert (event["source"], event["detail-type"]) == ("switchboard", "call.finished")
    assert event["detail"]["id"] == fields["CallSid"] + ":call.finished"
    assert (event["detail"]["caller"], event["detail"]["language"]) == (RINGING["From"], "en-US")
    assert event["detail"]["transcript"]["table"] == core.outputs["CallsTable"]
    assert set(event["detail"]) == set(SCHEMA["required"])


def test_p4_a_poisoned_message_ends_up_with_the_dead_letters_and_comes_back_by_redrive(
    core: Deployed, events: Queue
) -> None:
    """Poison: a call whose row the table has lost. The remedy is to restore it, which is no end of a call again."""
    good, poison = ("CA" + "0" * 31 + last for last in "89")
    queue, dead = Queue(core.account, AFTER_CALL), Queue(core.account, f"{AFTER_CALL}-dead")
    queue.put({"call_sid": poison})
    core.post("/twilio/voice", {**RINGING, "CallSid": good})
    core.post("/twilio/status", {**COMPLETED, "CallSid": good})

    assert core.event_of(good, events)
    assert until(dead.messages) == 1
    assert f"{poison} is stuck" in core.account.switchboard("redrive", "--stage", "laptop", "--look")

    core.copy_row(good, poison)
    said = core.account.switchboard("redrive", "--stage", "laptop")

    assert said.splitlines()[-1] == "redrive: 1 message sent back in laptop: ok"
    assert core.event_of(poison, events)["detail"]["outcome"] == "caller-left"
    assert (queue.messages(), dead.messages()) == (0, 0)


def test_an_update_keeps_the_calls(core: Deployed, tmp_path: Path) -> None:
    fields = {**RINGING, "CallSid": "CA" + "0" * 31 + "4"}
    core.post("/twilio/voice", fields)

    outputs = core.account.deploy(CORE, assembly(tmp_path, lines=json.dumps({"+15550100199": "front_door"})))

    assert {**outputs} == {**core.outputs}
    assert core.row(fields["CallSid"])["agent"] == "front_door"
    other_line = {**RINGING, "CallSid": "CA" + "0" * 31 + "5", "To": "+15550100199"}
    assert "<Stream " in core.post("/twilio/voice", other_line).text
    unknown_line = {**RINGING, "CallSid": "CA" + "0" * 31 + "6"}
    assert "<Stream " not in core.post("/twilio/voice", unknown_line).text


def test_t6_the_fallback_answers_from_a_stack_of_its_own(
    account: Account, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outputs = account.deploy(FALLBACK, assembly(tmp_path_factory.mktemp("fallback"), fallback_to=NUMBER))
    failed = {**RINGING, "ErrorCode": "11200"}

    answered = account.post(outputs["FallbackUrl"], "/fallback/voice", failed, token=TOKEN)

    assert answered.status == 200
    assert f">{NUMBER}</Dial>" in answered.text


@pytest.mark.parametrize("keep_data", [True, False])
def test_destroying_a_stage_keeps_its_calls_unless_told_otherwise_until_they_are_erased(
    account: Account, tmp_path: Path, keep_data: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in account.variables.items():
        monkeypatch.setenv(name, value)
    stage = "kept" if keep_data else "gone"
    stack = f"Switchboard{stage.capitalize()}Core"
    folder = assembly(tmp_path, stage=stage, stages={stage: {"keep_data": keep_data}})
    table = account.deploy(stack, folder)["CallsTable"]

    account.cdk("destroy", stack, "--app", str(folder), "--force", "--exclusively")

    assert (table in account.client("dynamodb").list_tables()["TableNames"]) is keep_data
    aws = Aws.of_shell({"AWS_REGION": REGION})
    found = leftovers(aws, Stage(stage))
    assert (table in [each.name for each in found]) is keep_data
    for each in found:
        erase(aws, each)
    assert table not in account.client("dynamodb").list_tables()["TableNames"]
