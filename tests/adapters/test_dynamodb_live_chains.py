"""Chains by campaign: those nobody looks after, those under way, those that are over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.dynamodb_campaigns.chains import DynamoDbChains
from shared.adapters.dynamodb_campaigns.table import table_spec
from shared.adapters.dynamodb_live_chains import DynamoDbLiveChains
from shared.core.chain import Chain
from shared.core.chain_events import Ended, Phase
from shared.core.occasion import Occasion
from shared.ports.campaigns import Reference
from shared.usecases.chain import ms
from tests.usecases.outreach import NOW, REMINDER, upcoming

TABLE = "campaigns"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec(TABLE))
        yield client


def opened(client: Any, number: int) -> Chain:
    """A chain whose time came at NOW."""
    chain = Chain.begin(f"reminder-{number}", Occasion.read(REMINDER.event, upcoming(number), NOW), REMINDER, ms(NOW))
    chain = replace(chain, due_ms=ms(NOW))
    assert DynamoDbChains(client, TABLE).open_chain(chain, Reference(chain.about))
    return chain


def test_a_chain_is_left_when_nobody_has_waited_for_it_since_its_time_came(client: Any) -> None:
    chains, live = DynamoDbChains(client, TABLE), DynamoDbLiveChains(client, TABLE)
    lost, waited_for = opened(client, 1), opened(client, 2)
    assert chains.keep_token(waited_for.id, "t", version=1, until=NOW + timedelta(hours=14))
    later = NOW + timedelta(minutes=15)

    assert list(live.left("reminder", later)) == [lost.id]
    assert list(live.left("reminder", NOW + timedelta(hours=15))) == [lost.id, waited_for.id]
    assert list(live.left("another", later)) == []


def test_what_is_over_is_known_by_what_it_came_to_and_is_not_left(client: Any) -> None:
    chain, live = opened(client, 1), DynamoDbLiveChains(client, TABLE)
    over_ms = ms(NOW + timedelta(minutes=5))
    over = replace(
        chain,
        phase=Phase.OVER,
        ended=Ended.DONE,
        disposition="reached",
        result="confirmed",
        over_ms=over_ms,
        attempts=1,
    )
    (seen,) = live.live("reminder")
    assert (seen.id, seen.phase, seen.ended) == (chain.id, "waiting", "")

    assert DynamoDbChains(client, TABLE).save(replace(over, finished=True), version=1)

    (seen,) = live.finished("reminder", NOW)
    assert (seen.disposition, seen.result, seen.ended, seen.attempts) == ("reached", "confirmed", "done", 1)
    assert list(live.finished("reminder", NOW + timedelta(minutes=6))) == []
    assert list(live.live("reminder")) == []
    assert list(live.left("reminder", datetime(2030, 1, 1, tzinfo=UTC))) == []
