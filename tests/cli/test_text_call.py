import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cli.text_call import TextCall
from shared.adapters.agent_files import load
from shared.core.events import JsonValue
from shared.core.next_step import HangUp, TakeMessage
from shared.ports import ModelText, ModelToolCall, Unavailable
from tests.fakes import FakeLanguageModel, FakeTools

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("America/New_York"))
AGENT = load(Path(__file__).parents[2] / "agents" / "front_door.yaml")
EVERYTHING = {"service": "cleaning", "day": "Monday", "time": "ten", "name": "Anna Lee", "phone": "4155550100"}


class Paper:
    """A screen that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[str] = []

    def agent(self, text: str) -> None:
        self.lines.append(text)

    def note(self, kind: str, data: dict[str, JsonValue]) -> None:
        self.notes.append(kind)

    def take(self) -> str:
        lines, self.lines = self.lines, []
        return " ".join(lines)


def clinic(**extra: str) -> FakeTools:
    def book(arguments: Mapping[str, str]) -> dict[str, JsonValue]:
        return {"reference": "B1", **extra}

    return FakeTools(find_free_times=lambda _: {"options": ["09:00", "10:00", "15:30"]}, book_appointment=book)


def a_call(model: FakeLanguageModel, tools: FakeTools) -> tuple[TextCall, Paper]:
    paper = Paper()
    return TextCall(AGENT, model, tools, paper, NOW), paper


async def test_the_agent_greets_and_listens() -> None:
    call, paper = a_call(FakeLanguageModel(), clinic())
    await call.begin()
    assert paper.take().endswith("How can I help you today?")
    assert not call.ended


async def test_a_line_is_answered_by_the_model() -> None:
    model = FakeLanguageModel([ModelText("There is free parking "), ModelText("behind the building.")])
    call, paper = a_call(model, clinic())
    await call.begin()
    paper.take()
    await call.say("Is there parking?")
    assert paper.take() == "There is free parking behind the building."
    assert model.asked[0].messages[-1]["content"] == "Is there parking?"


async def test_a_task_runs_its_tools_and_asks_before_it_acts() -> None:
    model = FakeLanguageModel([ModelToolCall("1", "book_appointment", json.dumps(EVERYTHING))])
    tools = clinic()
    call, paper = a_call(model, tools)
    await call.begin()
    await call.say("I'd like a cleaning on Monday at ten, I'm Anna Lee, 415 555 0100")
    assert paper.take().endswith("Is that right?")
    assert [run.name for run in tools.runs] == ["find_free_times"]
    await call.say("yes")
    assert "You're all set" in paper.take()
    assert [run.name for run in tools.runs] == ["find_free_times", "book_appointment"]
    assert {"caller", "agent", "intent", "tool"} <= set(paper.notes)


async def test_a_goodbye_ends_the_call() -> None:
    call, paper = a_call(FakeLanguageModel([ModelToolCall("1", "end_call", "{}")]), clinic())
    await call.begin()
    await call.say("that's all, bye")
    assert paper.take().endswith("Goodbye!")
    assert call.ended
    assert call.next_step == HangUp()


async def test_a_model_that_is_gone_ends_with_a_message() -> None:
    model = FakeLanguageModel([Unavailable("gone")], [Unavailable("gone")])
    call, _ = a_call(model, clinic())
    await call.begin()
    await call.say("hello?")
    assert not call.ended
    await call.say("hello?")
    assert isinstance(call.next_step, TakeMessage)


async def test_a_tool_that_is_gone_ends_with_a_message() -> None:
    def gone(_: Mapping[str, str]) -> dict[str, JsonValue]:
        raise Unavailable("gone")

    model = FakeLanguageModel([ModelToolCall("1", "book_appointment", json.dumps(EVERYTHING))])
    call, _ = a_call(model, FakeTools(find_free_times=gone, book_appointment=gone))
    await call.begin()
    await call.say("everything at once")
    assert isinstance(call.next_step, TakeMessage)


async def test_hanging_up_ends_the_call_without_a_next_step() -> None:
    call, _ = a_call(FakeLanguageModel(), clinic())
    await call.begin()
    await call.hang_up()
    assert call.ended
    assert call.next_step is None
