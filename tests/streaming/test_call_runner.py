"""Whole conversations over a real socket, with fakes behind the ports."""

import asyncio
import gc
from datetime import timedelta

import pytest

from shared.core.actions import Action
from shared.core.call import Call
from shared.core.events import DigitPressed, Event
from shared.core.moved import Moved
from shared.core.next_step import HangUp, TakeMessage, TurnByTurn
from shared.core.take_over import taken_over_by
from shared.ports import ModelText, ModelToolCall, Transcript, Unavailable
from shared.usecases.stream_token import hash_token
from streaming.call_runner import CallRunner
from streaming.effects import Effects
from streaming.hearing import Hearing
from streaming.media_socket import MediaSocket
from tests.streaming.conftest import MAX_CALLS, NOW, Service
from tests.streaming.twilio import SILENCE, TwilioSocket, calling, speech

GREETING = ["Harbour Clinic.", "I am a machine.", "How may I help?"]
TOKEN = "let-me-in"
CLOSED, FAILED, RESTART, POLICY = 1000, 1011, 1012, 1008


def final(text: str, result_id: str = "r1") -> Transcript:
    return Transcript(result_id, text, is_final=True, stable_words=len(text.split()))


def texts(service: Service) -> list[str]:
    return [spoken.text for spoken in service.voice.spoken]


async def said(service: Service, call_sid: str, text: str, *, stream: int = 0) -> None:
    """The caller says something, once the agent has finished."""
    await service.listening(call_sid, service.store.saves[call_sid] or 1)
    (await service.hearing.stream(stream)).say(final(text))


async def heard_until_clear(line: TwilioSocket) -> None:
    """The caller speaks over the agent, at the pace of a line, until the agent falls silent."""
    voice = speech()
    for at in range(0, len(voice), 160):
        if line.clears:
            return
        await line.say(voice[at : at + 160])
        await asyncio.sleep(0.002)
    raise AssertionError("the agent went on speaking")


async def test_the_greeting_is_spoken_in_order_and_closed_by_marks(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        await service.listening(call_sid)

        assert line.sound == b"".join(service.voice.audio(text) for text in GREETING)
        assert line.marks == ["0:1", "0:2", "0:3"]
        assert all(spoken.cached and spoken.voice.name == "Joanna" for spoken in service.voice.spoken)


async def test_p3_a_caller_is_understood_answered_and_bidden_goodbye(service: Service) -> None:
    call_sid = service.new_call()
    service.model.script(ModelText("We open "), ModelText("at eight. Bye now."), ModelToolCall("t1", "end_call", "{}"))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "when do you open")
        assert await line.closed() == CLOSED
    await service.idle()

    assert texts(service)[3:] == ["We open at eight.", "Bye now.", "Goodbye."]
    assert service.model.asked[0].messages[-1] == {"role": "user", "content": "when do you open"}
    assert service.call(call_sid).next_step == HangUp()
    agent = [entry.data["text"] for entry in service.entries(call_sid, "agent")]
    assert agent == [*GREETING, "We open at eight.", "Bye now.", "Goodbye."]
    timing = service.entries(call_sid, "turn_timing")[0].data
    assert {"gap_ms", "end_of_turn_ms", "model_ms", "synthesis_ms"} <= timing.keys()


async def test_recognition_hears_every_byte_from_the_first_and_is_closed_at_the_end(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        voice = speech()
        await line.say(voice)
        hearing = await service.hearing.stream()
        await service.hearing.changes.until(lambda: len(hearing.audio) == len(voice))
        assert hearing.audio == voice
    await service.idle()
    assert (hearing.language, hearing.vocabulary, hearing.closed) == ("en-US", "clinic-words", True)


async def test_s4_speech_over_the_agent_clears_the_line_and_late_sound_is_dropped(service: Service) -> None:
    call_sid = service.new_call()
    answer = "It is a long story that begins in spring."
    rest = service.voice.hold(answer)
    service.model.script(ModelText(answer))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "tell me")
        line.plays = False
        await line.until(lambda: len(line.sound) > sum(len(service.voice.audio(text)) for text in GREETING))
        before = len(line.sound)
        await heard_until_clear(line)
        rest.set()
        await line.say(SILENCE * 20)
        await service.voice.changes.until(lambda: answer in service.voice.stopped)
        await line.mark("2:4")
        assert (line.clears, len(line.sound)) == (1, before)
    await service.idle()
    assert answer not in [entry.data["text"] for entry in service.entries(call_sid, "agent")]


