"""CampaignRuns: whether campaigns run, what their days have used up, and what their calls came to."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.adapters.dynamodb_campaigns.table import EXPIRY_ATTRIBUTE, NO_WAY, Change, Row, Table, expiry_s, text, time
from shared.core.attempt import Outcome
from shared.core.campaign_health import Tally
from shared.ports.campaigns import Basis, Day, Running, Standing

_MINUTES_KEPT: Final = timedelta(days=2)
"""Longer than any campaign's window."""


class DynamoDbRuns:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str) -> None:
        self._table = Table(client, table)

    def standing(self, campaign: str) -> Standing:
        row = self._table.get(_state_key(campaign))
        if row is None:
            return Standing()
        return Standing(Running(row["running"]), row["by"], row["why"], time(row["since"]))

    def set_standing(self, campaign: str, standing: Standing) -> bool:
        since = None if standing.since is None else text(standing.since)
        row = {**_state_key(campaign), **asdict(standing), "running": str(standing.running), "since": since}
        values: Row = {":one": str(Running.RUNNING if standing.running is Running.STOPPED else Running.CANCELLED)}
        relation = "=" if standing.running is Running.STOPPED else "<>"
        condition = f"attribute_not_exists(pk) OR #running {relation} :one"
        return self._table.written(self._table.put(row, condition, values)) is not None

    def day(self, campaign: str, at: datetime) -> Day:
        row = self._table.get(_day_key(campaign, at)) or {}
        return Day(row.get("calls", 0), row.get("texts", 0), row.get("cents", 0))

    def tally(self, campaign: str, since: datetime, now: datetime) -> Tally:
        rows = self._table.rows(f"campaign#{campaign}", _minute(since), _minute(now))
        names = [field.name for field in fields(Tally)]
        return Tally.sum(Tally(**{name: int(row.get(name, 0)) for name in names}) for row in rows)


def still_running(table: Table, campaign: str) -> Change:
    condition = "attribute_not_exists(pk) OR #running = :running"
    return table.check(_state_key(campaign), condition, {":running": str(Running.RUNNING)})


def counted(table: Table, campaign: str, at: datetime, more: Mapping[str, int], basis: Basis) -> Change:
    """So much more of the campaign's day, if it stays below its ceilings."""
    most = {"calls": basis.calls, "cents": basis.cents}
    limited = {name: most[name] - count for name, count in more.items() if name in most}
    values: dict[str, Any] = {f":{name}": count for name, count in more.items()}
    values |= {f":most_{name}": room for name, room in limited.items()}
    values[":expiry"] = expiry_s(at)
    below = " AND ".join(f"(attribute_not_exists(#{name}) OR #{name} <= :most_{name})" for name in limited)
    if min(limited.values()) < 0:
        return table.check(_day_key(campaign, at), NO_WAY)
    adds = ", ".join(f"#{name} :{name}" for name in more)
    change = f"SET #{EXPIRY_ATTRIBUTE} = :expiry ADD {adds}"
    return table.update(_day_key(campaign, at), change, values, below)


def minute(table: Table, campaign: str, outcome: Outcome, at: datetime) -> Change:
    """One more call that ended in that minute, with what it came to."""
    tally = asdict(Tally.of(outcome))
    values: dict[str, Any] = {f":{name}": count for name, count in tally.items()}
    values[":expiry"] = int((at + _MINUTES_KEPT).timestamp())
    adds = ", ".join(f"#{name} :{name}" for name in tally)
    key = {"pk": f"campaign#{campaign}", "sk": _minute(at)}
    return table.update(key, f"SET #{EXPIRY_ATTRIBUTE} = :expiry ADD {adds}", values)


def _state_key(campaign: str) -> dict[str, str]:
    return {"pk": f"campaign#{campaign}", "sk": "state"}


def _day_key(campaign: str, at: datetime) -> dict[str, str]:
    return {"pk": f"campaign#{campaign}", "sk": f"day#{at.astimezone(UTC):%Y-%m-%d}"}


def _minute(at: datetime) -> str:
    return f"minute#{at.astimezone(UTC):%Y-%m-%dT%H:%M}"
