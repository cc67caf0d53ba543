"""One call's recognition, whose language may change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from shared.core.events import Event, FinalHeard, PartialHeard, RecognitionFailed
from shared.ports import Refused, Transcript, Unavailable, Word
from shared.wire import mulaw
from streaming.hearing import KEPT_BYTES, Hearing
from tests.agents import SMALL
from tests.fakes import Changes, FakeSpeechToText

HINDI = replace(SMALL, language="hi-IN", mixed_with=("en-IN",), siblings=(replace(SMALL, language="en-IN"),))
ENGLISH = replace(SMALL, language="en-IN")
NOW_MS = 9_000
SECOND = 1000 * mulaw.BYTES_PER_MS


@dataclass
class World:
    speech: FakeSpeechToText
    hearing: Hearing
    events: list[Event] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)


@asynccontextmanager
async def listening() -> AsyncIterator[World]:
    speech, events, changes = FakeSpeechToText(), list[Event](), Changes()

    def emit(event: Event) -> None:
        events.append(event)
        changes.tell()

    async with asyncio.TaskGroup() as tasks:
        yield World(speech, Hearing(speech, tasks, about={}, emit=emit, now_ms=lambda: NOW_MS), events, changes)
        for stream in speech.streams:
            stream.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with listening() as world:
        yield world


def seconds(first: int, last: int) -> bytes:
    """Sound whose every second is one code, so that it can be told apart."""
    return b"".join(bytes([second]) * SECOND for second in range(first, last))


async def test_sound_that_comes_before_the_recogniser_is_heard_by_it(world: World) -> None:
    world.hearing.open(HINDI, "clinic")
    world.hearing.send(b"ab")
    stream = await world.speech.stream()
    world.hearing.send(b"cd")
    await world.speech.changes.until(lambda: len(stream.audio) == 4)

    assert bytes(stream.audio) == b"abcd"
    assert (stream.language, stream.mixed_with, stream.vocabulary) == ("hi-IN", ("en-IN",), "clinic")


async def test_a_vocabulary_the_vendor_refuses_is_done_without(world: World) -> None:
    world.hearing.open(ENGLISH, "not made yet")
    first = await world.speech.stream()
    first.fail(Refused("no such vocabulary"))
    second = await world.speech.stream(1)
    world.hearing.send(b"ab")
    await world.speech.changes.until(lambda: len(second.audio) == 2)

    assert second.vocabulary is None
    assert world.events == []


async def test_a_recogniser_that_refuses_without_a_vocabulary_too_is_lost(world: World) -> None:
    world.hearing.open(ENGLISH, "not made yet")
    for number in range(2):
        (await world.speech.stream(number)).fail(Refused("no such language"))
    await world.changes.until(lambda: bool(world.events))

    assert world.events == [RecognitionFailed("Refused")]
    assert len(world.speech.streams) == 2


async def test_s9_the_next_recogniser_hears_the_last_of_the_sound_anew_and_misses_nothing(world: World) -> None:
    world.hearing.open(HINDI, None)
    first = await world.speech.stream()
    world.hearing.send(seconds(0, 4))
    world.hearing.open(ENGLISH, "other", again_ms=1_500)
    world.hearing.send(seconds(4, 5))
    second = await world.speech.stream(1)
    world.hearing.send(seconds(5, 6))
    await world.speech.changes.until(lambda: len(second.audio) == 3.5 * SECOND)

    assert bytes(second.audio) == seconds(2, 6)[SECOND // 2 :]
    assert (second.language, second.mixed_with, second.vocabulary) == ("en-IN", (), "other")
    assert first.closed
    assert bytes(first.audio) == seconds(0, 4)


async def test_s9_results_of_one_recogniser_are_not_taken_for_anothers(world: World) -> None:
    world.hearing.open(HINDI, None)
    first = await world.speech.stream()
    first.say(Transcript("0", "नमस्ते", is_final=True))
    await world.changes.until(lambda: len(world.events) == 1)
    world.hearing.open(ENGLISH, None)
    second = await world.speech.stream(1)
    second.say(Transcript("0", "hello", is_final=False))
    await world.changes.until(lambda: len(world.events) == 2)

    assert world.events == [FinalHeard("0", "नमस्ते"), PartialHeard("2-0", "hello")]


async def test_s9_words_of_the_next_recogniser_are_where_they_were_said(world: World) -> None:
    world.hearing.open(HINDI, None)
    world.hearing.send(seconds(0, 4))
    world.hearing.open(ENGLISH, None, again_ms=1_000)
    stream = await world.speech.stream()
    stream.say(Transcript("0", "hello", is_final=False, words=(Word("hello", 200, 700),)))
    await world.changes.until(lambda: bool(world.events))

    assert world.events == [PartialHeard("2-0", "hello", 0, until_ms=NOW_MS - 1_000 + 700)]


async def test_s9_a_recogniser_that_was_replaced_is_not_missed(world: World) -> None:
    world.hearing.open(HINDI, None)
    first = await world.speech.stream()
    world.hearing.open(ENGLISH, None)
    second = await world.speech.stream(1)
    assert first.closed
    second.fail(Unavailable("gone"))
    await world.changes.until(lambda: bool(world.events))

    assert world.events == [RecognitionFailed("Unavailable")]


async def test_no_more_sound_is_kept_than_may_be_needed(world: World) -> None:
    world.hearing.open(HINDI, None)
    await world.speech.stream()
    for _ in range(12):
        world.hearing.send(seconds(7, 8))
    world.hearing.open(ENGLISH, None, again_ms=60_000)
    second = await world.speech.stream(1)
    await world.speech.changes.until(lambda: bool(second.audio))

    assert len(second.audio) == KEPT_BYTES


async def test_the_words_are_asked_for_where_the_caller_is_heard_now(world: World) -> None:
    world.hearing.flush()
    world.hearing.open(HINDI, None)
    first = await world.speech.stream()
    world.hearing.open(ENGLISH, None)
    second = await world.speech.stream(1)
    world.hearing.flush()

    assert (first.flushes, second.flushes) == (0, 1)
