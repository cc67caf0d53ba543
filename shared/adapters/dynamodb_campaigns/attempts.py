"""AttemptStore: what is claimed before it is done, and what became of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final

from shared.adapters.dynamodb_campaigns.chains import saved, touched
from shared.adapters.dynamodb_campaigns.runs import counted, minute, still_running
from shared.adapters.dynamodb_campaigns.table import (
    EXPIRY_ATTRIBUTE,
    NEW,
    THERE,
    Change,
    Row,
    Table,
    expiry_s,
    text,
    time,
)
from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.chain import Chain
from shared.core.chain_events import Answer
from shared.core.rules.person import Channel, Contact
from shared.core.rules.question import Verdict
from shared.ports.campaigns import Attempt, Basis, Claim, OnThePhone, SentText
from shared.wire import person_rows

_REFUSALS: Final = (Claim.TAKEN, Claim.CHANGED, Claim.OPTED_OUT, Claim.HISTORY, Claim.HISTORY, Claim.STOPPED)
"""Which claim is refused by which of the first parts of its transaction."""


class DynamoDbAttempts:
    """`client` is boto3's for DynamoDB, with the deadlines and retries of its caller; threads may share it."""

    def __init__(self, client: Any, table: str) -> None:
        self._table = Table(client, table)

    def claim_attempt(self, attempt: Attempt, chain: Chain, contact: Contact, basis: Basis, until: datetime) -> Claim:
        key = str(attempt.key)
        row = {
            **_attempt_row(attempt),
            "contact": _contact_json(contact),
            EXPIRY_ATTRIBUTE: expiry_s(attempt.claimed_at),
        }
        held: Row = {":key": key, ":until": text(until), ":now": text(attempt.claimed_at), ":expiry": expiry_s(until)}
        free = "attribute_not_exists(#attempt) OR #until <= :now"
        taken = f"SET #attempt = :key, #until = :until, #{EXPIRY_ATTRIBUTE} = :expiry"
        phone = self._table.update(_phone_key(attempt.to), taken, held, free)
        day = counted(self._table, attempt.campaign, attempt.claimed_at, {"calls": 1, "cents": attempt.cents}, basis)
        changes = [
            self._table.put(row, NEW),
            *self._in_order(chain, attempt.campaign, attempt.to, key, contact, basis),
            phone,
            day,
        ]
        return self._claimed(changes, (*_REFUSALS, Claim.ON_THE_PHONE, Claim.CEILING))

    def claim_text(self, sent: SentText, chain: Chain, contact: Contact, basis: Basis) -> Claim:
        row = {**_text_row(sent), EXPIRY_ATTRIBUTE: expiry_s(sent.claimed_at)}
        day = counted(self._table, sent.campaign, sent.claimed_at, {"texts": 1, "cents": sent.cents}, basis)
        key = f"{sent.chain}.{sent.name}"
        changes = [
            self._table.put(row, NEW),
            *self._in_order(chain, sent.campaign, sent.to, key, contact, basis),
            day,
        ]
        return self._claimed(changes, (*_REFUSALS, Claim.CEILING))

    def attempt(self, key: AttemptKey) -> Attempt | None:
        row = self._table.get(_attempt_key(key))
        return None if row is None else _attempt(row)

    def attempts(self, chain_id: str) -> Sequence[Attempt]:
        return [_attempt(row) for row in self._table.rows(f"chain#{chain_id}", "attempt#")]

    def texts(self, chain_id: str) -> Sequence[SentText]:
        return [_text(row) for row in self._table.rows(f"chain#{chain_id}", "text#")]

    def placed(self, key: AttemptKey, call_sid: str) -> bool:
        values: Row = {":sid": call_sid, ":none": ""}
        condition = "#call_sid = :none OR #call_sid = :sid"
        change = self._table.update(_attempt_key(key), "SET #call_sid = :sid", values, condition)
        return self._table.written(change) is not None

    def ended(self, key: AttemptKey, outcome: Outcome, at: datetime) -> bool:
        row = self._table.get(_attempt_key(key))
        if row is None or row["outcome"] is not None:
            return False
        kept: dict[str, Any] = asdict(outcome) | {"disposition": str(outcome.disposition)}
        values: Row = {":outcome": json.dumps(kept), ":at": text(at), ":null": "NULL", ":none": {}}
        ended = "SET #outcome = :outcome, #ended_at = :at, #facts = :none"
        changes = [
            self._table.update(_attempt_key(key), ended, values, "attribute_type(#outcome, :null)"),
            minute(self._table, row["campaign"], outcome, at),
            touched(self._table, key.chain),
            *self._on_file(row, str(key), outcome.disposition),
        ]
        return self._table.transact(changes) is None

    def text_sent(self, chain_id: str, name: str, *, message_sid: str = "", error: str = "") -> None:
        values: Row = {":sid": message_sid, ":error": error}
        change = "SET #message_sid = :sid, #error = :error"
        self._table.written(self._table.update(_text_key(chain_id, name), change, values, THERE))

    def on_the_phone(self, number: str) -> OnThePhone:
        row = self._table.get(_phone_key(number)) or {}
        last = str(row.get("last_chain", ""))
        return OnThePhone(str(row.get("attempt", "")), time(row.get("until")), last, time(row.get("last_at")))

    def off_the_phone(self, number: str, key: AttemptKey, at: datetime) -> None:
        values: Row = {":key": str(key), ":chain": key.chain, ":at": text(at)}
        change = "SET #last_chain = :chain, #last_at = :at REMOVE #attempt, #until"
        self._table.written(self._table.update(_phone_key(number), change, values, "#attempt = :key"))

    def _in_order(
        self, chain: Chain, campaign: str, number: str, key: str, contact: Contact, basis: Basis
    ) -> list[Change]:
        """What attempts and texts have in common; each part is refused for its own reason (`_REFUSALS`)."""
        return [
            saved(self._table, chain, basis.version),
            self._table.check(person_rows.opt_out_key(number), NEW),
            self._table.put(person_rows.contact_row(number, key, contact), NEW),
            self._history(number, basis.history),
            still_running(self._table, campaign),
        ]

    def _history(self, number: str, version: int) -> Change:
        """One more on file, if there were as many as the rules were asked about."""
        values: dict[str, Any] = {":next": version + 1}
        if version == 0:
            return self._table.update(person_rows.history_key(number), "SET #version = :next", values, NEW)
        values[":version"] = version
        return self._table.update(
            person_rows.history_key(number), "SET #version = :next", values, "#version = :version"
        )

    def _on_file(self, row: Mapping[str, Any], key: str, disposition: Disposition) -> list[Change]:
        """What the outcome changes about the contact, which the claim wrote."""
        number, contact = str(row["to"]), _contact(row["contact"])
        one_more = self._table.update(person_rows.history_key(number), "ADD #version :one", {":one": 1})
        match disposition:
            case Disposition.NOT_DIALLED:
                return [self._table.delete(person_rows.contact_key(number, key)), one_more]
            case Disposition.REACHED:
                talked = person_rows.contact_row(number, key, replace(contact, talked=True))
                return [self._table.put(talked), one_more]
            case _:
                return []

    def _claimed(self, changes: Sequence[Change], refusals: Sequence[Claim]) -> Claim:
        refused = self._table.transact(changes)
        return Claim.CLAIMED if refused is None else refusals[refused]


