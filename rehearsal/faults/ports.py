"""The product's own adapters, as the streaming service makes them, on the sockets of vendors that can be broken."""

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from rehearsal.faults.stores import Bookings, Calls
from rehearsal.faults.trouble import Party, Trouble
from rehearsal.faults.vendors import vendors_up
from rehearsal.speech import Speech
from rehearsal.stage import AGENT, Ports
from shared.core.agent import Agent
from shared.settings import StreamingSettings
from streaming.vendors import chosen

_AWS: Final = {"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal"}
_SETTINGS: Final = {
    "PUBLIC_BASE_URL": "https://voice.switchboard.test",
    "STREAM_URL": "wss://media.switchboard.test/media",
    "TWILIO_AUTH_TOKENS": "rehearsal",
    "CALLS_TABLE": "calls",
    "DESK_TABLE": "desk",
    "CAMPAIGNS_TABLE": "campaigns",
    "BOOKINGS_TABLE": "bookings",
    "AGENTS_DIR": str(Path(__file__).parents[2] / "agents"),
    "LINES": '{"*": "front_door"}',
    "AWS_REGION": "us-east-1",
    "OPENAI_API_KEY": "rehearsal",
    "OPENAI_MODEL": "embedded",
    "POLLY_TPS": "80",
}


PAIRED: Final = frozenset({Party.RECOGNITION, Party.VOICE, Party.MODEL})
"""Whom another vendor can stand in for."""
_PAIRS: Final = {
    "SPEECH_TO_TEXT": "transcribe,deepgram",
    "TEXT_TO_SPEECH": "polly,elevenlabs",
    "LANGUAGE_MODEL": "openai,bedrock",
    "BEDROCK_MODEL": "embedded",
    "DEEPGRAM_API_KEY": "rehearsal",
    "ELEVENLABS_API_KEY": "rehearsal",
}


@asynccontextmanager
async def vendors_ports(
    agent: Agent, speech: Speech, trouble: Trouble, bookings: Bookings, calls: Calls, *, pairs: bool
) -> AsyncIterator[Ports]:
    """In `pairs`, recognition, voice and model have a stand-in each, which is always well."""
    async with vendors_up(speech, trouble, random.Random(1)) as at:
        os.environ.update(_AWS, AWS_ENDPOINT_URL_POLLY=at.http, AWS_ENDPOINT_URL_BEDROCK_RUNTIME=at.http)
        settings = StreamingSettings.from_environment(
            {
                **_SETTINGS,
                **(_PAIRS if pairs else {}),
                "TRANSCRIBE_URL": at.sockets,
                "DEEPGRAM_URL": at.sockets,
                "OPENAI_BASE_URL": f"{at.http}/v1",
                "ELEVENLABS_URL": at.http,
            }
        )
        async with chosen(settings, {AGENT: agent}) as vendors:
            yield Ports(hearing=vendors.hearing, voice=vendors.voice, model=vendors.model, tools=bookings, store=calls)
