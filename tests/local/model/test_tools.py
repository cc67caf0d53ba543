"""Tools as their JSON schemas declare them."""

from typing import Any

import pytest

from local.model.tools import Kind, read_parameter, read_tool


def test_a_description_is_parted_into_purpose_and_what_people_say() -> None:
    tool = read_tool("book", 'Book a visit. Callers say things like: "I want in"; "can I come".', {})
    assert tool.purpose == "Book a visit."
    assert tool.examples == ("I want in", "can I come")


def test_each_option_has_its_own_description_and_examples() -> None:
    description = 'nurse: urgent questions. Callers say: "I\'m bleeding"; "is it bad"\nfront_desk: anything else'
    parameter = read_parameter(
        "to", {"type": "string", "enum": ["nurse", "front_desk"], "description": description}, True
    )
    nurse, desk = parameter.options
    assert nurse.description == "urgent questions."
    assert nurse.examples == ("I'm bleeding", "is it bad")
    assert (desk.words, desk.description, desk.examples) == ("front desk", "anything else", ())


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("x", {"type": "string", "format": "person-name"}, Kind.NAME),
        ("x", {"type": "string", "format": "yes-no"}, Kind.YES_NO),
        ("x", {"type": "boolean"}, Kind.YES_NO),
        ("x", {"type": ["integer", "null"]}, Kind.NUMBER),
        ("x", {"enum": ["a", "b"]}, Kind.CHOICE),
        ("x", {"type": "array", "items": {"enum": ["a", "b"]}}, Kind.CHOICES),
        ("x", {"type": "object"}, Kind.OTHER),
        ("emailAddress", {"type": "string"}, Kind.EMAIL),
        ("when", {"type": "string", "description": "The day of the visit"}, Kind.DATE),
        ("order_id", {"type": "string"}, Kind.DIGITS),
        ("customer_name", {"type": "string"}, Kind.NAME),
        ("reason", {"type": "string"}, Kind.TEXT),
        ("city", {"type": "string", "description": "The city"}, Kind.TOPIC),
    ],
)
def test_the_kind_of_a_parameter_follows_from_format_type_and_name(
    name: str, schema: dict[str, Any], kind: Kind
) -> None:
    assert read_parameter(name, schema, required=False).kind is kind
