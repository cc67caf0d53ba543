"""Timers, cancelling, deadlines: what the hands do when told, without a socket."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from shared.core.actions import AskModel, CancelModel, CancelTimer, EndStream, Record, RunTool, SetTimer, Speak
from shared.core.agent import Voice
from shared.core.events import (
    Event,
    JsonValue,
    ReplyFailed,
    ReplyFinished,
    ReplyText,
    TimerFired,
    ToolFailed,
    ToolReturned,
)
from shared.core.next_step import HangUp, NextStep
from shared.observability import METRICS
from shared.ports import ModelText, ModelUsage, Refused
from streaming.ahead import Ahead
from streaming.effects import Effects
from streaming.hearing import Hearing
from streaming.playout import Playout
from streaming.records import Records
from tests.fakes import Changes
from tests.streaming.conftest import NOW, Service, service_parts
from tests.streaming.test_playout import Line


@dataclass
class Hands:
    """Effects, what they told, and the world they act on."""

    effects: Effects
    world: Service
    records: Records
    line: Line
    events: list[Event] = field(default_factory=list)
    ended: list[NextStep] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.changes.until(condition)


@asynccontextmanager
async def hands(world: Service) -> AsyncIterator[Hands]:
    line, events, ended, changes = Line(), list[Event](), list[NextStep](), Changes()

    def emit(event: Event) -> None:
        events.append(event)
        changes.tell()

    with ThreadPoolExecutor(1) as threads:
        async with asyncio.TaskGroup() as tasks:
            records = Records(world.store, threads, lambda: NOW, call_sid=world.new_call(), stream=1)
            effects = Effects(
                world.app.deps,
                world.tools,
                tasks,
                Playout(line, emit),
                records,
                voice=Voice("Joanna"),
                about={},
                emit=emit,
                hearing=Hearing(world.hearing, tasks, about={}, emit=emit, now_ms=lambda: 0),
                ahead=Ahead(world.app.deps, records, tasks, call_sid="", stream=1),
                end=ended.append,
            )
            yield Hands(effects, world, records, line, events, ended, changes)
            effects.close()


@pytest.fixture
async def hand(silero: object) -> AsyncIterator[Hands]:
    with service_parts(silero) as world:  # type: ignore[arg-type]
        async with hands(world) as made:
            yield made


async def test_a_timer_fires_once_with_its_name(hand: Hands) -> None:
    hand.effects.perform(SetTimer("a", 1))
    await hand.until(lambda: bool(hand.events))

    assert hand.events == [TimerFired("a")]


async def test_a_timer_set_anew_replaces_the_one_that_ran(hand: Hands) -> None:
    hand.effects.perform(SetTimer("a", 1))
    hand.effects.perform(SetTimer("a", 30))
    hand.effects.perform(SetTimer("b", 5))
    await hand.until(lambda: len(hand.events) == 2)

    assert hand.events == [TimerFired("b"), TimerFired("a")]


async def test_a_timer_that_was_cancelled_does_not_fire_nor_one_of_a_call_that_is_over(hand: Hands) -> None:
    hand.effects.perform(SetTimer("a", 1))
    hand.effects.perform(CancelTimer("a"))
    hand.effects.perform(CancelTimer("unknown"))
    hand.effects.perform(SetTimer("b", 1))
    hand.effects.close()
    await asyncio.sleep(0.01)

    assert hand.events == []


async def test_a_reply_is_passed_on_as_it_comes_and_its_cost_recorded(hand: Hands) -> None:
    hand.world.model.script(ModelText("Hel"), ModelText("lo."), ModelUsage(30, 2))
    hand.effects.perform(AskModel(4, (), ()))
    await hand.until(lambda: len(hand.events) == 3)

    assert hand.events == [ReplyText(4, "Hel"), ReplyText(4, "lo."), ReplyFinished(4)]


async def test_a_cancelled_reply_is_cancelled_at_the_vendor(hand: Hands) -> None:
    hand.world.model.script(ModelText("Hel"), asyncio.Event())
    hand.effects.perform(AskModel(4, (), ()))
    await hand.until(lambda: bool(hand.events))
    hand.effects.perform(CancelModel(4))
    await hand.world.model.changes.until(lambda: hand.world.model.cancelled == [0])

    assert hand.events == [ReplyText(4, "Hel")]


async def test_a_model_that_refuses_says_so_in_one_word(hand: Hands) -> None:
    hand.world.model.script(Refused("quoting the caller"))
    hand.effects.perform(AskModel(4, (), ()))
    await hand.until(lambda: bool(hand.events))

    assert hand.events == [ReplyFailed(4, "Refused")]


async def test_p6_the_wait_after_keys_is_no_figure_of_speech(hand: Hands, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    hand.effects.perform(Record("turn_timing", {"gap_ms": 800}))
    hand.effects.perform(Record("turn_timing", {"gap_ms": 90, "by_keypad": True}))

    logged = [(line.message, line.__dict__["gap_ms"]) for line in caplog.records if line.name == "streaming.effects"]
    assert logged == [("turn_timing", 800), ("keypad_timing", 90)]
    assert "keypad_timing" not in METRICS


async def test_p6_whoever_fails_is_named(hand: Hands, caplog: pytest.LogCaptureFixture) -> None:
    hand.world.model.script(Refused("no such model"))
    hand.world.voice.fail("One.", Refused("no such voice"))
    hand.world.tools._functions["breaks"] = breaks
    hand.effects.perform(AskModel(2, (), ()))
    hand.effects.perform(Speak(2, 0, "One."))
    hand.effects.perform(RunTool(2, "c1", "breaks", {}, "key-1"))
    await hand.until(lambda: len(hand.events) == 3)

    named = {(line.message, line.__dict__["provider"], line.__dict__["error"]) for line in caplog.records}
    assert named == {
        ("provider_failed", "model", "Refused"),
        ("provider_failed", "synthesis", "Refused"),
        ("tool_failed", "tools", "Refused"),
    }


def breaks(arguments: object) -> dict[str, JsonValue]:
    raise Refused("no")


async def test_a_tool_answers_or_fails(hand: Hands) -> None:
    hand.world.tools._functions["breaks"] = breaks
    hand.effects.perform(RunTool(2, "c1", "find_patient", {"number": "1"}, "key-1"))
    hand.effects.perform(RunTool(2, "c2", "breaks", {}, "key-2"))
    await hand.until(lambda: len(hand.events) == 2)

    assert hand.events == [ToolReturned(2, "c1", {"status": "found"}), ToolFailed(2, "c2", "Refused")]
    assert [run.key for run in hand.world.tools.runs] == ["key-1", "key-2"]


async def test_tools_under_way_are_waited_for_but_not_for_ever(hand: Hands) -> None:
    hand.world.tools.held["find_patient"] = asyncio.Event()
    hand.effects.perform(RunTool(2, "c1", "find_patient", {}, "key-1"))
    await hand.effects.finish_tools(0.01)
    assert hand.events == []

    hand.world.tools.held["find_patient"].set()
    await hand.effects.finish_tools(5)
    assert hand.events == [ToolReturned(2, "c1", {"status": "found"})]


async def test_all_segments_are_asked_for_at_once(hand: Hands) -> None:
    hand.world.voice.hold("One.")
    hand.effects.perform(Speak(1, 1, "One."))
    hand.effects.perform(Speak(1, 2, "Two.", cached=True))
    await hand.world.voice.changes.until(lambda: len(hand.world.voice.spoken) == 2)

    assert [(spoken.text, spoken.cached) for spoken in hand.world.voice.spoken] == [("One.", False), ("Two.", True)]
    hand.world.voice.hold("One.").set()
    await hand.until(lambda: len(hand.events) == 4)
    assert hand.line.script[-1] == "1:2"


async def test_the_end_is_passed_on_and_a_record_written(hand: Hands) -> None:
    hand.effects.perform(Record("caller", {"turn": 1}))
    hand.effects.perform(EndStream(HangUp()))

    assert hand.ended == [HangUp()]
