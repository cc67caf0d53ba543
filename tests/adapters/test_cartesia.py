"""What is Cartesia's own: what it is asked, and many utterances at once over few connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.cartesia import CONTEXTS_PER_SOCKET, Cartesia
from shared.core.agent import Voice
from shared.ports import Refused, Unavailable
from shared.speech.phrases import MOST_CHARACTERS
from tests.adapters.cartesia_server import KEY, CartesiaServer, Utterance
from tests.fakes import PATIENCE_S

VOICE = Voice("Kajal", "hi-IN", elsewhere={"cartesia": "a-voice"})
SOUND = bytes(range(256)) * 20


@pytest.fixture
async def server() -> AsyncIterator[CartesiaServer]:
    server = CartesiaServer()
    async with server.running():
        yield server


def _cartesia(server: CartesiaServer, **values: Any) -> Any:
    return Cartesia.running(**{"api_key": KEY, "endpoint": server.endpoint, "first_byte_s": PATIENCE_S, **values})


async def _heard(cartesia: Cartesia, text: str = "Hello.", voice: Voice = VOICE) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([chunk async for chunk in cartesia.speak(text, voice)])


async def _speak(utterance: Utterance) -> None:
    await utterance.message("timestamps", word_timestamps={"words": ["Hello"], "start": [0], "end": [0.4]})
    await utterance.chunk(SOUND)
    await utterance.message("flush_done", flush_id=1)
    await utterance.done()


async def test_what_is_asked_of_the_vendor(server: CartesiaServer) -> None:
    server.script(_speak)
    async with _cartesia(server) as cartesia:
        assert await _heard(cartesia, "नमस्ते, \x00how are you?") == SOUND

    (utterance,) = server.utterances
    assert utterance.request == {
        "model_id": "sonic-3.5",
        "transcript": "नमस्ते,  how are you?",
        "voice": {"mode": "id", "id": "a-voice"},
        "language": "hi",
        "context_id": "utterance-1",
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
        "max_buffer_delay_ms": 0,
        "continue": False,
    }
    assert server.connections[0].headers["Cartesia-Version"] == "2026-03-01"


async def test_s10_another_pace_and_other_sounds_are_asked_for(server: CartesiaServer) -> None:
    server.script(_speak)
    async with _cartesia(server) as cartesia:
        await _heard(cartesia, "SQL?", replace(VOICE, rate=1.1, say_as=(("SQL", "sequel"),)))

    (utterance,) = server.utterances
    assert utterance.request["generation_config"] == {"speed": 1.1}
    assert utterance.request["transcript"] == "sequel?"


async def test_a_wrong_key_is_refused(server: CartesiaServer) -> None:
    async with _cartesia(server, api_key="another") as cartesia:
        with pytest.raises(Refused, match="HTTP 401"):
            await _heard(cartesia)


async def test_an_agent_without_a_voice_here_is_refused_before_anything_is_sent(server: CartesiaServer) -> None:
    async with _cartesia(server) as cartesia:
        with pytest.raises(Refused, match="no voice"):
            await _heard(cartesia, voice=Voice("Joanna"))
    assert server.utterances == []


async def test_a_text_longer_than_is_sensible_is_refused_here(server: CartesiaServer) -> None:
    async with _cartesia(server) as cartesia:
        with pytest.raises(Refused, match="3001"):
            await _heard(cartesia, "x" * (MOST_CHARACTERS + 1))


async def test_many_utterances_share_a_connection_and_one_more_opens_another(server: CartesiaServer) -> None:
    all_asked = asyncio.Event()

    async def together(utterance: Utterance) -> None:
        if len(server.utterances) == CONTEXTS_PER_SOCKET + 1:
            all_asked.set()
        await all_asked.wait()
        await utterance.chunk(utterance.request["transcript"].encode())
        await utterance.done()

    texts = [f"number {number}" for number in range(CONTEXTS_PER_SOCKET + 1)]
    server.script(*[together] * len(texts))
    async with _cartesia(server) as cartesia, asyncio.TaskGroup() as tasks:
        speaking = [tasks.create_task(_heard(cartesia, text)) for text in texts]

    assert [task.result().decode() for task in speaking] == texts
    assert len(server.connections) == 2


async def test_one_utterance_after_another_takes_one_connection(server: CartesiaServer) -> None:
    server.script(*[_speak] * 3)
    async with _cartesia(server) as cartesia:
        for _ in range(3):
            assert await _heard(cartesia) == SOUND

    assert len(server.connections) == 1
    assert server.cancelled == []


async def test_what_is_cancelled_leaves_the_others_alone(server: CartesiaServer) -> None:
    async def slowly(utterance: Utterance) -> None:
        await utterance.chunk(SOUND[:1000])
        await server.changes.until(lambda: bool(server.cancelled))
        await utterance.chunk(SOUND[1000:])
        await utterance.done()

    async def for_ever(utterance: Utterance) -> None:
        await utterance.chunk(SOUND)
        await utterance.stall()
        await utterance.chunk(SOUND)  # on its way before the cancellation came

    server.script(slowly, for_ever)
    async with _cartesia(server) as cartesia, asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(_heard(cartesia, "one"))
        await server.changes.until(lambda: len(server.utterances) == 1)
        async with aclosing(cartesia.speak("two", VOICE)) as leaver, asyncio.timeout(PATIENCE_S):
            await anext(leaver)

    assert heard.result() == SOUND
    assert server.cancelled == ["utterance-2"]


async def test_a_kept_connection_that_was_closed_is_replaced_unnoticed(server: CartesiaServer) -> None:
    async def hang_up(utterance: Utterance) -> None:
        utterance.reset()

    server.script(_speak, hang_up, _speak)
    async with _cartesia(server) as cartesia:
        await _heard(cartesia)
        assert await _heard(cartesia) == SOUND

    assert len(server.connections) == 2


async def test_a_connection_on_which_nothing_comes_is_not_used_again(server: CartesiaServer) -> None:
    async def stall(utterance: Utterance) -> None:
        await utterance.stall()

    server.script(stall, _speak)
    async with _cartesia(server, first_byte_s=0.2) as cartesia:
        with pytest.raises(Unavailable, match="in time"):
            await _heard(cartesia)
        assert await _heard(cartesia) == SOUND

    assert len(server.connections) == 2


async def test_one_broken_connection_ends_all_that_is_spoken_on_it(server: CartesiaServer) -> None:
    async def begin(utterance: Utterance) -> None:
        await utterance.chunk(SOUND)
        await utterance.stall()

    async def break_off(utterance: Utterance) -> None:
        await utterance.chunk(SOUND)
        utterance.reset()

    server.script(begin, break_off)
    async with _cartesia(server) as cartesia, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(_failed(cartesia, "one"))
        await server.changes.until(lambda: len(server.utterances) == 1)
        second = tasks.create_task(_failed(cartesia, "two"))

    assert [str(task.result()) for task in (first, second)] == ["Cartesia closed the connection"] * 2


async def _failed(cartesia: Cartesia, text: str) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await _heard(cartesia, text)
    return caught.value
