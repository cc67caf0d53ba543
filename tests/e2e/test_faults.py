"""What a caller hears when a part of the machine is gone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cli.carrier import Carrier
from cli.children import Child, Children
from cli.deployment import CORE
from cli.laptop import NUMBER, STREAM_HOST, Laptop, add_number, port_of, routes, start_streaming
from cli.stand_ins import carrier_at, start_carrier
from shared.core.next_step import TakeMessage
from tests.e2e.balancer import balancer
from tests.e2e.calls import HANG_UP, dial, ended, listen, press, say, until, until_heard, wait

SIGNATURE = "X-Twilio-Signature"
FORGED = "a" * 27 + "="


def test_t3_a_webhook_with_a_forged_signature_is_refused(machine: Laptop) -> None:
    call_sid = "CA" + "f" * 32
    form = urlencode({"CallSid": call_sid, "AccountSid": "AC" + "0" * 32, "From": "+14155550100", "To": NUMBER})
    host = urlsplit(machine.deployed.webhook_url).netloc
    address = f"{machine.account.aws_url}/twilio/voice"
    request = Request(address, form.encode(), {"Host": host, SIGNATURE: FORGED})
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=5)
    refused.value.close()
    assert refused.value.code == 403
    assert machine.calls.get(call_sid) is None


def test_t3_a_media_socket_with_a_forged_signature_is_refused(machine: Laptop) -> None:
    address = machine.streaming_url.replace("http", "ws") + "/media"
    with pytest.raises(InvalidStatus) as refused:
        connect(address, additional_headers={SIGNATURE: FORGED}, proxy=None)
    assert refused.value.response.status_code == 403


def test_c8_a_model_that_is_down_is_excused_once_and_then_people_take_over(machine: Laptop) -> None:
    with model_down(machine):
        steps = (listen(), say("Do you have parking?"), listen(), say("Do you have parking?"), listen(1_500))
        leave_message = (say("Please call me back."), press("#"), wait(1_000), HANG_UP)
        call = ended(machine, dial(machine, "+14155550110", *steps, *leave_message), 60)
    assert [fault["what"] for fault in call.data("fault")] == ["model", "model"]
    assert machine.agent.phrases.trouble in call.said("agent")
    assert call.state is not None
    assert isinstance(call.state.next_step, TakeMessage)
    (message,) = call.data("message-recorded")
    assert message["duration_s"] > 0


def test_t6_a_caller_reaches_the_fallbacks_mailbox_when_the_webhooks_are_down(machine: Laptop) -> None:
    with webhooks_down(machine):
        steps = (listen(1_500), say("Please call me back."), press("#"), listen(), HANG_UP)
        call_sid = dial(machine, "+14155550111", *steps)
        until(lambda: machine.carrier.call(call_sid)["status"] == "completed", 60, "the end of the fallback")
    timeline = machine.carrier.call(call_sid)["timeline"]
    asked = [event for event in timeline if event["kind"] == "webhook" and event["purpose"] != "status"]
    webhooks, fallback = machine.deployed.webhook_url, machine.deployed.fallback_url
    assert [(each["url"], each["status"]) for each in asked] == [
        (f"{webhooks}/twilio/voice", 502),
        (f"{fallback}/fallback/voice", 200),
        (f"{fallback}/fallback/recorded", 200),
    ]
    (message,) = [event for event in timeline if event["kind"] == "recording"]
    assert message["duration_s"] > 0


@pytest.fixture(scope="module")
def fleet(machine: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Fleet"]:
    """Two streaming services behind a balancer, and a carrier that knows the balancer."""
    with Children(tmp_path_factory.mktemp("fleet")) as children:
        first, second = (start_streaming(children, machine.environment) for _ in range(2))
        with balancer(*(port_of(service, print) for service in (first, second))) as front:
            token = machine.environment["TWILIO_AUTH_TOKENS"]
            public = routes(machine.account, machine.deployed)
            carrier = carrier_at(start_carrier(children, token, public, machine.account.speech_url), token, print)
            carrier.route(STREAM_HOST, f"ws://127.0.0.1:{front.port}")
            add_number(carrier, machine.deployed)
            yield Fleet(carrier, first, second)


@dataclass(frozen=True, slots=True)
class Fleet:
    carrier: Carrier
    first: Child
    second: Child


def test_a_call_goes_on_elsewhere_when_its_streaming_service_dies(machine: Laptop, fleet: Fleet) -> None:
    steps = (listen(), say("I'd like to book a cleaning, please."), listen(), wait(60_000))
    call_sid = dial(machine, "+14155550112", *steps, carrier=fleet.carrier)
    question = "What day would suit you?"
    until_heard(machine, call_sid, question, 40)
    fleet.first.kill()
    again = f"{machine.agent.phrases.cut_off} {question}"
    until_heard(machine, call_sid, again, 20)
    fleet.carrier.hang_up(call_sid)
    call = ended(machine, call_sid, 20, fleet.carrier)
    assert call.state is not None
    assert call.state.streams == 2
    assert [line["attempt"] for line in call.data("reconnect")] == [1]


def test_t7_a_call_goes_on_turn_by_turn_when_no_streaming_service_is_left(machine: Laptop, fleet: Fleet) -> None:
    book = (say("I'd like to book a cleaning, please."), listen(3_000), say("On Wednesday please."), listen(1_500))
    call_sid = dial(machine, "+14155550113", listen(), *book, HANG_UP, carrier=fleet.carrier)
    question = "What day would suit you?"
    until_heard(machine, call_sid, question, 40)
    for service in (fleet.first, fleet.second):
        service.kill()
    call = ended(machine, call_sid, 60, fleet.carrier)
    assert call.state is not None
    assert call.state.next_step is None
    assert call.events("verb", name="Gather", done=True)
    assert f"{machine.agent.phrases.cut_off} {question}" in call.said("agent")
    assert call.said("caller").count("Wednesday") == 1
    task = (call.state.progress or {})["task"]
    assert isinstance(task, dict)
    assert task["waiting_for"] == "time"


@contextmanager
def model_down(machine: Laptop) -> Iterator[None]:
    """Every request to the model is answered 503."""
    lab = machine.model_url.removesuffix("/v1") + "/lab/faults"
    order = json.dumps({"kind": "status", "status": 503, "times": 50}).encode()
    with urlopen(Request(lab, order, method="POST"), timeout=5):
        pass
    try:
        yield
    finally:
        with urlopen(Request(lab, method="DELETE"), timeout=5):
            pass


@contextmanager
def webhooks_down(machine: Laptop) -> Iterator[None]:
    """The alias that the API calls is gone, as after a deployment that went wrong."""
    functions = machine.account.client("lambda")
    names = [each["FunctionName"] for each in functions.list_functions()["Functions"]]
    (function,) = [name for name in names if name.startswith(f"{CORE}-Telephony")]
    alias = functions.get_alias(FunctionName=function, Name="live")
    functions.delete_alias(FunctionName=function, Name="live")
    try:
        yield
    finally:
        functions.create_alias(FunctionName=function, Name="live", FunctionVersion=alias["FunctionVersion"])
