"""What the model is told, and what it is not."""

from shared.core.prompt import system_message, tool_specs
from shared.core.tasks import Progress
from tests.agents import BOOK, SMALL, front_door
from tests.playbook import FRIDAY


def test_the_model_is_told_who_it_is_what_it_knows_and_what_day_it_is() -> None:
    content = str(system_message(SMALL, FRIDAY, None)["content"])
    assert content.startswith("You are Ava, the receptionist of Maple Clinic")
    assert "- Parking: There is parking." in content
    assert "Friday 20 November 2026, 09:14" in content
    assert "## State" not in content


def test_the_model_is_told_what_was_just_asked() -> None:
    progress = Progress(BOOK)
    progress.next()
    assert "You just asked for `service` of book" in str(system_message(SMALL, FRIDAY, progress)["content"])


def test_r5_the_tools_name_routes_and_tasks_but_no_number_and_no_address() -> None:
    specs = tool_specs(front_door())
    names = [spec["function"]["name"] for spec in specs]  # type: ignore[index]
    assert names == ["book_appointment", "transfer", "end_call", "not_understood"]
    assert "+1" not in str(specs)
    assert "http" not in str(specs)


def test_a_choice_is_an_enumeration_and_a_day_is_asked_in_the_callers_words() -> None:
    (book, *_) = tool_specs(SMALL)
    properties = book["function"]["parameters"]["properties"]  # type: ignore[index]
    assert properties["service"]["enum"] == ["cleaning", "check-up"]
    assert properties["day"]["format"] == "date"
    assert "own words" in properties["day"]["description"]
    assert properties["confirmed"]["type"] == "boolean"
