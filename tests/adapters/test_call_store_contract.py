"""What every CallStore does: the fake, and DynamoDB. A random history must leave both with the same state."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from local.cloud.emulator import emulator
from shared.adapters.dynamodb_calls import DynamoDbCalls, table_spec
from shared.core.attempt import Assignment
from shared.core.call_status import CallStatus
from shared.core.events import JsonValue
from shared.core.next_step import Apologise, HandOver, HangUp, NextStep, TakeMessage, TurnByTurn
from shared.ports import CallRecord, CallStore, LogEntry, NewCall
from tests.adapters.moto_server import live_client
from tests.fakes import FakeCallStore

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDbCalls]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("calls"))
        yield DynamoDbCalls(client, "calls")


@pytest.fixture
def emulated() -> Iterator[DynamoDbCalls]:
    """On an emulator that keeps its word to several at once, which moto's in this process does not."""
    with asyncio.Runner() as runner:
        running = emulator()
        url = runner.run(running.__aenter__())
        try:
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=url, **keys)
            client.create_table(**table_spec("calls"))
            yield DynamoDbCalls(client, "calls")
        finally:
            runner.run(running.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def live(dynamodb: DynamoDbCalls) -> Iterator[DynamoDbCalls]:
    """The same table, by the client of the live loop."""
    with live_client() as client:
        yield DynamoDbCalls(client, "calls")


@pytest.fixture(params=["fake", "dynamodb", "live"])
def store(request: pytest.FixtureRequest, dynamodb: DynamoDbCalls, live: DynamoDbCalls) -> CallStore:
    stores: Mapping[str, CallStore] = {"fake": FakeCallStore(), "dynamodb": dynamodb, "live": live}
    return stores[request.param]


_numbers = count()


@pytest.fixture
def sid() -> str:
    """A call of its own for each test."""
    return f"CA{next(_numbers):032}"


def _call(sid: str, **changes: str) -> NewCall:
    values = {"caller": "+14155550100", "called": "+14155550199", "agent": "front_door", "token_hash": "h1", **changes}
    return NewCall(
        call_sid=sid,
        account_sid="AC1",
        caller=values["caller"],
        called=values["called"],
        agent=values["agent"],
        created_at=NOW,
        token_hash=values["token_hash"],
        token_expires_at=SOON,
        language=values.get("language"),
    )


def _read(store: CallStore, sid: str) -> CallRecord:
    call = store.get(sid)
    assert call is not None
    return call


def test_a_new_call_is_ringing_and_reads_back(store: CallStore, sid: str) -> None:
    assert store.create(_call(sid))

    assert store.get(sid) == CallRecord(
        call_sid=sid,
        account_sid="AC1",
        caller="+14155550100",
        called="+14155550199",
        agent="front_door",
        status=CallStatus.RINGING,
        created_at=NOW,
        token_hash="h1",
        token_expires_at=SOON,
    )


def test_an_unknown_call_is_nothing_and_nothing_can_be_done_to_it(store: CallStore, sid: str) -> None:
    assert store.get(sid) is None
    assert store.log(sid) == []
    assert not store.renew_token(sid, "h", SOON)
    assert store.claim_stream(sid, "h", NOW) is None
    assert not store.set_next_step(sid, HangUp(), stream=0)
    assert not store.save_progress(sid, {}, stream=0)
    assert not store.finish(sid, "completed", NOW)
    assert store.get(sid) is None


def test_t12_a_call_of_ours_knows_what_it_is_for_until_it_has_ended(store: CallStore, sid: str) -> None:
    assignment = Assignment("reminder-4f2a.1", {"name": "Grace", "birth_date": "1985-03-04"}, leaves_message=False)
    assignment = replace(assignment, earlier={"messages": [{"role": "user", "content": "My bill"}], "route": "desk"})
    store.create(replace(_call(sid), assignment=assignment))
    assert _read(store, sid).assignment == assignment

    store.finish(sid, "completed", NOW)
    assert _read(store, sid).assignment == Assignment("reminder-4f2a.1", leaves_message=False)


def test_t12_who_picked_up_may_be_known_before_the_call(store: CallStore, sid: str) -> None:
    assert store.set_answered_by(sid, "human")
    assert store.get(sid) is None
    store.create(_call(sid))
    assert _read(store, sid).answered_by == "human"

    store.finish(sid, "completed", NOW)
    assert not store.set_answered_by(sid, "machine_start")


def test_a_status_that_comes_before_its_call_is_kept_for_it(store: CallStore, sid: str) -> None:
    assert store.advance_status(sid, CallStatus.COMPLETED, NOW)
    assert not store.advance_status(sid, CallStatus.IN_PROGRESS, NOW)
    assert store.get(sid) is None
    assert not store.finish(sid, "completed", NOW)

    record = store.create(_call(sid))

    assert record is not None
    assert record.status is CallStatus.COMPLETED
    assert record == store.get(sid)


def test_a_call_is_created_once(store: CallStore, sid: str) -> None:
    store.create(_call(sid))

    assert not store.create(_call(sid, agent="other", token_hash="h2"))
    record = store.get(sid)
    assert record is not None
    assert (record.agent, record.token_hash) == ("front_door", "h1")


def test_a_token_opens_one_stream(store: CallStore, sid: str) -> None:
    store.create(_call(sid))

    assert store.claim_stream(sid, "other", NOW) is None
    assert store.claim_stream(sid, "h1", NOW) == 1
    assert store.claim_stream(sid, "h1", NOW) is None


def test_a_token_is_worth_nothing_once_it_has_expired(store: CallStore, sid: str) -> None:
    store.create(_call(sid))

    assert store.claim_stream(sid, "h1", SOON) is None
    assert store.claim_stream(sid, "h1", SOON - timedelta(microseconds=1)) == 1


def test_expiry_is_compared_in_whatever_zone_the_times_are_given(store: CallStore, sid: str) -> None:
    east = (NOW + timedelta(seconds=59)).astimezone(datetime.strptime("+0530", "%z").tzinfo)
    store.create(_call(sid))

    assert store.claim_stream(sid, "h1", east) == 1


def _spent(store: CallStore, sid: str) -> bool:
    record = store.get(sid)
    assert record is not None
    return record.token_spent


def test_a_renewed_token_opens_the_next_stream_and_the_old_one_none(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    assert not _spent(store, sid)
    store.claim_stream(sid, "h1", NOW)
    assert _spent(store, sid)

    assert store.renew_token(sid, "h2", SOON)
    assert not _spent(store, sid)
    assert store.claim_stream(sid, "h1", NOW) is None
    assert store.claim_stream(sid, "h2", NOW) == 2


@pytest.mark.parametrize("kind", ["fake", "emulated"])
def test_a_token_is_claimed_by_one_of_many_at_once(request: pytest.FixtureRequest, kind: str, sid: str) -> None:
    store: CallStore = FakeCallStore() if kind == "fake" else request.getfixturevalue("emulated")
    store.create(_call(sid))
    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda _: store.claim_stream(sid, "h1", NOW), range(16)))

    assert sorted(claim for claim in claims if claim) == [1]


