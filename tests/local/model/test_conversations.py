"""Whole conversations: what was asked before decides what an answer means."""

import json
from typing import Any

import pytest

from local.model.conversation import Call, Called, Conversation, Heard, Said, read_result
from local.model.engine import Engine, ToolChoice
from local.model.moment import Decision
from local.model.phrasing import MISSED
from local.model.tools import read_tool
from tests.local.model.toolsets import BUSINESSES, ORDINARY, Business, Chat


def calls(decision: Decision) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, dict(call.arguments)) for call in decision.calls]


def test_a_booking_is_filled_corrected_and_agreed_to(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["clinic"])
    assert calls(chat.hear("hi I'd like to book a cleaning")) == [("book_appointment", {"service": "cleaning"})]
    chat.asked("day", "book_appointment", "What day would suit you?", {"service": "cleaning"})
    assert calls(chat.hear("monday no wait tuesday")) == [("book_appointment", {"day": "tuesday"})]
    chat.asked("time", "book_appointment", "On Tuesday I have 9 AM, 11:30 AM or 3 PM. Which one?", {"day": "tuesday"})
    assert calls(chat.hear("the second one")) == [("book_appointment", {"time": "11:30 AM"})]
    chat.asked("name", "book_appointment", "May I have your name?", {"time": "11:30 AM"})
    assert chat.hear("is there parking").text == "There is free parking behind the building."
    chat.steps.append(Said("There is free parking behind the building. May I have your name?"))
    assert calls(chat.hear("it's maria lopez")) == [("book_appointment", {"name": "Maria Lopez"})]
    chat.asked("confirmed", "book_appointment", "A cleaning on Tuesday at 11:30 for Maria Lopez. Is that right?")
    assert calls(chat.hear("no make it three")) == [("book_appointment", {"time": "three"})]
    chat.asked("confirmed", "book_appointment", "A cleaning on Tuesday at 3 for Maria Lopez. Is that right?")
    assert calls(chat.hear("yes that's right")) == [("book_appointment", {"confirmed": True})]
    chat.steps.append(Called((Call("book_appointment", {"confirmed": True}),)))
    chat.done("book_appointment")
    assert calls(chat.hear("actually could you make it wednesday")) == [("book_appointment", {"day": "wednesday"})]
    assert calls(chat.hear("no thanks that's all")) == [("end_call", {})]


def test_a_plain_no_to_anything_else_ends_the_call(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["clinic"])
    chat.steps.append(Said("Is there anything else I can do for you?"))
    assert calls(chat.hear("no")) == [("end_call", {})]
    assert chat.hear("yes").text


def test_a_task_can_be_left_for_another_and_for_a_person(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["bank"])
    chat.asked("pin", "account_balance", "What is your PIN?")
    assert calls(chat.hear("oh wait I think my card was stolen")) == [("block_card", {})]
    chat.asked("card", "block_card", "Which card?")
    assert calls(chat.hear("just let me talk to a person")) == [("transfer", {"to": "support"})]


def test_a_yes_takes_up_the_only_value_offered(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["clinic"])
    chat.asked("time", "book_appointment", "Only 3 PM is left. Would that work?")
    assert calls(chat.hear("yes please")) == [("book_appointment", {"time": "3 PM"})]


def test_the_state_section_counts_where_the_history_is_cut(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["clinic"])
    chat.state = "You just asked for `phone` of book_appointment; you wait for it."
    assert calls(chat.hear("five five five oh one three two")) == [("book_appointment", {"phone": "5550132"})]


def test_the_state_section_outranks_an_older_tool_result(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["clinic"])
    chat.asked("day", "book_appointment", "Which day?")
    chat.state = "You just asked for `time` of book_appointment; you wait for it."
    assert calls(chat.hear("ten")) == [("book_appointment", {"time": "ten"})]


def test_without_a_state_section_a_task_of_the_product_is_over(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["clinic"])
    chat.asked("confirmed", "book_appointment", "Is that right?")
    chat.state = ""
    decision = chat.hear("right. Yes, that's right.")
    assert decision.text
    assert not decision.calls


def test_admissions_vary_and_offer_help_when_there_is_no_tool_for_them(engine: Engine) -> None:
    chat = Chat(engine, Business("You are a helpful assistant.", ORDINARY))
    texts = []
    for _ in range(3):
        texts.append(chat.hear("colorless green ideas sleep").text)
        chat.steps.append(Said(texts[-1]))
    assert all(text.startswith(MISSED) for text in texts)
    assert len(set(texts)) == 3
    assert "get the weather forecast for a city" in texts[1]


