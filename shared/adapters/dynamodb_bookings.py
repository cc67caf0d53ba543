"""Tools of the clinic, on a small table of bookings: which times are free, and taking one.

Each service has one place at each time. A booking is two rows written together, or not at all: the time
(`slot#service#day`, `HH:MM`), so that nobody else gets it, and the key of the request (`key#...`), so that asking twice
books once.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from shared.aws_errors import named_errors
from shared.core.events import JsonValue
from shared.ports import Refused, Unavailable

FIND_FREE_TIMES: Final = "find_free_times"
BOOK_APPOINTMENT: Final = "book_appointment"
CONFIRM_APPOINTMENT: Final = "confirm_appointment"
MOVE_APPOINTMENT: Final = "move_appointment"
CANCEL_APPOINTMENT: Final = "cancel_appointment"
CHANGES: Final = (CONFIRM_APPOINTMENT, MOVE_APPOINTMENT, CANCEL_APPOINTMENT)
"""What is done with an appointment that the company's own event told of (`starts_at`, and perhaps its `service`)."""

ANY_SERVICE: Final = "visit"
"""Of appointments that are not told apart by what they are for."""

WORKING_DAYS: Final = frozenset(range(5))
"""Monday to Friday, as `date.weekday` counts."""

_CONFLICT_ATTEMPTS: Final = 3


def table_spec(name: str) -> dict[str, Any]:
    """The arguments of CreateTable."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    }


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When there are appointments, in the clinic's own time; the last one ends at `closes`."""

    timezone: str
    opens: time = time(8)
    closes: time = time(17)
    days: frozenset[int] = WORKING_DAYS
    appointment: timedelta = timedelta(minutes=30)

    def times(self, day: date, now: datetime) -> list[str]:
        """Times of the appointments of `day` that begin after `now`, as HH:MM."""
        zone = ZoneInfo(self.timezone)
        begin, end = (datetime.combine(day, at, zone) for at in (self.opens, self.closes))
        if day.weekday() not in self.days:
            return []
        count = (end - begin) // self.appointment
        starts = (begin + number * self.appointment for number in range(count))
        return [f"{start:%H:%M}" for start in starts if start > now]