def _attempt_key(key: AttemptKey) -> dict[str, str]:
    return {"pk": f"chain#{key.chain}", "sk": f"attempt#{key.number:02}"}


def _text_key(chain_id: str, name: str) -> dict[str, str]:
    return {"pk": f"chain#{chain_id}", "sk": f"text#{name}"}


def _phone_key(number: str) -> dict[str, str]:
    return {"pk": f"called#{number}", "sk": "phone"}


def _attempt_row(attempt: Attempt) -> dict[str, Any]:
    return {
        **_attempt_key(attempt.key),
        "key": str(attempt.key),
        "campaign": attempt.campaign,
        "to": attempt.to,
        "line": attempt.line,
        "claimed_at": text(attempt.claimed_at),
        "leave_message": attempt.leave_message,
        "answer": asdict(attempt.answer) | {"verdict": str(attempt.answer.verdict)},
        "cents": attempt.cents,
        "facts": dict(attempt.facts),
        "call_sid": attempt.call_sid,
        "outcome": None,
        "ended_at": None,
    }


def _attempt(row: Mapping[str, Any]) -> Attempt:
    outcome = None if row["outcome"] is None else json.loads(row["outcome"])
    return Attempt(
        key=AttemptKey.read(row["key"]),
        campaign=row["campaign"],
        to=row["to"],
        line=row["line"],
        claimed_at=datetime.fromisoformat(row["claimed_at"]),
        leave_message=row["leave_message"],
        answer=Answer(**{**row["answer"], "verdict": Verdict(row["answer"]["verdict"])}),
        cents=row["cents"],
        facts=row["facts"],
        call_sid=row["call_sid"],
        outcome=None if outcome is None else Outcome(**{**outcome, "disposition": Disposition(outcome["disposition"])}),
        ended_at=time(row["ended_at"]),
    )


def _text_row(sent: SentText) -> dict[str, Any]:
    kept = asdict(sent) | {"claimed_at": text(sent.claimed_at)}
    return {**_text_key(sent.chain, sent.name), **kept}


def _text(row: Mapping[str, Any]) -> SentText:
    return SentText(
        row["chain"],
        row["name"],
        row["campaign"],
        row["to"],
        datetime.fromisoformat(row["claimed_at"]),
        row["cents"],
        row["message_sid"],
        row["error"],
    )


def _contact_json(contact: Contact) -> str:
    return json.dumps(asdict(contact) | {"at": text(contact.at), "channel": str(contact.channel)})


def _contact(kept: str) -> Contact:
    read = json.loads(kept)
    at = datetime.fromisoformat(read["at"]).astimezone(UTC)
    return Contact(**{**read, "at": at, "channel": Channel(read["channel"])})
