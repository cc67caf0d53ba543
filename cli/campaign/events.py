"""Events from what is typed, from JSON and from CSV files; checked by their schema, then put onto the bus."""

import argparse
import csv
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from cli.campaign.place import EVENTS, Place
from cli.counted import counted
from cli.deployed.aws import plainly
from cli.deployed.refusal import Refusal
from shared.adapters.event_schemas import BadEvent, EventSchemas

SOURCE: Final = "switchboard.cli"
_BATCH: Final = 10
"""The most events EventBridge takes at a time."""
_PARTS: Final = ("person", "consent")
_OWN: Final = frozenset({"id", "reference", "campaign"})

type Detail = dict[str, Any]


def send(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    """`switchboard event send`. Raises Refusal."""
    schemas = EventSchemas(EVENTS)
    detail = _from_file(given.file) if given.file else {}
    for typed in given.fields:
        name, equals, value = typed.partition("=")
        if not (name and equals):
            raise Refusal(f"{typed}: is no field with its value; write it as person.phone=+14155550142")
        _put(detail, name, value)
    detail = {"version": 1, "id": f"cli-{uuid.uuid4()}", **detail}
    try:
        schemas.check(given.kind, _typed(schemas, given.kind, detail))
    except BadEvent as error:
        raise Refusal(f"{given.file or given.kind}: {error}") from None
    place = Place.of(given)
    put(place, given.kind, [detail])
    console.print(f"{given.kind} {detail['id']}, about {detail['reference']}", markup=False, soft_wrap=True)
    return f"1 event sent to {place.bus}", []


def put(place: Place, kind: str, details: Sequence[Mapping[str, Any]]) -> None:
    """Put all of them onto the bus. Raises Refusal, which says how many are on it."""
    client, done = place.client("events"), 0
    for batch in batched(details, _BATCH, strict=False):
        entries = [
            {"EventBusName": place.bus, "Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
            for detail in batch
        ]
        with plainly():
            answer = client.put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            code = next(entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry)
            sent = done + len(batch) - answer["FailedEntryCount"]
            raise Refusal(f"AWS: {code}: {counted(sent, 'event')} sent; send all of them again, none counts twice")
        done += len(batch)


@dataclass(frozen=True, slots=True)
class Contacts:
    """What a CSV file holds: events, by the number of their line, and what is wrong with the other lines."""

    events: Mapping[int, Detail]
    bad: Sequence[str]


def contacts(path: Path, kind: str, campaign: str) -> Contacts:
    """The lines of a file of contacts. Raises Refusal for one that cannot be read as CSV."""
    schemas = EventSchemas(EVENTS)
    events: dict[int, Detail] = {}
    bad: list[str] = []
    for line, row in _rows(path):
        detail = _detail(schemas, kind, campaign, row)
        try:
            schemas.check(kind, detail)
        except BadEvent as error:
            bad.append(f"{path}:{line}: {error}")
            continue
        twice = [other for other, known in events.items() if known["id"] == detail["id"]]
        if twice:
            bad.append(f"{path}:{line}: id: is the same as in line {twice[0]}; give each contact its own")
        else:
            events[line] = detail
    return Contacts(events, bad)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            if not reader.fieldnames:
                raise Refusal(f"{path}:1: is empty; write the names of the fields first, such as reference,phone,name")
            for row in reader:
                if None in row or None in row.values():
                    raise Refusal(f"{path}:{reader.line_num}: has not as many fields as the first line; mend it")
                yield reader.line_num, {name.strip(): value.strip() for name, value in row.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refusal(f"{path}: cannot be read as CSV in UTF-8: {error}") from None


def _detail(schemas: EventSchemas, kind: str, campaign: str, row: Mapping[str, str]) -> Detail:
    """A column goes where the schema has its name; what it does not have is told to the agent as a detail."""
    detail: Detail = {"version": 1, "campaign": campaign}
    topic = kind.partition(".")[0]
    known = {part: schemas.schema(part)["properties"] for part in _PARTS}
    known[topic] = schemas.schema(kind)["properties"].get(topic, {}).get("properties", {})
    for name, value in row.items():
        if value:
            part = next((part for part, properties in known.items() if name in properties and name not in _OWN), "")
            plain = name in _OWN or "." in name
            _put(detail, name if plain else f"{part or 'details'}.{name}", value)
    detail.setdefault("id", f"{campaign}:{detail.get('reference', '')}")
    return _typed(schemas, kind, detail)


def _put(detail: Detail, name: str, value: str) -> None:
    """Into the place that a dotted name says. Raises Refusal if there is a value where a part should be."""
    *parts, last = name.split(".")
    where = detail
    for part in parts:
        where = where.setdefault(part, {})
        if not isinstance(where, dict):
            raise Refusal(f"{name}: {part} has a value of its own already; leave one of them out")
    where[last] = value


def _typed(schemas: EventSchemas, kind: str, detail: Detail) -> Detail:
    """Digits become numbers where the schema has a whole number."""
    if kind not in schemas.kinds():
        return detail
    properties = schemas.schema(kind)["properties"]
    for part, values in detail.items():
        for name, rule in properties.get(part, {}).get("properties", {}).items():
            value = values.get(name) if isinstance(values, dict) else None
            if rule.get("type") == "integer" and isinstance(value, str) and value.isdecimal():
                values[name] = int(value)
    return detail


def _from_file(path: Path) -> Detail:
    try:
        detail = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refusal(f"{path}: cannot be read as JSON: {error}") from None
    if not isinstance(detail, dict):
        raise Refusal(f"{path}: must hold one JSON object, the event's fields")
    return detail
