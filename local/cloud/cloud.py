"""The speech services, for a program or a test to run inside itself: `async with running(Config()) as cloud`."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from local.cloud.app import Desk, speech_app
from local.cloud.hearing import Ears
from local.cloud.lab import Faults, Stats
from local.cloud.polly import Polly
from local.cloud.server import serving
from local.cloud.ssml import Say
from local.cloud.vad import VoiceModel
from local.cloud.vocabulary import Vocabularies
from local.cloud.voices import VOICES, Synthesizer
from local.cloud.whisper import RATE, Whisper

_RECOGNISERS = 2  # readings at a time; more would only slow each other down on the two cores a laptop spares


@dataclass(frozen=True, slots=True)
class Config:
    """How they behave."""

    port: int = 0
    """0 is any free one."""
    silence_ms: int = 300
    """How long a silence ends a segment of speech."""
    most_streams: int = 25
    """Transcribe streams at a time (the default quota of an account)."""
    polly_per_second: float | None = None
    """Requests a second per Polly engine; None is the account's default quota, 0 is no quota."""
    secrets: Mapping[str, str] = field(default_factory=lambda: {"test": "test"})
    """Secret access keys by access key id; requests signed otherwise are refused."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The loaded models and the threads they run in. Several clouds may share one."""

    ears: Ears
    synthesizer: Synthesizer
    recognising: ThreadPoolExecutor
    speaking: ThreadPoolExecutor
    loaded_in_ms: int


@dataclass(frozen=True, slots=True)
class Cloud:
    """What runs. Use `speech` as the endpoint of Polly, of Transcribe, and (with ws://) of its streams."""

    speech: str
    faults: Faults
    stats: Stats


@contextlib.asynccontextmanager
async def engines() -> AsyncIterator[Engines]:
    """Load the models and let them work once, so that the first caller does not wait for it."""
    with (
        ThreadPoolExecutor(_RECOGNISERS, "recognise") as recognising,
        ThreadPoolExecutor(1, "speak") as speaking,
    ):
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        ears, synthesizer = await asyncio.gather(
            loop.run_in_executor(recognising, _ears), loop.run_in_executor(speaking, _voice)
        )
        yield Engines(ears, synthesizer, recognising, speaking, round((time.perf_counter() - began) * 1000))


@contextlib.asynccontextmanager
async def running(config: Config, shared: Engines | None = None) -> AsyncIterator[Cloud]:
    """Run it until the block is left. Raises OSError when the port is taken."""
    async with contextlib.AsyncExitStack() as stack:
        loaded = await stack.enter_async_context(engines()) if shared is None else shared
        faults, stats = Faults(), Stats()
        stats.measure("engines.load", loaded.loaded_in_ms)
        desk = Desk(
            secrets=config.secrets,
            vocabularies=Vocabularies(lambda: datetime.now(UTC)),
            faults=faults,
            stats=stats,
            polly=Polly(loaded.synthesizer, loaded.speaking, faults, stats, config.polly_per_second),
            ears=loaded.ears,
            pool=loaded.recognising,
            silence_ms=config.silence_ms,
            most_streams=config.most_streams,
        )
        port = await stack.enter_async_context(serving(speech_app(desk), config.port))
        yield Cloud(f"http://127.0.0.1:{port}", faults, stats)


def _ears() -> Ears:
    whisper = Whisper(_RECOGNISERS)
    whisper.transcribe(np.zeros(RATE, np.float32))
    return Ears(whisper, VoiceModel())


def _voice() -> Synthesizer:
    synthesizer = Synthesizer()
    for phonemes in synthesizer.sentences(Say("Ready.")):
        synthesizer.speak(phonemes, VOICES["Joanna"], 1.0, 8_000)
    return synthesizer
