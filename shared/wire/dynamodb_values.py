"""DynamoDB's JSON notation of values: `{"S": "text"}`, `{"N": "1"}`, `{"M": {...}}`, to and from plain JSON values.

Its source: "AttributeValue" in the DynamoDB API reference. Sets and binary values are not used.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from shared.core.events import JsonValue

_LARGEST_EXACT: Final = 10**37
"""A number has at most 38 digits."""
_SMALLEST: Final = 1e-120
_LARGEST: Final = 1e120

type AttributeValue = dict[str, Any]


def encode_row(row: Mapping[str, JsonValue]) -> dict[str, AttributeValue]:
    """A row as DynamoDB takes it."""
    return {_storable(name): _encode(value) for name, value in row.items()}


def decode_row(item: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """A row as JSON has it. A number is whole if it has nothing behind its point."""
    return {name: _decode(value) for name, value in item.items()}


def _encode(value: JsonValue) -> AttributeValue:
    """A number that the table cannot hold becomes text."""
    match value:
        case str():
            return {"S": _storable(value)}
        case dict():
            return {"M": encode_row(value)}
        case list():
            return {"L": [_encode(inner) for inner in value]}
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N" if abs(value) < _LARGEST_EXACT else "S": str(value)}
        case float():
            fits = value == 0 or (math.isfinite(value) and _SMALLEST < abs(value) < _LARGEST)
            return {"N" if fits else "S": repr(value)}
        case Mapping():  # only now, for to ask that takes longer than all the others
            return {"M": encode_row(value)}
        case Sequence():
            return {"L": [_encode(inner) for inner in value]}
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _decode(value: AttributeValue) -> Any:
    ((kind, held),) = value.items()
    match kind:
        case "N":
            number = Decimal(held)
            return int(number) if number == number.to_integral_value() else float(number)
        case "M":
            return decode_row(held)
        case "L":
            return [_decode(inner) for inner in held]
        case "NULL":
            return None
        case "S" | "BOOL":
            return held
    raise ValueError(f"a value of type {kind} is not ours")


def _storable(text: object) -> str:
    """UTF-8 has no halves of characters."""
    written = str(text)
    return written if written.isascii() else written.encode("utf-8", "replace").decode()
