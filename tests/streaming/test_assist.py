"""A conversation of a caller with a person is listened to, over real sockets; and nothing of it touches the call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.exceptions import InvalidStatus

from shared.core.next_step import HandOver
from shared.ports import ModelText, ModelToolCall, Transcript, Unavailable
from shared.usecases.stream_token import assist_token, assist_url
from shared.wire import signature, twilio_media_carrier
from tests.streaming.conftest import MAX_CALLS, NOW, Service
from tests.streaming.twilio import AUTH_TOKEN, STREAM_URL, TwilioSocket, calling, speech, upgraded

SIGNED = signature.sign(AUTH_TOKEN, assist_url(STREAM_URL))
POLICY = 1008


def final(text: str) -> Transcript:
    return Transcript("r1", text, is_final=True, stable_words=len(text.split()))


class BothTracks(TwilioSocket):
    """The stream of `<Start><Stream track="both_tracks">`."""

    async def begin(self, call_sid: str, **parameters: str) -> None:
        await self.text(twilio_media_carrier.connected())
        account, tracks = "AC" + "0" * 32, ("inbound", "outbound")
        await self.text(
            twilio_media_carrier.start(
                self.stream_sid,
                self._next(),
                account_sid=account,
                call_sid=call_sid,
                parameters=parameters,
                tracks=tracks,
            )
        )

    async def hears(self, track: str, ulaw: bytes) -> None:
        sequence = self._next()
        await self.text(
            twilio_media_carrier.media(
                self.stream_sid, sequence, chunk=sequence, timestamp_ms=20 * sequence, ulaw=ulaw, track=track
            )
        )


@asynccontextmanager
async def listening(
    service: Service, call_sid: str, *, attempt: str = "1", token: str | None = None
) -> AsyncIterator[BothTracks]:
    """A stream beside a call that people have taken."""
    right = assist_token(service.call(call_sid), int(attempt) if attempt.isdecimal() else 1)
    async with upgraded(service.port, signed=SIGNED, path="/assist") as connection, asyncio.TaskGroup() as tasks:
        line = BothTracks(connection, f"MZ{7:032x}")
        reading = tasks.create_task(line.listen())
        await line.begin(call_sid, token=right if token is None else token, attempt=attempt)
        yield line
        await connection.close()
        reading.cancel()


def with_people(service: Service, number: int = 1) -> str:
    call_sid = service.new_call(number)
    assert service.store.set_next_step(call_sid, HandOver("desk", "asked", answered=True), stream=0)
    return call_sid


async def test_x3_both_sides_are_written_down_and_the_callers_sentence_brings_a_suggestion(service: Service) -> None:
    call_sid = with_people(service)
    service.model.script(ModelText("We open "), ModelText("at eight."))
    async with listening(service, call_sid) as line:
        voice = speech()
        await line.hears("inbound", voice[:160])
        await line.hears("outbound", voice[160:320])
        caller, person = await service.hearing.stream(0), await service.hearing.stream(1)
        await service.hearing.changes.until(lambda: bytes(caller.audio) == voice[:160] and len(person.audio) == 160)
        person.say(final("How can I help?"))
        await service.store.changes.until(lambda: bool(service.entries(call_sid, "person")))
        caller.say(final("when do you open"))
        await service.store.changes.until(lambda: bool(service.entries(call_sid, "suggestion")))
        assert line.commands == []
        await line.stop(call_sid)
        await line.closed()
    assert [(entry.kind, entry.data.get("text")) for entry in service.store.log(call_sid)][1:3] == [
        ("person", "How can I help?"), ("caller", "when do you open"),
    ]  # fmt: skip
    suggestion = service.entries(call_sid, "suggestion")[0].data
    assert (suggestion["reply"], suggestion["to"]) == ("We open at eight.", "when do you open")
    assert service.model.asked[0].messages[-2:] == (
        {"role": "assistant", "content": "How can I help?"}, {"role": "user", "content": "when do you open"},
    )  # fmt: skip
    assert service.call(call_sid).ended_at is None
    assert caller.closed
    assert person.closed


async def test_the_form_fills_itself_while_people_talk(service: Service) -> None:
    call_sid = with_people(service)
    service.model.script(ModelToolCall("c1", "look_up", '{"number": "1 2 3 4"}'))
    async with listening(service, call_sid):
        (await service.hearing.stream(0)).say(final("my number is one two three four"))
        await service.store.changes.until(lambda: bool(service.entries(call_sid, "noted")))
    assert service.entries(call_sid, "noted")[0].data == {"task": "look_up", "slots": {"number": "1234"}}


async def test_a_model_that_fails_costs_a_suggestion_and_nothing_else(service: Service) -> None:
    call_sid = with_people(service)
    service.model.script(Unavailable("down"))
    service.model.script(ModelText("At eight."))
    async with listening(service, call_sid):
        caller = await service.hearing.stream(0)
        caller.say(final("when do you open"))
        await service.model.changes.until(lambda: len(service.model.asked) == 1)
        caller.say(final("I said when do you open"))
        await service.store.changes.until(lambda: bool(service.entries(call_sid, "suggestion")))
    assert len(service.entries(call_sid, "caller")) == 2


async def test_recognition_that_is_lost_ends_the_help_and_not_the_call(service: Service) -> None:
    call_sid = with_people(service)
    async with listening(service, call_sid) as line:
        (await service.hearing.stream(0)).fail(Unavailable("down"))
        await line.closed()
    assert service.call(call_sid).ended_at is None


@pytest.mark.parametrize(("token", "attempt"), [("wrong", "1"), ("", "1"), (None, "x")])
async def test_r4_nobody_listens_without_the_token_of_a_conversation(
    service: Service, token: str | None, attempt: str
) -> None:
    async with listening(service, with_people(service), token=token, attempt=attempt) as line:
        assert await line.closed() == POLICY
    assert service.hearing.streams == []


async def test_r4_a_conversation_is_listened_to_once_and_only_while_it_goes_on(service: Service) -> None:
    call_sid = with_people(service)
    async with listening(service, call_sid) as first:
        await service.hearing.stream(1)
        async with listening(service, call_sid) as again:
            assert await again.closed() == POLICY
        await first.stop(call_sid)
        await first.closed()
    with_agent = service.new_call(2)
    over = with_people(service, 3)
    service.store.finish(over, "completed", NOW)
    for other in (with_agent, over):
        async with listening(service, other) as line:
            assert await line.closed() == POLICY


async def test_r4_an_upgrade_that_the_carrier_has_not_signed_is_refused(service: Service) -> None:
    for signed in (None, "", signature.sign(AUTH_TOKEN, STREAM_URL)):
        with pytest.raises(InvalidStatus) as error:
            async with upgraded(service.port, signed=signed, path="/assist"):
                pass
        assert error.value.response.status_code == 403


async def test_live_calls_come_first(service: Service) -> None:
    helped = with_people(service)
    async with listening(service, helped) as line:
        await service.hearing.stream(1)
        for number in range(2, MAX_CALLS + 1):
            assert service.app.calls.admit(), number
        with pytest.raises(InvalidStatus) as error:
            async with upgraded(service.port, signed=SIGNED, path="/assist"):
                pass
        assert error.value.response.status_code == 503
        async with calling(service.port, service.new_call(9), "let-me-in"):
            await line.closed()
    for _ in range(2, MAX_CALLS + 1):
        service.app.calls.release()


def test_the_address_is_that_of_the_streams_with_a_path_of_its_own() -> None:
    assert assist_url("wss://voice.example.com/media") == "wss://voice.example.com/assist"
    assert assist_url("wss://voice.example.com") == "wss://voice.example.com/assist"