async def test_keys_fill_a_slot_and_the_tools_answer_is_spoken(service: Service) -> None:
    call_sid = service.new_call()
    service.model.script(ModelToolCall("t1", "look_up", "{}"))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "look me up")
        await service.listening(call_sid, 2)
        for digit in "12A34":
            await line.press(digit)
        await service.tools.changes.until(lambda: bool(service.tools.runs))
        await service.listening(call_sid, 3)
    run = service.tools.runs[0]
    assert (run.name, dict(run.arguments)) == ("find_patient", {"number": "1234"})
    assert "Found you." in texts(service)


async def test_a_tool_that_stalls_is_given_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.effects.TOOL_S", 0.05)
    call_sid = service.new_call()
    service.tools.held["find_patient"] = asyncio.Event()
    service.model.script(ModelToolCall("t1", "look_up", '{"number": "1234"}'))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "look me up")
        assert await line.closed() == CLOSED
    await service.idle()
    assert service.call(call_sid).next_step == TakeMessage("Speak after the tone.", "tool")


async def test_recognition_that_is_lost_is_named_and_the_call_goes_on_turn_by_turn(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        await service.listening(call_sid)
        (await service.hearing.stream()).fail(Unavailable("gone"))
        assert await line.closed() == CLOSED
    await service.idle()
    assert service.call(call_sid).next_step == TurnByTurn("recognition")
    assert Moved.read(service.call(call_sid).progress or {}) == Moved()
    failed = [line.__dict__ for line in caplog.records if line.message == "provider_failed"]
    assert [(line["provider"], line["error"]) for line in failed] == [("recognition", "Unavailable")]


async def test_a_model_that_fails_is_excused_once_and_then_given_up(service: Service) -> None:
    call_sid = service.new_call()
    service.model.script(Unavailable("down"))
    service.model.script(Unavailable("down"))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "hello there")
        await service.listening(call_sid, 2)
        assert texts(service)[-1] == "Please say that again."
        await said(service, call_sid, "hello again")
        assert await line.closed() == CLOSED
    await service.idle()
    assert service.call(call_sid).next_step == TakeMessage("Speak after the tone.", "model")


async def test_a_model_that_stalls_is_excused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.effects.FIRST_WORD_S", 0.05)
    call_sid = service.new_call()
    service.model.script(asyncio.Event())
    async with calling(service.port, call_sid, TOKEN):
        await said(service, call_sid, "hello there")
        await service.listening(call_sid, 2)
    assert texts(service)[-1] == "Please say that again."
    assert service.model.cancelled == [0]


async def test_a_voice_that_fails_leaves_the_call_to_the_carriers(service: Service) -> None:
    call_sid = service.new_call()
    service.voice.fail(GREETING[1], Unavailable("down"))
    async with calling(service.port, call_sid, TOKEN) as line:
        assert await line.closed() == CLOSED
    await service.idle()
    assert service.call(call_sid).next_step == TurnByTurn("synthesis")
    moved = Moved.read(service.call(call_sid).progress or {})
    assert moved is not None
    assert GREETING[1] in [line.text for line in moved.unsaid]


async def test_a_voice_that_stalls_in_mid_sentence_is_given_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming.effects.NEXT_SOUND_S", 0.05)
    call_sid = service.new_call()
    service.voice.hold(GREETING[0])
    async with calling(service.port, call_sid, TOKEN) as line:
        assert await line.closed() == CLOSED
    assert GREETING[0] in service.voice.stopped


