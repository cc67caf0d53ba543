"""What the event of a finished call says, and what it must not say."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from shared.core.events import JsonValue
from shared.ports import LogEntry
from shared.usecases.call_finished import NotFinished, call_finished
from shared.usecases.finish_call import Outcome
from tests.fakes import FakeCallStore
from tests.usecases.clinic import AGENT, CALL_SID, CALLER, NOW, NUMBER, SECOND, answered, state
from tests.usecases.finished_call import ENDED, TRANSCRIPT, TYPED, WORDS, finished

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "events" / "call.finished.v1.json").read_text())
validate = fastjsonschema.compile(SCHEMA)


def detail(store: FakeCallStore, **changes: Any) -> Mapping[str, JsonValue]:
    """As it arrives: through JSON."""
    event = call_finished(replace(state(store), **changes), store.log(CALL_SID), TRANSCRIPT)
    return dict(json.loads(json.dumps(event.detail)))


@pytest.fixture
def store() -> FakeCallStore:
    store = FakeCallStore()
    finished(store)
    return store


def test_i5_the_event_of_a_finished_call_is_as_its_schema_says(store: FakeCallStore) -> None:
    event = call_finished(state(store), store.log(CALL_SID), TRANSCRIPT)

    assert (event.kind, event.at) == ("call.finished", ENDED)
    assert validate(detail(store)) == {
        "version": 1,
        "id": f"{CALL_SID}:call.finished",
        "call_sid": CALL_SID,
        "line": NUMBER,
        "caller": CALLER,
        "agent": AGENT.name,
        "attempt": None,
        "language": "en-US",
        "started_at": "2026-11-20T09:30:00.000+00:00",
        "ended_at": "2026-11-20T09:32:41.000+00:00",
        "duration_s": 161,
        "outcome": "completed",
        "intents": ["book_appointment", "transfer:reception"],
        "tasks": [
            {"name": "book_appointment", "done": False, "result": {"problem": "taken"}},
            {
                "name": "book_appointment",
                "done": True,
                "result": {"service": "check-up", "day": "2026-11-24", "time": "10:30", "reference": "9f86d081"},
            },
        ],
        "sentiment": "positive",
        "message_left": False,
        "transcript": TRANSCRIPT,
    }


def test_i5_a_call_of_which_nothing_is_known_but_its_end_makes_an_event_all_the_same() -> None:
    store = FakeCallStore()
    answered(store)
    store.finish(CALL_SID, "caller-left", NOW - SECOND)

    found = validate(detail(store, language=None, caller=""))

    assert (found["duration_s"], found["intents"], found["tasks"], found["sentiment"]) == (0, [], [], "neutral")


@pytest.mark.parametrize("outcome", Outcome)
def test_i5_every_outcome_is_in_the_schema(store: FakeCallStore, outcome: Outcome) -> None:
    validate(detail(store, outcome=str(outcome)))


def test_the_schema_lets_nothing_in_that_it_does_not_name(store: FakeCallStore) -> None:
    for broken in ({"summary": "x"}, {"duration_s": -1}, {"outcome": "other"}, {"caller": None}, {"version": 2}):
        with pytest.raises(fastjsonschema.JsonSchemaException):
            validate({**detail(store), **broken})


def test_r2_nothing_that_the_caller_said_typed_or_is_called_by_is_in_it(store: FakeCallStore) -> None:
    text = json.dumps(detail(store))

    assert not any(word in text for word in (*WORDS.split()[3:5], TYPED, "options"))


def test_a_recorded_message_is_told(store: FakeCallStore) -> None:
    store.append(CALL_SID, [LogEntry("message-RE1", "message-recorded", ENDED, {"url": "https://x/RE1"})])

    assert detail(store)["message_left"] is True
    assert "https://x" not in json.dumps(detail(store))


def test_a_long_answer_of_a_tool_is_cut(store: FakeCallStore) -> None:
    actions = [{"name": "look_up", "result": {"text": "x" * 1000, "list": [1], "count": 3, "none": None}}]

    (task,) = validate(detail(store, report={"actions": actions}))["tasks"]

    assert task == {"name": "look_up", "done": True, "result": {"text": "x" * 200, "count": 3}}


def test_a_call_that_goes_on_has_no_such_event() -> None:
    store = FakeCallStore()
    answered(store)

    with pytest.raises(NotFinished):
        detail(store)


def test_the_example_in_the_guide_is_one() -> None:
    text = (DOCS / "events.md").read_text()
    example = json.loads(text.partition("```json\n")[2].partition("```")[0].replace("5d0f...e1", "0" * 32))

    assert validate(example)
