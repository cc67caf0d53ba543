"""Values in DynamoDB's notation: as boto3 writes and reads them."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from shared.core.events import JsonValue
from shared.wire.dynamodb_values import decode_row, encode_row

NUMBERS = st.integers(-(10**36), 10**36) | st.floats(1e-100, 1e100) | st.floats(-1e100, -1e-100) | st.just(0.0)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
ROWS = st.dictionaries(st.text(), VALUES)


def storable(value: Any) -> Any:
    """What boto3 asks of its caller."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: storable(inner) for name, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list) else value


def rough(value: Any) -> Any:
    """With numbers as floats, in whatever way they are written: whole ones come back as such (`1e+30`)."""
    if isinstance(value, dict):
        is_number = value.keys() == {"N"} and isinstance(value["N"], str)
        return float(value["N"]) if is_number else {name: rough(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rough(inner) for inner in value]
    return float(value) if type(value) is int else value


@given(ROWS)
def test_a_row_is_written_as_boto3_writes_it(row: dict[str, JsonValue]) -> None:
    serializer = TypeSerializer()

    assert rough(encode_row(row)) == rough({name: serializer.serialize(storable(value)) for name, value in row.items()})


@given(ROWS)
def test_a_row_that_boto3_wrote_is_read(row: dict[str, JsonValue]) -> None:
    serializer = TypeSerializer()
    item = {name: serializer.serialize(storable(value)) for name, value in row.items()}

    assert rough(decode_row(item)) == rough(row)


def test_a_whole_number_comes_back_whole_and_any_other_as_it_was() -> None:
    row = decode_row(encode_row({"whole": 3, "float": 0.1, "whole float": 2.0}))

    assert row == {"whole": 3, "float": 0.1, "whole float": 2}
    assert [type(value) for value in row.values()] == [int, float, int]


@pytest.mark.parametrize("value", [10**37, float("inf"), float("nan"), 1e-200])
def test_a_number_that_the_table_cannot_hold_becomes_text(value: float) -> None:
    assert encode_row({"value": value}) == {"value": {"S": str(value)}}


def test_half_a_character_is_replaced_in_names_and_values() -> None:
    assert encode_row({"a": {"b\ud800": "c\ud800"}}) == {"a": {"M": {"b?": {"S": "c?"}}}}


def test_what_json_does_not_have_is_refused_both_ways() -> None:
    with pytest.raises(TypeError, match="set is no JSON value"):
        encode_row({"value": {1}})
    with pytest.raises(ValueError, match="type SS"):
        decode_row({"value": {"SS": ["a"]}})