class DynamoDbBookings:
    """`client` is boto3's for DynamoDB, with the deadlines of its caller; it is used on `threads`."""

    def __init__(
        self, client: Any, table: str, *, hours: OpeningHours, threads: Executor, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._table = table
        self._hours = hours
        self._threads = threads
        self._now = now

    def names(self) -> Iterable[str]:
        return (FIND_FREE_TIMES, BOOK_APPOINTMENT, *CHANGES)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        """`find_free_times` needs service and day, and lists options; `book_appointment` a time, name and phone too.

        `confirm_appointment`, `cancel_appointment` and `move_appointment` (to a day and time) need `starts_at`. A time
        that somebody else has taken is the problem `taken`.
        """
        if name == FIND_FREE_TIMES:
            work = partial(self._find, _Wish.of(arguments))
        elif name == BOOK_APPOINTMENT:
            work = partial(self._book, _Wish.of(arguments, "time", "name", "phone"), key)
        elif name in CHANGES:
            work = partial(self._change, name, arguments, key)
        else:
            raise Refused(f"there is no tool {name!r}")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _find(self, wish: "_Wish") -> Mapping[str, JsonValue]:
        possible = self._hours.times(wish.day, self._now())
        if not possible:
            return {"options": []}
        with named_errors("DynamoDB"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :slot",
                ExpressionAttributeValues={":slot": {"S": wish.slot}},
                FilterExpression="attribute_not_exists(cancelled)",
                ProjectionExpression="sk",
                ConsistentRead=True,
            )
        taken = {row["sk"]["S"] for row in answer["Items"]}
        return {"options": [at for at in possible if at not in taken]}

    def _book(self, wish: "_Wish", key: str) -> Mapping[str, JsonValue]:
        for _ in range(_CONFLICT_ATTEMPTS):
            booked = self._booked(key)
            if booked is not None:
                return booked
            if wish.time not in self._hours.times(wish.day, self._now()):
                return {"problem": "taken"}
            outcome = self._write(wish, key)
            if outcome is not None:
                return outcome
        raise Unavailable("DynamoDB: TransactionConflict")

    def _change(self, name: str, arguments: Mapping[str, str], key: str) -> Mapping[str, JsonValue]:
        """The appointment is there, for the company says so, in this table or not: so all of these may be repeated."""
        old = _Wish.at(arguments, self._hours.timezone)
        if name == CONFIRM_APPOINTMENT:
            self._mark(old, "confirmed")
        if name == CANCEL_APPOINTMENT:
            self._mark(old, "cancelled")
        if name != MOVE_APPOINTMENT:
            return {}
        booked = self._book(_Wish.of({**arguments, "phone": "-"}, "time", "name", "phone"), key)
        if "problem" not in booked:
            self._mark(old, "cancelled")
        return booked

    def _mark(self, appointment: "_Wish", how: str) -> None:
        """A time whose appointment was cancelled is free again."""
        with named_errors("DynamoDB"):
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": appointment.slot}, "sk": {"S": appointment.time}},
                UpdateExpression=f"SET {how} = :yes",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )

    def _booked(self, key: str) -> Mapping[str, JsonValue] | None:
        """The booking made under this key before."""
        with named_errors("DynamoDB"):
            answer = self._client.get_item(TableName=self._table, Key=_key_row(key), ConsistentRead=True)
        return _result(answer["Item"]) if "Item" in answer else None

    def _write(self, wish: "_Wish", key: str) -> Mapping[str, JsonValue] | None:
        """Book; None when another write of the same rows, perhaps our own, came between: look again."""
        details = {
            "service": {"S": wish.service},
            "day": {"S": wish.day.isoformat()},
            "time": {"S": wish.time},
            "reference": {"S": hashlib.sha256(key.encode()).hexdigest()[:8]},
        }
        person = {"name": {"S": wish.name}, "phone": {"S": wish.phone}}
        slot = {"pk": {"S": wish.slot}, "sk": {"S": wish.time}, **details, **person}
        rows = (slot, {**_key_row(key), **details})
        with named_errors("DynamoDB"):
            try:
                self._client.transact_write_items(
                    TransactItems=[
                        {"Put": {"TableName": self._table, "Item": row, "ConditionExpression": _NEW}} for row in rows
                    ]
                )
            except ClientError as error:
                slot_failed, key_failed = _reasons(error)
                taken = slot_failed == "ConditionalCheckFailed" and key_failed == "None"
                return {"problem": "taken"} if taken else None
        return _result(slot)


_NEW: Final = "attribute_not_exists(pk) OR attribute_exists(cancelled)"


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the caller wants. Raises Refused when it is not all there."""

    service: str
    day: date
    time: str = ""
    name: str = ""
    phone: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str], *more: str) -> "_Wish":
        needed = ("day", *more) if "starts_at" in arguments else ("service", "day", *more)
        missing = [name for name in needed if not arguments.get(name)]
        if missing:
            raise Refused(f"missing: {', '.join(missing)}")
        try:
            day = date.fromisoformat(arguments["day"])
        except ValueError:
            raise Refused("the day is not a date") from None
        return cls(arguments.get("service") or ANY_SERVICE, day, *(arguments[name] for name in more))

    @classmethod
    def at(cls, arguments: Mapping[str, str], timezone: str) -> Self:
        """An appointment by the moment it begins. Raises Refused when that is not there."""
        try:
            begins = datetime.fromisoformat(arguments["starts_at"]).astimezone(ZoneInfo(timezone))
        except (KeyError, ValueError):
            raise Refused("missing: starts_at") from None
        return cls(arguments.get("service") or ANY_SERVICE, begins.date(), f"{begins:%H:%M}")

    @property
    def slot(self) -> str:
        return f"slot#{self.service}#{self.day}"


def _key_row(key: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"key#{key}"}, "sk": {"S": "booking"}}


def _result(row: Mapping[str, Mapping[str, str]]) -> Mapping[str, JsonValue]:
    return {name: row[name]["S"] for name in ("service", "day", "time", "reference")}


def _reasons(error: ClientError) -> tuple[str, str]:
    """Why each of the two rows was not written; raises any other error again."""
    response: dict[str, Any] = dict(error.response)
    if response["Error"].get("Code") != "TransactionCanceledException":
        raise error
    slot, key = (str(reason.get("Code", "None")) for reason in response["CancellationReasons"])
    return slot, key
