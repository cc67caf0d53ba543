"""A business event goes through what the CDK put into the emulator: one chain, one call, one result."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs

import pytest

from cdk import cost
from cdk.campaigns import DEFINITION
from shared.adapters import eventbridge
from shared.adapters.dynamodb_campaigns.attempts import DynamoDbAttempts
from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.chain import OVERDUE_MS
from shared.core.occasion import CALLBACK_DUE
from shared.usecases.chain_call import attempt_ended
from tests.infra.conftest import Deployment
from tests.infra.deployed import Deployed
from tests.infra.deployment import ROOT, Queue, until

EVENTS = "switchboard-laptop-campaigns"
ANY_HOUR = ("+12125550142", "+12135550142", "+16715550142", "+442079460123", "+17875550142", "+18085550142")
"""New York, Los Angeles, Guam, London, Puerto Rico, Hawaii: at any time somebody of these may be called."""
WHO_MAY_BE_CALLED = """
from datetime import UTC, datetime, timedelta
from cli.campaign.place import campaign_of
from cli.campaign.plan import NothingOnFile, plan
now = datetime.now(UTC)
events = {line: {**EVENT, "person": {"phone": number}} for line, number in enumerate(NUMBERS)}
planned = plan(campaign_of("appointment_reminder"), events, NothingOnFile(now), now)
print(next(each.number for each in planned if each.at and each.at < now + timedelta(minutes=1)))
"""
"""Run by the product's own environment, which has the calling rules; EVENT and NUMBERS stand before it."""


@dataclass(slots=True)
class Carrier:
    """Twilio's REST API, as far as calls are ordered; it has the orders."""

    url: str = ""
    orders: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture(scope="module")
def carrier(core: Deployed) -> Iterator[Carrier]:
    carrier = Carrier()

    class Calls(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            carrier.orders.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            body = json.dumps({"sid": f"CA{len(carrier.orders):032x}"}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Calls) as server:
        threading.Thread(target=server.serve_forever).start()
        carrier.url = f"http://127.0.0.1:{server.server_port}"
        _order_calls_at(core, carrier.url)
        yield carrier
        server.shutdown()


def _order_calls_at(core: Deployed, url: str) -> None:
    functions, name = core.account.client("lambda"), core.outputs["StepFunction"]
    known = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**known, "TWILIO_API_URL": url}}
    )
    sid = {"Name": "/switchboard/laptop/twilio-account-sid", "Value": "AC" + "0" * 32, "Type": "String"}
    core.account.client("ssm").put_parameter(**sid)


@pytest.fixture(scope="module")
def told(core: Deployed) -> Queue:
    """A company's own rule on the bus for what calls came to, and the queue it fills."""
    caught = Queue(core.account, "companys-results")
    core.account.client("sqs").create_queue(QueueName=caught.name)
    bus, rules = {"EventBusName": core.outputs["EventBus"]}, core.account.client("events")
    rules.put_rule(
        Name="results", EventPattern='{"source": ["switchboard"], "detail-type": ["chain.completed"]}', **bus
    )
    arn = f"arn:aws:sqs:us-east-1:000000000000:{caught.name}"
    rules.put_targets(Rule="results", Targets=[{"Id": "1", "Arn": arn}], **bus)
    return caught


def put(core: Deployed, kind: str, **detail: object) -> None:
    entry = {"Source": "clinic", "DetailType": kind, "Detail": json.dumps({"version": 1, **detail})}
    answer = core.account.client("events").put_events(Entries=[{**entry, "EventBusName": core.outputs["EventBus"]}])
    assert answer["FailedEntryCount"] == 0


def upcoming(number: int, starts_at: datetime) -> dict[str, Any]:
    appointment = {"starts_at": starts_at.isoformat(timespec="seconds")}
    agreed = {"kind": "express", "given_at": "2026-01-01T00:00:00Z", "how": "web form", "reference": f"form-{number}"}
    person = {"phone": "+12125550142", "name": "Grace"}
    return {"id": f"e-{number}", "reference": f"A-{number}", "person": person, "consent": agreed} | {
        "appointment": appointment
    }


def completed(told: Queue, reference: str) -> dict[str, Any]:
    """The result of the chain about this, as soon as it is told."""
    return until(lambda: next((e["detail"] for e in told.take() if e["detail"]["reference"] == reference), {}))


def definition() -> dict[str, Any]:
    states: dict[str, Any] = json.loads(DEFINITION.read_text())["States"]
    return states


def test_every_step_is_tried_again_and_its_failure_ends_no_chain_that_may_be_calling() -> None:
    tasks = {name: state for name, state in definition().items() if state["Type"] == "Task"}

    assert all("Retry" in state for state in tasks.values())
    assert {name for name, state in tasks.items() if "Catch" in state} == {"WaitUntil", "Call", "Text"}
    for name in ("Decide", "Reconcile", "Finish"):  # which fail for good only after a day, and the sweep begins anew
        (again,) = tasks[name]["Retry"]
        assert again["MaxDelaySeconds"] * (again["MaxAttempts"] - 10) > 86_400 * 0.9
    assert tasks["Call"]["TimeoutSeconds"] * 1_000 > OVERDUE_MS