def test_p4_a_status_only_moves_forward(store: CallStore, sid: str) -> None:
    store.create(_call(sid))

    assert store.advance_status(sid, CallStatus.IN_PROGRESS, NOW)
    assert not store.advance_status(sid, CallStatus.RINGING, NOW)
    assert not store.advance_status(sid, CallStatus.IN_PROGRESS, NOW)
    assert store.advance_status(sid, CallStatus.COMPLETED, NOW)
    assert not store.advance_status(sid, CallStatus.FAILED, NOW)
    record = store.get(sid)
    assert record is not None
    assert record.status is CallStatus.COMPLETED


@pytest.mark.parametrize(
    "step",
    [
        HangUp(),
        TakeMessage("After the tone.", "asked"),
        Apologise("Sorry.", "model"),
        TurnByTurn("ear"),
        HandOver("billing", "asked"),
        HandOver("take_over", "take_over", answered=True, person="ann"),
    ],
)
def test_the_next_step_reads_back(store: CallStore, sid: str, step: NextStep) -> None:
    store.create(_call(sid))

    assert store.set_next_step(sid, step, stream=0)
    record = store.get(sid)
    assert record is not None
    assert record.next_step == step


def test_p4_a_stream_that_was_replaced_can_say_nothing_more(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    store.claim_stream(sid, "h1", NOW)
    store.renew_token(sid, "h2", SOON)
    store.claim_stream(sid, "h2", NOW)

    assert not store.set_next_step(sid, HangUp(), stream=1)
    assert not store.save_progress(sid, {"turn": 1}, stream=1)
    assert store.save_progress(sid, {"turn": 2}, stream=2)
    record = store.get(sid)
    assert record is not None
    assert (record.next_step, record.progress) == (None, {"turn": 2})


def test_t7_a_turn_is_taken_once_and_owns_the_call(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    store.claim_stream(sid, "h1", NOW)

    assert not store.take_turn(sid, {"turn": 1}, None, turn=1)
    assert store.take_turn(sid, {"turn": 2}, None, turn=2)
    assert not store.take_turn(sid, {"turn": "again"}, None, turn=2)
    assert not store.save_progress(sid, {"turn": "late"}, stream=1)
    assert store.take_turn(sid, {"turn": 3}, HangUp(), turn=3)
    record = store.get(sid)
    assert record is not None
    assert (record.streams, record.progress, record.next_step) == (3, {"turn": 3}, HangUp())
    store.renew_token(sid, "h2", SOON)
    assert store.claim_stream(sid, "h2", NOW) == 4


ANN, BOB = (HandOver("take_over", "take_over", person=who) for who in ("ann", "bob"))


def test_x3_a_call_is_taken_over_by_one_and_nothing_else_follows_then(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    assert not store.take_over(sid, ANN, stream=1)
    assert store.set_next_step(sid, TurnByTurn("ear"), stream=0)
    assert store.take_over(sid, ANN, stream=0)
    assert not store.take_over(sid, BOB, stream=0)
    assert not store.take_over(sid, ANN, stream=0)
    for step in (HangUp(), HandOver("billing", "asked"), BOB):
        assert not store.set_next_step(sid, step, stream=0)
    assert not store.take_turn(sid, {}, HangUp(), turn=1)
    assert store.set_next_step(sid, HandOver("take_over", "take_over", answered=True, person="ann"), stream=0)
    assert store.resume(sid, {"back": True}, stream=0)
    assert store.set_next_step(sid, HangUp(), stream=0)


@pytest.mark.parametrize("step", [HangUp(), HandOver("billing", "asked"), TakeMessage("a", "b")])
def test_a_call_that_goes_elsewhere_or_is_over_is_not_taken_over(store: CallStore, sid: str, step: NextStep) -> None:
    store.create(_call(sid))
    store.set_next_step(sid, step, stream=0)
    assert not store.take_over(sid, ANN, stream=0)
    store.resume(sid, {}, stream=0)
    store.finish(sid, "completed", NOW)
    assert not store.take_over(sid, ANN, stream=0)


def test_an_ended_call_takes_no_turn(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    store.finish(sid, "completed", NOW)

    assert not store.take_turn(sid, {}, None, turn=1)


PROGRESS: Mapping[str, JsonValue] = {
    "turn": 7,
    "confidence": 0.4375,
    "tiny": 1.5e-12,
    "minus": -3,
    "whole": 2.0,
    "heard": "नमस्ते 👋",
    "empty": "",
    "nothing": None,
    "yes": True,
    "slots": {"service": "check-up", "nested": {"list": [1, "two", None, 3.5, {"deep": []}]}},
}


def test_progress_reads_back_as_json_has_it(store: CallStore, sid: str) -> None:
    store.create(_call(sid))

    store.save_progress(sid, PROGRESS, stream=0)

    record = store.get(sid)
    assert record is not None
    assert record.progress == PROGRESS


def test_progress_is_replaced_not_merged(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    store.save_progress(sid, {"a": 1}, stream=0)
    store.save_progress(sid, {"b": 2}, stream=0)

    record = store.get(sid)
    assert record is not None
    assert record.progress == {"b": 2}


def test_the_log_is_in_order_of_time_then_key(store: CallStore, sid: str) -> None:
    entries = [
        LogEntry("b", "second", NOW, {"n": 2}),
        LogEntry("z", "first", NOW - timedelta(seconds=1), {"n": 1}),
        LogEntry("a", "first-by-key", NOW, {}),
    ]

    assert all(store.append(sid, [entry]) for entry in entries)
    assert [entry.kind for entry in store.log(sid)] == ["first", "first-by-key", "second"]
    assert store.log(sid)[2] == entries[0]


def test_a_line_written_again_changes_nothing(store: CallStore, sid: str) -> None:
    entry = LogEntry("01-00001", "turn", NOW, {"text": "hello"})

    assert store.append(sid, [entry])
    assert not store.append(sid, [entry])
    assert not store.append(sid, [LogEntry("01-00001", "turn", NOW, {"text": "changed"})])
    assert store.log(sid) == [entry]


def test_lines_written_together_are_lines_of_their_own(store: CallStore, sid: str) -> None:
    first, second = (
        [LogEntry(f"{batch}-{number}", "turn", NOW + timedelta(seconds=10 * number + batch), {}) for number in range(3)]
        for batch in range(2)
    )

    assert store.append(sid, first)
    assert store.append(sid, second)
    assert not store.append(sid, first)
    assert [entry.key for entry in store.log(sid)] == ["0-0", "1-0", "0-1", "1-1", "0-2", "1-2"]


@pytest.mark.parametrize("text", ["x" * 60_000, "नमस्ते" * 3_000])
def test_lines_too_many_for_a_row_are_written_all_the_same(store: CallStore, sid: str, text: str) -> None:
    entries = [LogEntry(f"{number:05}", "turn", NOW, {"text": text}) for number in range(30)]

    assert store.append(sid, entries)
    assert not store.append(sid, entries)
    assert store.log(sid) == entries


def test_logs_of_two_calls_are_apart(store: CallStore, sid: str) -> None:
    store.append(sid, [LogEntry("1", "turn", NOW, {})])
    store.append(sid + "x", [LogEntry("1", "turn", NOW, {})])

    assert len(store.log(sid)) == 1


def test_a_long_log_is_read_whole(store: CallStore, sid: str) -> None:
    for number in range(30):
        store.append(sid, [LogEntry(f"{number:05}", "turn", NOW, {"text": "x" * 60_000})])

    assert [entry.key for entry in store.log(sid)] == [f"{number:05}" for number in range(30)]


def test_a1_a_report_is_replaced_only_by_one_made_from_more(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    assert store.save_report(sid, {"turns": 1}, lines=3)
    assert not store.save_report(sid, {"turns": 9}, lines=3)
    assert not store.save_report(sid, {"turns": 9}, lines=2)
    assert store.save_report(sid, {"turns": 2, "gap": None}, lines=4)
    call = store.get(sid)
    assert call is not None
    assert call.report == {"turns": 2, "gap": None}


def test_a_call_ends_once(store: CallStore, sid: str) -> None:
    store.create(_call(sid))

    assert store.finish(sid, "completed", SOON)
    assert not store.finish(sid, "failed", NOW)
    record = store.get(sid)
    assert record is not None
    assert (record.outcome, record.ended_at) == ("completed", SOON)


@pytest.mark.parametrize("kind", ["fake", "emulated"])
def test_one_of_many_signals_ends_the_call(request: pytest.FixtureRequest, kind: str, sid: str) -> None:
    store: CallStore = FakeCallStore() if kind == "fake" else request.getfixturevalue("emulated")
    store.create(_call(sid))
    with ThreadPoolExecutor(8) as threads:
        finished = list(threads.map(lambda _: store.finish(sid, "completed", NOW), range(16)))

    assert finished.count(True) == 1


def test_an_ended_call_opens_no_stream(store: CallStore, sid: str) -> None:
    store.create(_call(sid))
    store.finish(sid, "completed", NOW)

    assert not store.renew_token(sid, "h2", SOON)
    assert store.claim_stream(sid, "h1", NOW) is None


type Operation = Callable[[CallStore, str], object]

_times = st.integers(-90, 90).map(lambda seconds: NOW + timedelta(seconds=seconds))
_hashes = st.sampled_from(["h1", "h2"])
_streams = st.integers(0, 3)
_taken_over = st.sampled_from([HandOver("take_over", "take_over", person=who) for who in ("ann", "bob")])
_steps = _taken_over | st.sampled_from(
    [HangUp(), TurnByTurn("a"), TakeMessage("a", "b"), Apologise("a", "b"), HandOver("a", "b")]
)
_json: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e9, 1e9).map(lambda number: round(number, 6))
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
_objects = st.dictionaries(st.text("abc", min_size=1, max_size=3), _json, max_size=3)
_operations: st.SearchStrategy[Operation] = st.one_of(
    st.just(lambda store, sid: store.create(_call(sid))),
    st.builds(lambda h, t: lambda store, sid: store.renew_token(sid, h, t), _hashes, _times),
    st.builds(lambda h, t: lambda store, sid: store.claim_stream(sid, h, t), _hashes, _times),
    st.builds(lambda s, t: lambda store, sid: store.advance_status(sid, s, t), st.sampled_from(CallStatus), _times),
    st.builds(lambda n, s: lambda store, sid: store.set_next_step(sid, n, stream=s), _steps, _streams),
    st.builds(lambda n, s: lambda store, sid: store.take_over(sid, n, stream=s), _taken_over, _streams),
    st.builds(
        lambda p, n, s: lambda store, sid: store.take_turn(sid, p, n, turn=s), _objects, st.none() | _steps, _streams
    ),
    st.builds(lambda p, s: lambda store, sid: store.save_progress(sid, p, stream=s), _objects, _streams),
    st.builds(
        lambda keys, t, d: lambda store, sid: store.append(sid, [LogEntry(key, "kind", t, d) for key in keys]),
        st.sampled_from(["x", "y", "zab"]),
        _times,
        _objects,
    ),
    st.builds(lambda r, n: lambda store, sid: store.save_report(sid, r, lines=n), _objects, _streams),
    st.builds(lambda o, t: lambda store, sid: store.finish(sid, o, t), st.sampled_from("pq"), _times),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.booleans(), st.lists(_operations, max_size=14))
def test_any_history_gives_the_fake_and_dynamodb_the_same_state(
    dynamodb: DynamoDbCalls, created: bool, operations: list[Operation]
) -> None:
    fake, sid = FakeCallStore(), f"CA-history-{next(_numbers)}"
    first: list[Operation] = [lambda store, sid: store.create(_call(sid))] if created else []

    for operation in (*first, *operations):
        assert operation(fake, sid) == operation(dynamodb, sid)

    assert fake.get(sid) == dynamodb.get(sid)
    assert fake.log(sid) == dynamodb.log(sid)
