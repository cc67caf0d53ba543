"""The turn webhook, as Twilio sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from functions.turns.turn import TurnDependencies, build_app
from functions.webhook import Door
from shared.ports import ModelText
from shared.usecases.take_turn import Talk
from tests.agents import SMALL
from tests.fakes import FakeCallStore, FakeLanguageModel, FakeTools
from tests.functions.carrier import AUTH_TOKEN, CALL, PUBLIC, post
from tests.ledger import FakeLedger
from tests.usecases.clinic import ADDRESSES, CALL_SID, NOW, answered, state

FIRST = "/twilio/turn?turn=1"
SECOND = "/twilio/turn?turn=2&heard=yes"


class Clinic:
    def __init__(self) -> None:
        self.store = FakeCallStore()
        self.model = FakeLanguageModel()
        self.ledger = FakeLedger()
        answered(self.store)
        self.app = self._app()

    def _app(self) -> Starlette:
        agents = {"front_door": replace(SMALL, vocabulary=("Maple Clinic", "check-up"))}

        @asynccontextmanager
        async def talk() -> AsyncIterator[Talk]:
            yield Talk(self.store, ADDRESSES, agents, self.model, {"front_door": FakeTools()}, self.ledger)

        return build_app(TurnDependencies(Door(PUBLIC, (AUTH_TOKEN,)), talk, lambda: NOW, lambda: "token"))


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


async def test_t7_a_call_is_greeted_and_listened_to(clinic: Clinic) -> None:
    reply = await post(clinic.app, FIRST, CALL)

    assert reply.text == (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        '<Say voice="Polly.Joanna-Neural" language="en-US">Hello. I am a machine.</Say>'
        '<Gather action="https://voice.example.com/twilio/turn?turn=2&amp;heard=yes" input="dtmf speech" timeout="7"'
        ' speechTimeout="1" numDigits="1" finishOnKey="#" language="en-US" hints="Maple Clinic, check-up"'
        ' actionOnEmptyResult="true">'
        '<Say voice="Polly.Joanna-Neural" language="en-US">How can I help?</Say></Gather>'
        "<Redirect>https://voice.example.com/twilio/turn?turn=2&amp;heard=yes</Redirect></Response>"
    )


async def test_t7_speech_is_answered_and_how_surely_it_was_heard_is_kept(clinic: Clinic) -> None:
    await post(clinic.app, FIRST, CALL)
    clinic.model.script(ModelText("Behind the building."))

    reply = await post(clinic.app, SECOND, {**CALL, "SpeechResult": "Is there parking? ", "Confidence": "0.91"})

    assert ">Behind the building.</Say></Gather>" in reply.text
    (caller,) = (entry.data for entry in clinic.store.log(CALL_SID) if entry.kind == "caller")
    assert (caller["text"], caller["confidence"]) == ("Is there parking?", 0.91)


@pytest.mark.parametrize("confidence", ["", "high", "NaN", "-1", "7"])
async def test_t7_a_confidence_that_is_none_is_unknown(clinic: Clinic, confidence: str) -> None:
    await post(clinic.app, FIRST, CALL)
    clinic.model.script(ModelText("Yes."))

    reply = await post(clinic.app, SECOND, {**CALL, "SpeechResult": "Hello", "Confidence": confidence})

    assert ">Yes.</Say>" in reply.text


async def test_t7_digits_and_silence_are_turns_too(clinic: Clinic) -> None:
    await post(clinic.app, FIRST, CALL)
    assert ">Are you there?</Say>" in (await post(clinic.app, SECOND, {**CALL, "SpeechResult": ""})).text
    typed = await post(clinic.app, "/twilio/turn?turn=3&heard=yes", {**CALL, "Digits": "0"})

    assert "<Redirect>https://voice.example.com/twilio/next</Redirect>" in typed.text


async def test_t7_a_long_speech_is_cut_not_refused(clinic: Clinic) -> None:
    await post(clinic.app, FIRST, CALL)
    clinic.model.script(ModelText("I see."))

    reply = await post(clinic.app, SECOND, {**CALL, "SpeechResult": "and then " * 1_000})

    assert ">I see.</Say>" in reply.text


@pytest.mark.parametrize("query", ["", "?turn=", "?turn=0", "?turn=one", "?turn=1&turn=2"])
async def test_a_turn_without_its_number_is_refused(clinic: Clinic, query: str) -> None:
    assert (await post(clinic.app, f"/twilio/turn{query}", CALL)).status_code == 400
    assert state(clinic.store).streams == 0


async def test_a_number_that_was_not_signed_is_refused(clinic: Clinic) -> None:
    reply = await post(clinic.app, FIRST, CALL, token="forged")

    assert reply.status_code == 403


async def test_what_goes_wrong_sends_the_carrier_to_its_fallback(clinic: Clinic) -> None:
    clinic.store.fail(RuntimeError("a defect"))  # type: ignore[arg-type]

    assert (await post(clinic.app, FIRST, CALL)).status_code == 500
