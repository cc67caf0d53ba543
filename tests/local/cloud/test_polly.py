import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import StreamingResponse

from local.cloud.lab import Faults, Stats
from local.cloud.polly import Polly, PollyError, order
from local.cloud.sound import Samples
from local.cloud.ssml import Say, Silence
from local.cloud.voices import Voice

ORDER = {"OutputFormat": "mulaw", "Text": "Hello. Good day. Bye.", "VoiceId": "Joanna", "Engine": "neural"}


def body(**changes: object) -> bytes:
    return json.dumps({name: value for name, value in {**ORDER, **changes}.items() if value is not None}).encode()


class SentenceByEvent:
    """A voice whose second sentence takes as long as the test likes."""

    def __init__(self) -> None:
        self.go_on = Event()

    def sentences(self, part: Say) -> list[str]:
        return part.text.split(". ")

    def speak(self, phonemes: str, voice: Voice, rate: float, sample_rate: int) -> Samples:
        if not phonemes.startswith("Hello"):
            assert self.go_on.wait(10)
        return np.full(800, 0.1, np.float32)


def test_an_order_is_what_the_request_says() -> None:
    asked = order(body(SampleRate="8000"))
    assert (asked.voice.name, asked.format, asked.sample_rate) == ("Joanna", "mulaw", 8000)
    assert asked.parts == (Say(ORDER["Text"]),)
    assert asked.characters == len(ORDER["Text"])


def test_defaults_are_those_of_polly() -> None:
    asked = order(body(OutputFormat="pcm", Engine=None))
    assert (asked.engine, asked.sample_rate) == ("standard", 16_000)


def test_ssml_is_charged_without_its_tags() -> None:
    asked = order(body(TextType="ssml", Text='<speak>Hi<break time="1s"/></speak>'))
    assert asked.parts == (Say("Hi"), Silence(1000))
    assert asked.characters == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"VoiceId": "Nobody"}, "ValidationException"),
        ({"OutputFormat": "wav"}, "ValidationException"),
        ({"OutputFormat": "mp3"}, "ValidationException"),
        ({"Text": None}, "ValidationException"),
        ({"Engine": "steam"}, "ValidationException"),
        ({"TextType": "html"}, "ValidationException"),
        ({"Engine": "standard", "VoiceId": "Ruth"}, "EngineNotSupportedException"),
        ({"SampleRate": "16000"}, "InvalidSampleRateException"),
        ({"OutputFormat": "pcm", "SampleRate": "24000"}, "InvalidSampleRateException"),
        ({"LanguageCode": "hi-IN", "VoiceId": "Kajal"}, "LanguageNotSupportedException"),
        ({"LexiconNames": ["medical"]}, "LexiconNotFoundException"),
        ({"Text": "x" * 3001}, "TextLengthExceededException"),
        ({"TextType": "ssml", "Text": "<speak>open"}, "InvalidSsmlException"),
        ({"TextType": "ssml", "Text": "<speak>" + "<p></p>" * 1000 + "</speak>"}, "TextLengthExceededException"),
    ],
)
def test_what_polly_refuses_is_refused_by_its_aws_name(changes: dict[str, object], code: str) -> None:
    with pytest.raises(PollyError) as error:
        order(body(**changes))
    assert error.value.code == code


@given(st.binary(max_size=200))
def test_no_body_does_worse_than_be_refused(garbage: bytes) -> None:
    with pytest.raises(PollyError):
        order(garbage)


@pytest.fixture
async def pool() -> AsyncIterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def unused() -> None:
    raise AssertionError("nothing was to be reset")


async def test_the_first_sentence_is_sent_before_the_next_is_made(pool: ThreadPoolExecutor) -> None:
    speaker = SentenceByEvent()
    answer = await Polly(speaker, pool, Faults(), Stats()).speech(body(), unused)
    assert isinstance(answer, StreamingResponse)
    pieces = aiter(answer.body_iterator)
    async with asyncio.timeout(5):
        assert len(await anext(pieces)) == 800
        speaker.go_on.set()
        rest = [piece async for piece in pieces]
    assert sum(len(piece) for piece in rest) == 2 * (800 + 2000)


async def test_requests_beyond_the_quota_are_throttled(pool: ThreadPoolExecutor) -> None:
    speaker = SentenceByEvent()
    speaker.go_on.set()
    polly = Polly(speaker, pool, Faults(), Stats(), per_second=0.001)
    await polly.speech(body(), unused)
    with pytest.raises(PollyError) as error:
        await polly.speech(body(), unused)
    assert error.value.code == "ThrottlingException"


async def test_each_engine_has_its_own_quota(pool: ThreadPoolExecutor) -> None:
    speaker = SentenceByEvent()
    speaker.go_on.set()
    polly = Polly(speaker, pool, Faults(), Stats(), per_second=0.001)
    await polly.speech(body(), unused)
    await polly.speech(body(Engine="standard"), unused)


async def test_a_neural_voice_takes_ten_at_once_by_default(pool: ThreadPoolExecutor) -> None:
    speaker = SentenceByEvent()
    speaker.go_on.set()
    polly = Polly(speaker, pool, Faults(), Stats())
    for _ in range(10):
        await polly.speech(body(), unused)
