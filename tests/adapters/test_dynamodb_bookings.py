"""No time is ever booked twice, and no request books two."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from shared.adapters.dynamodb_bookings import (
    BOOK_APPOINTMENT,
    CHANGES,
    FIND_FREE_TIMES,
    DynamoDbBookings,
    OpeningHours,
    table_spec,
)
from shared.core.events import JsonValue
from shared.ports import Refused, Throttled, Tools, Unavailable
from tests.adapters.http_server import Exchange, Handler, HttpServer
from tests.adapters.moto_server import live_client

TUESDAY = "2026-11-24"
NOW = datetime(2026, 11, 20, 14, 10, tzinfo=UTC)  # a Friday, 09:10 in New York
HOURS = OpeningHours("America/New_York", time(8), time(10), appointment=timedelta(minutes=30))
WISH = {"service": "cleaning", "day": TUESDAY, "time": "09:00", "name": "Maria Lopez", "phone": "4155550132"}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def table(_credentials: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(**table_spec("bookings"))
        yield client


@pytest.fixture(params=["boto3", "live"])
def client(request: pytest.FixtureRequest, table: Any) -> Iterator[Any]:
    """boto3's, which Lambdas have, and that of the live loop."""
    with live_client() as live:
        yield table if request.param == "boto3" else live


