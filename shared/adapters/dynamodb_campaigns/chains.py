"""ChainStore: chains, and what is known of the things they are about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shared.adapters.dynamodb_campaigns.table import EXPIRY_ATTRIBUTE, NEW, THERE, Change, Row, Table, expiry_s
from shared.core.chain import Chain
from shared.core.chain_events import Changed
from shared.core.events import JsonValue
from shared.ports.campaigns import KeptChain, Reference

_AT_VERSION = "#version = :version"
FINISHED = "#finished"
"""Behind the campaign's name, in the index."""


class DynamoDbChains:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str) -> None:
        self._table = Table(client, table)

    def open_chain(self, chain: Chain, reference: Reference) -> bool:
        state = {**chain_key(chain.id), **shown(chain), "version": 1}
        pointer = {"pk": f"called#{chain.number}", "sk": f"chain#{chain.opened_ms:015}#{chain.id}"}
        expiring = {**pointer, EXPIRY_ATTRIBUTE: _expiry_s(chain.until_ms)}
        named = self._reference_put(reference, chain.until_ms)
        changes = [self._table.put(state, NEW), self._table.put(expiring), named]
        return self._table.transact(changes) is None

    def chain(self, chain_id: str) -> KeptChain | None:
        row = self._table.get(chain_key(chain_id))
        if row is None:
            return None
        return KeptChain(Chain.restore(json.loads(row["chain"])), int(row["version"]), str(row.get("token", "")))

    def save(self, chain: Chain, *, version: int) -> bool:
        return self._table.written(saved(self._table, chain, version)) is not None

    def touch(self, chain_id: str) -> None:
        self._table.written(touched(self._table, chain_id))

    def keep_token(self, chain_id: str, token: str, *, version: int, until: datetime | None = None) -> bool:
        values: Row = {":token": token, ":version": version}
        if until is not None:
            values = {**values, ":until": until.isoformat(timespec="milliseconds")}
        kept = "SET #token = :token" + ("" if until is None else ", #looked_after = :until")
        change = self._table.update(chain_key(chain_id), kept, values, _AT_VERSION)
        return self._table.written(change) is not None

    def chains_of(self, number: str) -> Sequence[str]:
        rows = self._table.rows(f"called#{number}", "chain#", newest_first=True)
        return tuple(str(row["sk"]).rpartition("#")[2] for row in rows)

    def reference(self, about: str) -> Reference:
        row = self._table.get(_reference_key(about))
        if row is None:
            return Reference(about)
        changed = None if row["changed"] is None else Changed(**json.loads(row["changed"]))
        return Reference(about, row["chains"], row["ended_by"], row["ended_ms"], changed, row["version"])

    def save_reference(self, reference: Reference) -> bool:
        return self._table.written(self._reference_put(reference)) is not None

    def _reference_put(self, reference: Reference, until_ms: int = 0) -> Change:
        """`until_ms` is when a chain that it names ends at the latest."""
        news = reference.changed
        latest_ms = max(until_ms, reference.ended_ms, news.as_of_ms if news else 0, news.moment_ms if news else 0)
        changed = None if reference.changed is None else json.dumps(asdict(reference.changed), sort_keys=True)
        row: dict[str, JsonValue] = {
            **_reference_key(reference.about),
            "chains": dict(reference.chains),
            "ended_by": reference.ended_by,
            "ended_ms": reference.ended_ms,
            "changed": changed,
            "version": reference.version + 1,
            EXPIRY_ATTRIBUTE: _expiry_s(latest_ms),
        }
        if reference.version == 0:
            return self._table.put(row, NEW)
        return self._table.put(row, _AT_VERSION, {":version": reference.version})


def chain_key(chain_id: str) -> dict[str, str]:
    return {"pk": f"chain#{chain_id}", "sk": "state"}


def shown(chain: Chain) -> Mapping[str, JsonValue]:
    """The chain as its row has it; what stands beside the snapshot is for whoever reads the table or its stream.

    `live` and `looked_after` are the keys of an index: of chains that are not finished, by when somebody looks again,
    and of those that are, by when that was.
    """
    row: dict[str, JsonValue] = {
        "chain": json.dumps(chain.snapshot(), ensure_ascii=False),
        "campaign": chain.campaign,
        "phase": str(chain.phase),
        "due_ms": chain.due_ms,
        "attempts": chain.attempts,
        "ended": None if chain.ended is None else str(chain.ended),
        "result": chain.result,
        "disposition": chain.disposition,
        EXPIRY_ATTRIBUTE: _expiry_s(max(chain.until_ms, chain.over_ms, chain.opened_ms)),
    }
    due = datetime.fromtimestamp((chain.over_ms or chain.text_ms or chain.due_ms) / 1_000, UTC)
    live = chain.campaign + (FINISHED if chain.finished else "")
    return row | {"live": live, "looked_after": due.isoformat(timespec="milliseconds")}


def saved(table: Table, chain: Chain, version: int) -> Change:
    """The chain, if it stands at that version; it stands at the next one then. A token stays."""
    row = shown(chain)
    values = {":version": version, ":next": version + 1} | {f":{name}": value for name, value in row.items()}
    change = ", ".join(["#version = :next", *(f"#{name} = :{name}" for name in row)])
    return table.update(chain_key(chain.id), f"SET {change}", values, _AT_VERSION)


def touched(table: Table, chain_id: str) -> Change:
    return table.update(chain_key(chain_id), "ADD #version :one", {":one": 1}, THERE)


def _reference_key(about: str) -> dict[str, str]:
    return {"pk": f"reference#{about}", "sk": "state"}


def _expiry_s(at_ms: int) -> int:
    return expiry_s(datetime.fromtimestamp(at_ms / 1_000, UTC))
