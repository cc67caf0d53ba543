"""The wait for the first word, told of a real stream."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from shared.core.events import SegmentPlayed, SegmentStarted
from shared.ports import CallRecord
from streaming.greeting import Greeting
from streaming.media_stream import AsgiMessage, MediaStream
from streaming.playout import Voiced
from tests.streaming.conftest import NOW, Service
from tests.streaming.twilio import calling

TOKEN = "let-me-in"


async def never() -> AsgiMessage:
    raise AssertionError("nothing is read")


async def nowhere(message: AsgiMessage) -> None:
    raise AssertionError("nothing is written")


def greetings(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.__dict__ for record in caplog.records if record.message == "greeting_started"]


@pytest.fixture
def call(service: Service) -> CallRecord:
    return service.call(service.new_call())


@pytest.mark.parametrize("stream", [1, 2])
async def test_p6_the_wait_is_from_start_to_the_first_sound_and_before_it_from_the_webhook(
    call: CallRecord, caplog: pytest.LogCaptureFixture, stream: int
) -> None:
    told: list[Voiced] = []
    media = MediaStream(never, nowhere)
    media.began = asyncio.get_running_loop().time() - 0.25
    greeting = Greeting(media, call, stream, lambda: NOW + timedelta(minutes=1), told.append)
    events: list[Voiced] = [SegmentPlayed(0, 9), SegmentStarted(0, 1), SegmentStarted(0, 2)]
    with caplog.at_level(logging.INFO):
        for event in events:
            greeting.told(event)

    (line,) = greetings(caplog)
    assert line["greeting_ms"] >= 250
    assert line.get("opening_ms") == (60_000 - line["greeting_ms"] if stream == 1 else None)
    assert told == events


async def test_p6_a_call_tells_its_greeting_once(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    call_sid = service.new_call()
    with caplog.at_level(logging.INFO):
        async with calling(service.port, call_sid, TOKEN):
            await service.listening(call_sid)

    (line,) = greetings(caplog)
    assert (line["call_sid"], line["stream"]) == (call_sid, 1)
