"""Events handed to EventBridge; `tests/infra` shows a rule that catches one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber
from moto import mock_aws

from shared.adapters.eventbridge import EventBridge
from shared.ports import BusinessEvent, ProviderError, Refused, Throttled, Unavailable

REGION = "eu-west-1"
EVENT = BusinessEvent("call.finished", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), {"id": "CA1", "who": "Zoë"})


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("events", region_name=REGION)


def test_i5_an_event_says_what_it_is_where_from_and_when(events: Any) -> None:
    entry = {
        "EventBusName": "switchboard-prod",
        "Source": "switchboard",
        "DetailType": "call.finished",
        "Time": EVENT.at,
        "Detail": '{"id": "CA1", "who": "Zoë"}',
    }
    taken = {"FailedEntryCount": 0, "Entries": [{"EventId": "e1"}]}
    with Stubber(events) as stub:
        stub.add_response("put_events", taken, {"Entries": [entry]})
        EventBridge(events, "switchboard-prod").publish(EVENT)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ThrottlingException", Throttled), ("InternalFailure", Unavailable), ("NotAuthorizedForSource", Refused)],
)
def test_an_event_that_the_bus_did_not_take_is_an_error_though_the_answer_is_200(
    events: Any, code: str, expected: type[ProviderError]
) -> None:
    failed = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "tell-no-one"}]}
    with Stubber(events) as stub:
        stub.add_response("put_events", failed, {"Entries": [ANY]})
        with pytest.raises(expected, match=code) as caught:
            EventBridge(events, "bus").publish(EVENT)

    assert "tell-no-one" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("AccessDeniedException", 400, Refused),
        ("ThrottlingException", 400, Throttled),
        ("ServiceUnavailable", 503, Unavailable),
        ("Odd", 500, Unavailable),
    ],
)
def test_each_error_is_named(events: Any, code: str, status: int, expected: type[ProviderError]) -> None:
    with Stubber(events) as stub:
        stub.add_client_error("put_events", code, "", status)
        with pytest.raises(expected, match=code):
            EventBridge(events, "bus").publish(EVENT)


@pytest.mark.usefixtures("events")
def test_a_bus_that_cannot_be_reached_is_unavailable(unused_tcp_port: int) -> None:
    once = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    client = boto3.client("events", region_name=REGION, endpoint_url=f"http://127.0.0.1:{unused_tcp_port}", config=once)

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        EventBridge(client, "bus").publish(EVENT)