class _OneAtATime:
    """A client whose calls exclude each other, as DynamoDB's transactions do and moto's, in one process, do not."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)

        def call(**request: Any) -> Any:
            with self._lock:
                return operation(**request)

        return call


@pytest.fixture
def bookings(client: Any, threads: ThreadPoolExecutor) -> Tools:
    return DynamoDbBookings(_OneAtATime(client), "bookings", hours=HOURS, threads=threads, now=lambda: NOW)


async def _find(tools: Tools, **wish: str) -> JsonValue:
    return (await tools.run(FIND_FREE_TIMES, {"service": "cleaning", "day": TUESDAY, **wish}, key="k"))["options"]


async def _book(tools: Tools, key: str, **wish: str) -> Mapping[str, JsonValue]:
    return await tools.run(BOOK_APPOINTMENT, {**WISH, **wish}, key=key)


async def test_a_free_day_offers_every_time_that_ends_before_closing(bookings: Tools) -> None:
    assert await _find(bookings) == ["08:00", "08:30", "09:00", "09:30"]


async def test_a_day_with_no_appointments_offers_nothing(bookings: Tools) -> None:
    assert await _find(bookings, day="2026-11-22") == []
    assert await _find(bookings, day="2026-11-19") == []


async def test_today_offers_only_what_is_still_to_come(bookings: Tools) -> None:
    assert await _find(bookings, day="2026-11-20") == ["09:30"]


async def test_a_booked_time_is_offered_no_more_for_that_service_and_day(bookings: Tools) -> None:
    booked = await _book(bookings, "CA1:book:0")

    assert {name: booked[name] for name in ("service", "day", "time")} == {
        "service": "cleaning",
        "day": TUESDAY,
        "time": "09:00",
    }
    assert await _find(bookings) == ["08:00", "08:30", "09:30"]
    assert await _find(bookings, service="check-up") == ["08:00", "08:30", "09:00", "09:30"]
    assert await _find(bookings, day="2026-11-25") == ["08:00", "08:30", "09:00", "09:30"]


async def test_the_booking_is_in_the_table_with_who_it_is_for(bookings: Tools, table: Any) -> None:
    booked = await _book(bookings, "CA1:book:0")

    key = {"pk": {"S": f"slot#cleaning#{TUESDAY}"}, "sk": {"S": "09:00"}}
    row = table.get_item(TableName="bookings", Key=key)["Item"]
    assert {name: value["S"] for name, value in row.items() if name not in ("pk", "sk")} == {
        **WISH,
        "reference": booked["reference"],
    }


async def test_a_time_taken_by_somebody_else_is_a_problem(bookings: Tools) -> None:
    await _book(bookings, "CA1:book:0")

    assert await _book(bookings, "CA2:book:0") == {"problem": "taken"}


@pytest.mark.parametrize("wish", [{"time": "10:00"}, {"time": "09:05"}, {"day": "2026-11-22"}, {"day": "2026-11-19"}])
async def test_a_time_without_appointment_cannot_be_booked(bookings: Tools, wish: dict[str, str]) -> None:
    assert await _book(bookings, "CA1:book:0", **wish) == {"problem": "taken"}


async def test_asking_again_with_the_same_key_gives_the_same_booking(bookings: Tools, table: Any) -> None:
    first = await _book(bookings, "CA1:book:0")

    assert await _book(bookings, "CA1:book:0") == first
    assert await _book(bookings, "CA1:book:0", time="09:30") == first
    assert len(table.scan(TableName="bookings")["Items"]) == 2


async def test_after_a_problem_the_same_key_may_book_another_time(bookings: Tools) -> None:
    await _book(bookings, "CA1:book:0")
    await _book(bookings, "CA2:book:0")

    assert (await _book(bookings, "CA2:book:0", time="09:30"))["time"] == "09:30"


async def test_one_of_many_callers_gets_the_time(bookings: Tools) -> None:
    outcomes = await asyncio.gather(*(_book(bookings, f"CA{number}:book:0") for number in range(12)))

    assert sum("reference" in outcome for outcome in outcomes) == 1
    assert sum(outcome == {"problem": "taken"} for outcome in outcomes) == 11


async def test_one_caller_asking_many_times_at_once_gets_one_time(bookings: Tools, table: Any) -> None:
    outcomes = await asyncio.gather(*(_book(bookings, "CA1:book:0") for _ in range(12)))

    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len(table.scan(TableName="bookings")["Items"]) == 2


@pytest.mark.parametrize("wish", [{"service": ""}, {"day": ""}, {"day": "Tuesday"}, {"time": ""}, {"phone": ""}])
async def test_a_wish_that_is_not_whole_is_refused(bookings: Tools, wish: dict[str, str]) -> None:
    with pytest.raises(Refused):
        await _book(bookings, "CA1:book:0", **wish)


THEIRS = {"service": "cleaning", "starts_at": "2026-11-24T14:00:00+00:00", "name": "Grace Miller"}  # 9:00 in New York


async def test_f4_an_appointment_that_the_company_tells_of_is_confirmed(bookings: Tools, table: Any) -> None:
    await bookings.run("confirm_appointment", THEIRS, key="k1")
    await bookings.run("confirm_appointment", THEIRS, key="k1")

    assert [item["confirmed"]["BOOL"] for item in table.scan(TableName="bookings")["Items"]] == [True]
    assert "09:00" not in str(await _find(bookings))


async def test_f4_a_cancelled_appointments_time_is_free_for_others(bookings: Tools) -> None:
    await _book(bookings, "k0")
    await bookings.run("cancel_appointment", THEIRS, key="k1")

    assert "09:00" in str(await _find(bookings))
    assert "problem" not in await _book(bookings, "k2", name="Somebody Else")


async def test_f4_an_appointment_is_moved_once_and_gives_up_its_time(bookings: Tools) -> None:
    await _book(bookings, "k0")
    for _ in range(2):
        moved = await bookings.run("move_appointment", {**THEIRS, "day": TUESDAY, "time": "08:30"}, key="k1")
        assert moved["time"] == "08:30"

    assert await _find(bookings) == ["08:00", "09:00", "09:30"]


async def test_f4_an_appointment_is_not_moved_to_a_time_that_is_taken(bookings: Tools) -> None:
    await _book(bookings, "k0", time="08:30")

    assert await bookings.run("move_appointment", {**THEIRS, "day": TUESDAY, "time": "08:30"}, key="k1") == {
        "problem": "taken"
    }


async def test_an_appointment_that_is_not_named_is_refused(bookings: Tools) -> None:
    with pytest.raises(Refused, match="starts_at"):
        await bookings.run("cancel_appointment", {"service": "cleaning"}, key="k")


async def test_an_unknown_tool_is_refused(bookings: Tools) -> None:
    assert list(bookings.names()) == [FIND_FREE_TIMES, BOOK_APPOINTMENT, *CHANGES]
    with pytest.raises(Refused, match="erase_everything"):
        await bookings.run("erase_everything", {}, key="k")


def test_hours_follow_the_clinics_clock_through_a_change_of_time() -> None:
    hours = OpeningHours("America/New_York", time(0, 30), time(3, 30), frozenset({6}), timedelta(hours=1))

    assert hours.times(date(2026, 11, 1), NOW - timedelta(days=60)) == ["00:30", "01:30", "02:30"]


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


@pytest.fixture
def scripted(server: HttpServer, threads: ThreadPoolExecutor) -> Tools:
    config = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1, "mode": "standard"})
    client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=server.url, config=config)
    return DynamoDbBookings(client, "bookings", hours=HOURS, threads=threads, now=lambda: NOW)


def _answer(body: dict[str, Any], status: int = 200) -> Handler:
    async def answer(exchange: Exchange) -> None:
        await exchange.answer("application/x-amz-json-1.0", json.dumps(body).encode(), status)

    return answer


def _cancelled(*reasons: str) -> Handler:
    codes = [{"Code": reason} for reason in reasons]
    body = {"__type": "x#TransactionCanceledException", "Message": "no", "CancellationReasons": codes}
    return _answer(body, 400)


_NOTHING = _answer({})
_BOOKED = _answer({"Item": {name: {"S": name} for name in ("service", "day", "time", "reference")}})


async def test_a_booking_whose_answer_was_lost_is_found_again(server: HttpServer, scripted: Tools) -> None:
    server.script(_NOTHING, _cancelled("ConditionalCheckFailed", "ConditionalCheckFailed"), _BOOKED)

    assert (await _book(scripted, "k"))["reference"] == "reference"


async def test_a_conflict_is_tried_again(server: HttpServer, scripted: Tools) -> None:
    server.script(_NOTHING, _cancelled("TransactionConflict", "None"), _NOTHING, _answer({}))

    assert (await _book(scripted, "k"))["time"] == "09:00"


async def test_a_lasting_conflict_is_named(server: HttpServer, scripted: Tools) -> None:
    server.script(*[_NOTHING, _cancelled("TransactionConflict", "None")] * 3)

    with pytest.raises(Unavailable, match="TransactionConflict"):
        await _book(scripted, "k")


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [("ThrottlingException", 400, Throttled), ("ValidationException", 400, Refused), ("Oops", 500, Unavailable)],
)
async def test_each_error_is_named(
    server: HttpServer, scripted: Tools, code: str, status: int, expected: type[Exception]
) -> None:
    server.script(_answer({"__type": code, "message": "tell-no-one"}, status))

    with pytest.raises(expected, match=code) as caught:
        await _find(scripted)
    assert "tell-no-one" not in str(caught.value)
