"""LinePace: slots of a line's calls per second, and leases on its channels."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.adapters.dynamodb_campaigns.table import EXPIRY_ATTRIBUTE, NEW, Table, text
from shared.core.events import JsonValue
from shared.ports import Throttled

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TRIES: Final = 20
_KEEP: Final = timedelta(days=1)


class DynamoDbPace:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str) -> None:
        self._table = Table(client, table)

    def take_slot(self, line: str, now: datetime, *, per_second: float) -> datetime:
        """The row has the time of the next slot: it moves on by one, from there or from now, whichever is later."""
        key = {"pk": f"line#{line}", "sk": "pace"}
        now_us, step_us = (now - _EPOCH) // timedelta(microseconds=1), round(1_000_000 / per_second)
        from_there = "SET #next_us = #next_us + :step"
        ahead = self._table.update(key, from_there, {":step": step_us, ":now": now_us}, "#next_us >= :now")
        late = "attribute_not_exists(#next_us) OR #next_us < :now"
        behind = self._table.update(key, "SET #next_us = :next", {":next": now_us + step_us, ":now": now_us}, late)
        for _ in range(_TRIES):
            moved = self._table.written(ahead, returns="UPDATED_OLD")
            if moved is not None:
                return _EPOCH + timedelta(microseconds=int(moved["next_us"]))
            if self._table.written(behind) is not None:
                return now
        raise Throttled("DynamoDB: the line's slots are taken by others again and again")

    def take_line(self, line: str, holder: str, now: datetime, until: datetime, *, concurrent: int) -> bool:
        used = [row for row in self._table.rows(f"line#{line}", "channel#") if row["until"] > text(now)]
        mine = [str(row["sk"]) for row in used if row["holder"] == holder]
        if not mine and len(used) >= concurrent:
            return False
        taken = {row["sk"] for row in used}
        for sk in mine or [name for name in self._channels(holder, concurrent) if name not in taken]:
            row: dict[str, JsonValue] = {"pk": f"line#{line}", "sk": sk, "holder": holder, "until": text(until)}
            row[EXPIRY_ATTRIBUTE] = int((until + _KEEP).timestamp())
            condition = f"{NEW} OR #until <= :now OR #holder = :me"
            if self._table.written(self._table.put(row, condition, {":now": text(now), ":me": holder})) is not None:
                return True
        return False

    def free_line(self, line: str, holder: str) -> None:
        for row in self._table.rows(f"line#{line}", "channel#"):
            if row["holder"] == holder:
                key = {"pk": row["pk"], "sk": row["sk"]}
                self._table.written(self._table.delete(key, "#holder = :me", {":me": holder}))

    @staticmethod
    def _channels(holder: str, concurrent: int) -> list[str]:
        """All of them, beginning where few others begin."""
        first = zlib.crc32(holder.encode())
        return [f"channel#{(first + place) % concurrent:03}" for place in range(concurrent)]