def ordinary(engine: Engine, *turns: str) -> list[Decision]:
    """A chat in which the model itself has to ask for what a schema requires."""
    chat, decisions = Chat(engine, BUSINESSES["ordinary"]), []
    for said in turns:
        decisions.append(chat.hear(said))
        if decisions[-1].text:
            chat.steps.append(Said(decisions[-1].text))
    return decisions


def test_required_arguments_are_asked_for_and_kept_until_the_call_is_complete(engine: Engine) -> None:
    first, second, third = ordinary(engine, "I want to convert some money", "fifty", "from dollars to pounds")
    assert first.text == "Could you tell me the amount to convert?"
    assert second.text.startswith("Could you tell me the currency to convert from?")
    assert calls(third) == [
        ("convert_currency", {"amount": 50, "from_currency": "dollars", "to_currency": "pounds"}),
    ]


def test_what_the_model_asks_for_can_be_dropped(engine: Engine) -> None:
    asked, dropped, lost = ordinary(engine, "convert some money please", "never mind", "fifty")
    assert asked.text == "Could you tell me the amount to convert?"
    assert dropped.text == "All right, we'll leave that. What else can I do for you?"
    assert lost.text.startswith(MISSED)


def test_a_city_answers_the_question_for_a_city(engine: Engine) -> None:
    asked, called = ordinary(engine, "what's the weather going to be tomorrow", "in Buenos Aires please")
    assert "city" in asked.text
    assert calls(called) == [("get_weather", {"city": "Buenos Aires", "day": "tomorrow"})]


def result(engine: Engine, content: str, name: str = "get_weather") -> str:
    steps = (Heard("weather in Paris"), Called((Call(name, {"city": "Paris"}),)), read_result(name, content))
    return engine.reply(Conversation("You are a helpful assistant.", steps), ORDINARY, ToolChoice("auto")).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"say": "It is sunny."}', "It is sunny."),
        ('{"temperature_c": 18, "condition": "cloudy"}', "Temperature c: 18, condition: cloudy."),
        ('{"error": "no such city"}', "I'm sorry, that didn't work: no such city."),
        ('{"rain": true, "hours": [9, 10]}', "Rain: yes, hours: 9 and 10."),
        ("sunny and warm", "Sunny and warm."),
        ('["nine", "ten"]', "Nine and ten."),
        ("{}", "That came back empty."),
        ('{"status": "ok"}', "The answer was ok."),
    ],
)
def test_a_tools_result_is_told_in_its_own_words(engine: Engine, content: str, said: str) -> None:
    assert result(engine, content) == said


def test_a_result_that_waits_for_an_argument_becomes_its_question(engine: Engine) -> None:
    chat = Chat(engine, BUSINESSES["clinic"])
    chat.asked("day", "book_appointment")
    chat.steps.pop()
    reply = engine.reply(Conversation(chat.business.system, tuple(chat.steps)), chat.business.tools, ToolChoice("auto"))
    assert reply.text == "Could you tell me the day of the visit?"


def test_nothing_is_said_that_was_not_given(engine: Engine) -> None:
    system = "You are Bo of Oak Inn. We are open from 7 to 9. Never mention prices. If asked, say we are full."
    heard = Conversation(system, (Heard("when are you open"),))
    assert engine.reply(heard, (), ToolChoice("auto")).text == "We are open from 7 to 9."
    heard = Conversation(system, (Heard("how much is a room"),))
    assert not any(character.isdigit() for character in engine.reply(heard, (), ToolChoice("auto")).text)


def test_malformed_schemas_and_arguments_are_survived(engine: Engine) -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"properties": []},
        {"properties": {"x": []}},
        {"properties": {"x": {"type": 3, "enum": "y"}}, "required": 5},
        {"properties": {"": {"type": ["null", "integer"], "enum": [None, {}, 1]}}, "required": [None]},
    ]
    tools = [read_tool(f"tool_{index}", "Do it", schema) for index, schema in enumerate(odd)]
    steps = (Called((Call("tool_1", json.loads('{"x": null}')),)), read_result("tool_1", "null"), Heard("one for x"))
    assert engine.reply(Conversation("", steps), tools, ToolChoice("required")).calls