async def test_stop_finishes_the_call_and_its_record_is_complete(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        await service.listening(call_sid)
        await line.stop(call_sid)
        await line.closed()
    await service.idle()
    assert service.call(call_sid).outcome == "caller-left"
    assert [entry.data["text"] for entry in service.entries(call_sid, "agent")] == GREETING


async def test_x3_the_end_of_a_stream_is_not_the_calls_when_a_person_takes_it_over(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        await service.listening(call_sid)
        assert service.store.take_over(call_sid, taken_over_by("sam"), stream=1)
        await line.stop(call_sid)
        await line.closed()
    await service.idle()
    assert service.call(call_sid).ended_at is None
    assert service.call(call_sid).next_step == taken_over_by("sam")


async def test_x3_what_the_agent_was_about_to_do_is_not_done_once_a_person_takes_the_call_over(
    service: Service,
) -> None:
    call_sid = service.new_call()
    service.model.script(ModelToolCall("t1", "end_call", "{}"))
    async with calling(service.port, call_sid, TOKEN) as line:
        await service.listening(call_sid)
        assert service.store.take_over(call_sid, taken_over_by("sam"), stream=1)
        await said(service, call_sid, "goodbye")
        assert await line.closed() == CLOSED
    await service.idle()
    assert service.call(call_sid).next_step == taken_over_by("sam")


async def test_s7_what_was_wrong_with_the_sound_is_in_the_record(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        await service.listening(call_sid)
        await line.say(speech()[:8_000])
        (await service.hearing.stream(0)).dropped_ms = 40
        await line.stop(call_sid)
        await line.closed()
    await service.idle()
    (found,) = [entry.data for entry in service.entries(call_sid, "audio_in")]
    assert found["heard_ms"] == 1_000
    assert (found["gaps_ms"], found["late"], found["dropped_ms"]) == (0, 0, 40)
    assert isinstance(found["level_dbfs"], float)


async def test_a_socket_that_breaks_in_mid_sentence_is_not_the_end_of_the_call(service: Service) -> None:
    call_sid = service.new_call()
    service.voice.hold(GREETING[0])
    async with calling(service.port, call_sid, TOKEN) as line:
        await line.until(lambda: bool(line.sound))
        line.connection.transport.abort()
        await line.closed()
    await service.idle()
    assert GREETING[0] in service.voice.stopped
    record = service.call(call_sid)
    assert (record.ended_at, record.next_step) == (None, None)


async def test_a_line_that_goes_dead_without_closing_is_let_go(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming.call_runner.SILENT_LINE_S", 0.1)
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        assert await line.closed() == CLOSED


async def test_a_newer_stream_takes_the_call_over_and_goes_on(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as first:
        service.model.script(ModelToolCall("t1", "look_up", "{}"))
        await said(service, call_sid, "look me up")
        await service.listening(call_sid, 2)
        service.store.renew_token(call_sid, hash_token("again"), NOW + timedelta(minutes=1))
        async with calling(service.port, call_sid, "again", stream=2) as second:
            assert await first.closed() == CLOSED
            await service.listening(call_sid, 3)
            assert second.sound == service.voice.audio("We were cut off.") + service.voice.audio("Which number?")
            assert second.close_code is None


async def test_t13_calls_at_the_same_time_do_not_touch_each_other(service: Service) -> None:
    one, two = service.new_call(1, token="one"), service.new_call(2, token="two")
    service.model.script(ModelText("Only for the first."))
    async with calling(service.port, one, "one") as first, calling(service.port, two, "two", stream=2) as second:
        await service.listening(one)
        await service.listening(two)
        await second.say(speech())
        (await service.hearing.stream(0)).say(final("anybody there"))
        await service.listening(one, 2)
        assert first.sound.endswith(service.voice.audio("Only for the first."))
        assert second.sound == b"".join(service.voice.audio(text) for text in GREETING)
        assert (await service.hearing.stream(0)).audio == b""


async def test_a_flood_of_nonsense_costs_only_its_own_call(service: Service) -> None:
    one, two = service.new_call(1, token="one"), service.new_call(2, token="two")
    async with calling(service.port, one, "one") as good, calling(service.port, two, "two", stream=2) as bad:
        await service.listening(two)
        for nonsense in ('{"event":', "[]", '{"event":"media"}', '{"event":"jingle"}', "\0" * 1_000) * 20:
            await bad.text(nonsense)
        assert await bad.closed() == CLOSED
        await service.listening(one)
        await good.say(SILENCE)
        await service.hearing.changes.until(lambda: any(stream.audio for stream in service.hearing.streams))
        assert good.close_code is None


async def test_an_oversized_message_closes_its_socket_with_1009(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        await line.text('{"event":"media","pad":"' + "x" * 70_000 + '"}')
        assert await line.closed() == 1009
    await service.idle()
    assert service.call(call_sid).ended_at is None


async def test_a_defect_in_one_call_ends_only_that_call(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Call.handle

    def breaks(call: Call, event: Event, at_ms: int) -> list[Action]:
        if isinstance(event, DigitPressed):
            raise RuntimeError("a defect")
        return handle(call, event, at_ms)

    monkeypatch.setattr(Call, "handle", breaks)
    one, two = service.new_call(1, token="one"), service.new_call(2, token="two")
    async with calling(service.port, one, "one") as first, calling(service.port, two, "two", stream=2) as second:
        await service.listening(one)
        await service.listening(two)
        await second.press("1")
        assert await second.closed() == FAILED
        service.model.script(ModelText("Yes, hello."))
        await said(service, one, "hello there", stream=0)
        await service.listening(one, 2)
        assert first.sound.endswith(service.voice.audio("Yes, hello."))


async def test_a_call_that_is_let_go_closes_as_restarting_and_keeps_its_progress(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, TOKEN) as line:
        await service.listening(call_sid)
        service.app.calls.leave_all()
        assert await line.closed() == RESTART
    await service.idle()
    record = service.call(call_sid)
    assert record.progress is not None
    assert (record.ended_at, record.next_step) == (None, None)


async def test_a_call_let_go_in_mid_sentence_keeps_what_the_caller_said_before_its_socket_closes(
    service: Service,
) -> None:
    call_sid = service.new_call()
    service.model.script(ModelToolCall("t1", "look_up", "{}"))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "look me up")
        line.plays = False
        await line.until(lambda: len(line.marks) == 4)
        service.app.calls.leave_all()
        assert await line.closed() == RESTART
        kept = service.call(call_sid).progress
    assert kept is not None
    assert isinstance(kept["task"], dict)
    assert (kept["task"]["task"], kept["task"]["waiting_for"]) == ("look_up", "number")


async def test_a_call_let_go_while_a_tool_works_keeps_what_the_tool_has_done(service: Service) -> None:
    call_sid = service.new_call()
    working = service.tools.held["find_patient"] = asyncio.Event()
    service.model.script(ModelToolCall("t1", "look_up", '{"number": "1234"}'))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "look up one two three four")
        await service.tools.changes.until(lambda: bool(service.tools.runs))
        service.app.calls.leave_all()
        working.set()
        assert await line.closed() == RESTART
        kept = service.call(call_sid).progress
    assert kept is not None
    assert (kept["task"], kept["runs"]) == (None, 1)


async def test_a_call_let_go_in_the_middle_of_its_goodbye_ends_there(service: Service) -> None:
    call_sid = service.new_call()
    service.model.script(ModelToolCall("t1", "end_call", "{}"))
    async with calling(service.port, call_sid, TOKEN) as line:
        await said(service, call_sid, "that is all")
        line.plays = False
        await line.until(lambda: len(line.marks) == 4)
        service.app.calls.leave_all()
        assert await line.closed() == CLOSED
    assert service.call(call_sid).next_step == HangUp()


async def test_nothing_is_left_of_calls_that_are_over(service: Service) -> None:
    async def one(number: int) -> None:
        call_sid = service.new_call(number, token=f"token-{number}")
        async with calling(service.port, call_sid, f"token-{number}", stream=number) as line:
            await line.until(lambda: bool(line.sound))
            await line.say(speech()[:4_000])
            if number % 2:
                await line.stop(call_sid)

    tasks = len(asyncio.all_tasks())
    for number in range(1, 4 * MAX_CALLS, MAX_CALLS):
        await asyncio.gather(*(one(number + at) for at in range(MAX_CALLS)))
        await service.idle()
    async with asyncio.timeout(10):
        while _left() or len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110 - the garbage collector has no event
            await asyncio.sleep(0.02)
    assert service.voice_activity.free == MAX_CALLS


async def test_a_call_that_is_over_is_let_go_of_without_waiting_for_the_garbage_collector(service: Service) -> None:
    call_sid = service.new_call()
    service.model.script(asyncio.Event())
    gc.collect()
    gc.disable()
    try:
        async with calling(service.port, call_sid, TOKEN) as line:
            await said(service, call_sid, "hello there")
            await service.model.changes.until(lambda: bool(service.model.asked))
            await line.stop(call_sid)
        await service.idle()
        async with asyncio.timeout(10):
            while _of_a_call():  # noqa: ASYNC110 - a reference that goes has no event
                await asyncio.sleep(0.02)
    finally:
        gc.enable()


def _of_a_call() -> list[object]:
    return [found for found in gc.get_objects() if isinstance(found, CallRunner | Effects | Hearing | MediaSocket)]


def _left() -> list[object]:
    """What still refers to a call; objects of the transport die a turn of the loop after their call."""
    gc.collect()
    return [found for found in gc.get_objects() if isinstance(found, CallRunner | TwilioSocket)]
