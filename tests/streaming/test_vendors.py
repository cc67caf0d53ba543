"""Settings become vendors: those chosen and no others, told how to be reached and for how long they are waited for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from shared.core.agent import Agent
from shared.failover import first_token_s
from shared.ports import Transcript, Word
from shared.settings import LANGUAGE_MODEL, SPEECH_TO_TEXT, TEXT_TO_SPEECH, StreamingSettings
from streaming import vendors
from streaming.vendors import Vendors, chosen, vocabularies
from tests.adapters import cartesia_server, deepgram_server
from tests.adapters.cartesia_server import CartesiaServer, Utterance
from tests.agents import front_door
from tests.fakes import PATIENCE_S
from tests.test_settings import STREAMING

KNOWN = {"SPEECH_TO_TEXT": SPEECH_TO_TEXT, "TEXT_TO_SPEECH": TEXT_TO_SPEECH, "LANGUAGE_MODEL": LANGUAGE_MODEL}
AGENTS = {"front_door": front_door()}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")


@asynccontextmanager
async def _chosen(environment: Mapping[str, str], agents: Mapping[str, Agent] = AGENTS) -> AsyncIterator[Vendors]:
    async with chosen(StreamingSettings.from_environment({**STREAMING, **environment}), agents) as found:
        yield found


def test_every_vendor_that_may_be_named_can_be_made() -> None:
    assert set(vendors._HEARING) == set(SPEECH_TO_TEXT)
    assert set(vendors._VOICES) == set(TEXT_TO_SPEECH)
    assert set(vendors._MODELS) == set(LANGUAGE_MODEL)


async def test_one_vendor_is_asked_without_anything_between() -> None:
    async with _chosen({}) as found:
        made = [type(port).__name__ for port in (found.hearing, found.voice, found.model)]

    assert made == ["Transcribe", "Polly", "OpenAiChat"]


async def test_several_vendors_stand_in_for_each_other() -> None:
    everyone = {name: ",".join(known) for name, known in KNOWN.items()}
    keys = {f"{vendor}_API_KEY": "k" for vendor in ("DEEPGRAM", "CARTESIA", "ELEVENLABS")}
    async with _chosen({**everyone, **keys, "BEDROCK_MODEL": "meta.llama"}) as found:
        made = [type(port).__name__ for port in (found.hearing, found.voice, found.model)]

    assert made == ["HearsInTurn", "SpeaksInTurn", "RepliesInTurn"]
    assert len(found.models) == 2


async def test_two_tries_fit_into_the_time_that_the_core_waits() -> None:
    assert 2 * vendors._FIRST_BYTE_EACH_S <= 3
    assert 2 * first_token_s(2) < 6


async def test_deepgram_hears_the_agents_words_and_cartesia_speaks_with_its_voice() -> None:
    agent = replace(AGENTS["front_door"], vocabulary=("Dr. Osei",))
    voice = replace(agent.voice, elsewhere={"cartesia": cartesia_server.VOICE_ID})

    async def speak(utterance: Utterance) -> None:
        await utterance.chunk(b"sound")
        await utterance.done()

    cartesia = CartesiaServer()
    cartesia.script(speak)
    async with deepgram_server.server().running() as deepgram, cartesia.running():
        environment = {
            "SPEECH_TO_TEXT": "deepgram",
            "DEEPGRAM_API_KEY": deepgram_server.KEY,
            "DEEPGRAM_URL": deepgram.endpoint,
            "TEXT_TO_SPEECH": "cartesia",
            "CARTESIA_API_KEY": cartesia_server.KEY,
            "CARTESIA_URL": cartesia.endpoint,
        }
        agents = {"clinic": agent}
        async with _chosen(environment, agents) as found, asyncio.timeout(PATIENCE_S):
            assert [chunk async for chunk in found.voice.speak("Hello.", voice)] == [b"sound"]
            name = vocabularies(agents)["clinic"]
            async with found.hearing.listen(language="en-US", vocabulary=name) as stream:
                connection = await deepgram.connection()
                await connection.say(Transcript("", "yes", True, 1, (Word("yes", 0, 100, 0.9),)))
                assert (await anext(stream.results())).text == "yes"

    assert connection.query["keyterm"] == ["Dr. Osei"]
