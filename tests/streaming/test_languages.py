"""A whole call in Hindi, with English among it, that changes to English: over a real socket, fakes behind the ports."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.agent_files import load
from shared.core.events import JsonValue
from shared.core.next_step import HangUp
from shared.ports import ModelToolCall, Transcript
from shared.usecases.stream_token import hash_token
from streaming.app import build_app
from streaming.voice_activity import VoiceActivity
from tests.fakes import FakeTools
from tests.streaming.conftest import NOW, Service, service_parts, serving
from tests.streaming.twilio import SILENCE, calling

HINDI = load(Path(__file__).parents[2] / "agents" / "front_door_hi.yaml")
TOKEN = "let-me-in"


@pytest.fixture
async def clinic(silero: VoiceActivity) -> AsyncIterator[Service]:
    with service_parts(silero) as service:
        booked: list[Mapping[str, str]] = []

        def book(arguments: Mapping[str, str]) -> Mapping[str, JsonValue]:
            booked.append(arguments)
            return {"reference": "A1"}

        tools = FakeTools(find_free_times=lambda _: {"options": ["09:30", "14:00"]}, book_appointment=book)
        vocabularies = {"front_door_hi": "hindi-words", "front_door_in": "english-words"}
        service.app = build_app(
            replace(service.app.deps, agents={"clinic": HINDI}, tools={"clinic": tools}, vocabularies=vocabularies)
        )
        service.tools = tools
        async with serving(service.app) as service.port:
            yield service


def calls(tool: str, **arguments: str) -> ModelToolCall:
    return ModelToolCall(f"t-{tool}", tool, json.dumps(arguments))


async def said(service: Service, call_sid: str, text: str, *, stream: int = 0, saves: int = 1) -> None:
    """The caller says something, once the agent has given them the floor so many times."""
    await service.listening(call_sid, saves)
    recogniser = await service.hearing.stream(stream)
    recogniser.say(Transcript(f"r{saves}", text, is_final=True, stable_words=len(text.split())))


async def spoken(service: Service, text: str) -> None:
    await service.voice.changes.until(lambda: any(text == each.text for each in service.voice.spoken))


async def test_s9_a_visit_is_booked_in_hindi_and_english_in_one_call(clinic: Service) -> None:
    call_sid = clinic.new_call()
    clinic.model.script(calls("book_appointment", service="सफ़ाई", day="monday", time="साढ़े नौ बजे subah"))
    clinic.model.script(calls("change_language", to="English"))
    clinic.model.script(calls("book_appointment", name="Meena Verma", phone="nine eight 7654 three two one zero"))
    async with calling(clinic.port, call_sid, TOKEN) as line:
        await said(clinic, call_sid, "मुझे Monday सुबह साढ़े नौ बजे cleaning करवानी है")
        await spoken(clinic, "आपका पूरा नाम क्या है?")
        await line.say(SILENCE * 5)
        await said(clinic, call_sid, "can we talk in English?", saves=2)
        await spoken(clinic, "May I have your first and last name?")
        await said(clinic, call_sid, "Meena Verma, नौ आठ seven six five four 3 2 1 0", stream=1, saves=3)
        await spoken(clinic, "Is that right?")
        clinic.model.script(calls("end_call"))
        await said(clinic, call_sid, "हाँ जी, that's right", stream=1, saves=4)
        await spoken(clinic, "Is there anything else I can do for you?")
        await said(clinic, call_sid, "no thank you bye", stream=1, saves=5)
        assert await line.closed() == 1000
    await clinic.idle()

    first, second = clinic.hearing.streams
    assert (first.language, first.mixed_with, first.vocabulary) == ("hi-IN", ("en-IN",), "hindi-words")
    assert (second.language, second.mixed_with, second.vocabulary) == ("en-IN", ("hi-IN",), "english-words")
    assert first.closed
    voices = [(each.voice.name, each.voice.language) for each in clinic.voice.spoken]
    assert (voices[0], voices[-1]) == (("Kajal", "hi-IN"), ("Kajal", "en-IN"))
    booked = [run for run in clinic.tools.runs if run.name == "book_appointment"]
    assert [dict(run.arguments) for run in booked] == [
        {
            "service": "cleaning",
            "day": "2026-11-23",
            "time": "09:30",
            "name": "Meena Verma",
            "phone": "9876543210",
        }
    ]
    assert clinic.call(call_sid).next_step == HangUp()
    assert [entry.data for entry in clinic.entries(call_sid, "language")] == [{"language": "en-IN"}]


async def test_s9_a_stream_that_is_lost_after_the_change_is_followed_by_one_in_the_new_language(
    clinic: Service,
) -> None:
    call_sid = clinic.new_call()
    clinic.model.script(calls("change_language", to="English"))
    async with calling(clinic.port, call_sid, TOKEN):
        await said(clinic, call_sid, "can we talk in English?")
        await clinic.listening(call_sid, 2)
    await clinic.idle()
    clinic.store.renew_token(call_sid, hash_token(TOKEN), NOW + timedelta(minutes=1))
    async with calling(clinic.port, call_sid, TOKEN, stream=2):
        await spoken(clinic, "I'm sorry, we were cut off for a moment.")
        again = await clinic.hearing.stream(2)

    assert (again.language, again.vocabulary) == ("en-IN", "english-words")