def test_the_cost_of_a_chain_is_that_of_a_way_through_its_states() -> None:
    states, way = definition(), cost.chain_path()
    for here, there in pairwise(way):
        nexts = {states[here].get("Next"), states[here].get("Default")}
        assert there in nexts | {choice["Next"] for choice in states[here].get("Choices", ())}
    assert states[way[-1]]["End"] is True


def test_what_is_not_ours_on_the_bus_is_accepted_and_of_ours_the_promise_to_call_back(prod: Deployment) -> None:
    told, promised = (prod.core.one("AWS::Events::Rule", f"Campaigns{name}") for name in ("Told", "Promised"))
    queue, dead = (prod.core.one("AWS::SQS::Queue", f"Campaigns{name}") for name in ("Queue", "Dead"))

    assert told["EventPattern"] == {"source": [{"anything-but": [eventbridge.SOURCE]}]}
    assert promised["EventPattern"] == {"source": [eventbridge.SOURCE], "detail-type": [CALLBACK_DUE]}
    assert queue["VisibilityTimeout"] >= 6 * prod.core.one("AWS::Lambda::Function", "CampaignsAccept")["Timeout"]
    assert (queue["QueueName"], dead["QueueName"]) == ("switchboard-prod-campaigns", "switchboard-prod-campaigns-dead")
    assert dead["MessageRetentionPeriod"] == 14 * 86_400


def test_o1_an_event_that_is_delivered_twice_calls_once_and_its_result_is_told(
    core: Deployed, carrier: Carrier, told: Queue
) -> None:
    event = {"version": 1, **upcoming(1, datetime.now(UTC) + timedelta(hours=20))}
    python = str(ROOT / ".venv" / "bin" / "python")
    number = core.account.run(python, "-c", f"EVENT, NUMBERS = {event!r}, {ANY_HOUR!r}{WHO_MAY_BE_CALLED}").strip()
    event["person"]["phone"] = number
    for _ in range(2):
        put(core, "appointment.upcoming", **event)

    (order,) = until(lambda: carrier.orders)
    assert order["To"] == [number]
    key = AttemptKey.read(parse_qs(order["Url"][0].partition("?")[2])["attempt"][0])
    attempts = DynamoDbAttempts(core.account.client("dynamodb"), core.outputs["CampaignsTable"])
    until(lambda: (found := attempts.attempt(key)) and found.call_sid)
    assert attempt_ended(attempts, key, Outcome(Disposition.REACHED, "confirmed"), datetime.now(UTC))

    result = completed(told, "A-1")
    assert (result["ended"], result["disposition"], result["result"]) == ("done", "reached", "confirmed")
    assert (result["event_id"], result["attempts"], result["called"]) == ("e-1", 1, number)
    assert len(carrier.orders) == 1
    executions = core.account.client("stepfunctions").list_executions(stateMachineArn=_machine(core))["executions"]
    assert [execution["name"] for execution in executions] == [result["chain"]]


def test_o1_a_cancelled_appointment_ends_a_chain_that_waits(core: Deployed, carrier: Carrier, told: Queue) -> None:
    before = len(carrier.orders)
    put(core, "appointment.upcoming", **upcoming(2, datetime.now(UTC) + timedelta(days=9)))
    until(lambda: _token(core, "A-2"))

    put(core, "appointment.cancelled", id="e-3", reference="A-2")

    result = completed(told, "A-2")
    assert (result["ended"], result["why"], result["attempts"]) == ("stopped", "appointment.cancelled", 0)
    assert len(carrier.orders) == before


def test_an_event_that_is_not_as_its_schema_has_it_waits_for_people_who_are_told_the_field_and_the_fix(
    core: Deployed, carrier: Carrier
) -> None:
    Queue(core.account, EVENTS).hurry()
    event = upcoming(4, datetime.now(UTC) + timedelta(days=9))
    put(core, "appointment.upcoming", **{**event, "person": {"phone": "555 0142"}})

    until(Queue(core.account, f"{EVENTS}-dead").messages)
    said = core.account.switchboard("redrive", "--stage", "laptop", "--queue", "campaigns", "--look")

    assert "appointment.upcoming e-4 (person.phone: is not as it should be (pattern): The number to call" in said
    assert "555 0142" not in said


def _machine(core: Deployed) -> str:
    (machine,) = core.account.client("stepfunctions").list_state_machines()["stateMachines"]
    return str(machine["stateMachineArn"])


def _token(core: Deployed, reference: str) -> bool:
    """Whether an execution waits for the chain about this."""
    rows = core.account.client("dynamodb").scan(TableName=core.outputs["CampaignsTable"])["Items"]
    return any("token" in row and f"#{reference}" in row["chain"]["S"] for row in rows if "chain" in row)
