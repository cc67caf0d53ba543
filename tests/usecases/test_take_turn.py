"""A call held turn by turn: the same conversation, in TwiML, that a stream may take over and give back."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.core.events import JsonValue
from shared.core.moved import Moved
from shared.core.next_step import HangUp, TakeMessage, TurnByTurn
from shared.ports import CallRecord, ModelText, ModelToolCall, Unavailable
from shared.usecases.answers import Verbs
from shared.usecases.record_stream_status import INCURABLE
from shared.usecases.stream_token import hash_token
from shared.usecases.take_turn import Talk, Turn, take_turn
from shared.wire.twiml import ConnectStream, Gather, Hangup, Redirect, Say
from tests.agents import SMALL
from tests.fakes import FakeCallStore, FakeLanguageModel, FakeTools
from tests.ledger import FakeLedger
from tests.usecases.clinic import ADDRESSES, CALL_SID, NOW, answered, state, streaming

WANTS = {"service": "cleaning", "day": "tuesday", "time": "nine"}
PHONE = "4155550132"
MINUTE = timedelta(minutes=1)


class Line:
    """A call, from the carrier's side: it asks for turns, and keeps what it was told."""

    def __init__(self, agent: str = "front_door", **streaming: bool) -> None:
        self.store = FakeCallStore()
        self.model = FakeLanguageModel()
        self.tools = FakeTools(
            free=lambda _: {"options": ["09:00", "15:00"]}, reserve=self._reserve, note=lambda _: {"noted": "yes"}
        )
        self.agent = replace(SMALL, **{"streaming": False, **streaming})  # type: ignore[arg-type]
        self.talk = Talk(self.store, ADDRESSES, {agent: self.agent}, self.model, {agent: self.tools}, FakeLedger())
        self.now = NOW
        self.number = 0
        self.verbs: Verbs = ()

    def _reserve(self, _: Mapping[str, str]) -> dict[str, JsonValue]:
        return {"reference": "B1"}

    async def greeted(self) -> "Line":
        answered(self.store)
        await self.turn(heard=False)
        return self

    async def turn(self, speech: str = "", *, heard: bool = True, **more: object) -> str:
        """The next turn; what the carrier was told to say."""
        self.number += 1
        turn = Turn(self.number, heard, speech, **more)  # type: ignore[arg-type]
        self.verbs = await take_turn(self.talk, CALL_SID, turn, token=f"token-{self.number}", now=self.now)
        return self.said

    async def again(self, speech: str = "") -> Verbs:
        turn = Turn(self.number, heard=True, speech=speech)
        return await take_turn(self.talk, CALL_SID, turn, token="again", now=self.now)

    @property
    def said(self) -> str:
        says = [verb for verb in self.verbs if isinstance(verb, Say)]
        says += [prompt for prompt in self.gather.prompts if isinstance(prompt, Say)] if self.listens else []
        return " ".join(say.text for say in says)

    @property
    def listens(self) -> bool:
        return any(isinstance(verb, Gather) for verb in self.verbs)

    @property
    def gather(self) -> Gather:
        (gather,) = (verb for verb in self.verbs if isinstance(verb, Gather))
        return gather

    async def wants(self, **arguments: str) -> str:
        self.model.script(ModelToolCall("1", "book", json.dumps(arguments)))
        return await self.turn("I'd like to book", confidence=0.9)


@pytest.fixture
async def line() -> Line:
    return await Line().greeted()


async def test_t7_the_greeting_is_said_and_what_must_be_heard_cannot_be_interrupted(line: Line) -> None:
    must, gather, after = line.verbs

    assert isinstance(must, Say)
    assert must.text == "Hello. I am a machine."
    assert isinstance(gather, Gather)
    assert [prompt.text for prompt in gather.prompts if isinstance(prompt, Say)] == ["How can I help?"]
    assert (gather.input, gather.action_on_empty_result, gather.language) == ("dtmf speech", True, SMALL.language)
    assert gather.action == ADDRESSES.turn_number(2, heard=True)
    assert after == Redirect(gather.action)


async def test_t7_a_whole_errand_is_done_turn_by_turn_and_the_record_has_every_word(line: Line) -> None:
    assert await line.wants(**WANTS) == "Your number?"
    assert (line.gather.num_digits, line.gather.speech_timeout) == (15, 2)
    assert "Right?" in await line.turn(digits=PHONE)
    assert line.gather.speech_timeout == 1
    assert "Booked" in await line.turn("yes", confidence=0.8)
    line.model.script(ModelToolCall("2", "end_call", "{}"))
    assert await line.turn("no, goodbye") == "Goodbye!"

    assert line.verbs[-1] == Redirect(ADDRESSES.next_step)
    assert state(line.store).next_step == HangUp()
    assert [run.name for run in line.tools.runs] == ["free", "reserve"]
    log = line.store.log(CALL_SID)
    assert [entry.data["text"] for entry in log if entry.kind == "caller"] == ["I'd like to book", "yes", "no, goodbye"]
    assert [entry.data.get("confidence") for entry in log if entry.kind == "caller"] == [0.9, 0.8, 1.0]
    said = " ".join(str(entry.data["text"]) for entry in log if entry.kind == "agent")
    assert said.startswith("Hello. I am a machine. How can I help? Your number?")
    assert said.endswith("Goodbye!")
    assert not [entry for entry in log if entry.kind == "turn_timing"]


async def test_t7_a_turn_delivered_again_gets_the_same_answer_and_does_nothing_again(line: Line) -> None:
    await line.wants(**WANTS)
    await line.turn(digits=PHONE)
    await line.turn("yes")
    log = line.store.log(CALL_SID)

    assert await line.again("yes") == line.verbs
    assert await line.again("something else") == line.verbs
    assert [run.name for run in line.tools.runs] == ["free", "reserve"]
    assert line.store.log(CALL_SID) == log


async def test_t7_the_last_turn_delivered_again_says_goodbye_again(line: Line) -> None:
    line.model.script(ModelToolCall("2", "end_call", "{}"))
    await line.turn("goodbye")

    assert await line.again("goodbye") == line.verbs == (*line.verbs[:1], Redirect(ADDRESSES.next_step))


async def test_t7_two_deliveries_at_once_agree_on_one_answer(line: Line) -> None:
    gate = asyncio.Event()
    line.model.script(gate, ModelText("Behind the building."))
    line.model.script(gate, ModelText("In front of it."))
    line.number = 2
    both = [asyncio.ensure_future(line.again("is there parking")) for _ in range(2)]
    await line.model.changes.until(lambda: len(line.model.asked) == 2)
    gate.set()

    first, second = [await answer for answer in both]
    assert first == second
    assert [entry.kind for entry in line.store.log(CALL_SID)].count("caller") == 1


async def test_t7_silence_is_asked_after_and_ends_in_a_goodbye(line: Line) -> None:
    assert await line.turn() == "Are you there?"
    assert await line.turn() == "Hello?"
    assert await line.turn() == "I'll hang up now."
    assert state(line.store).next_step == HangUp()


async def test_t7_what_nobody_understands_ends_at_people(line: Line) -> None:
    for _ in range(SMALL.limits.misunderstandings):
        line.model.script()
        await line.turn("mumble")
    assert isinstance(state(line.store).next_step, TakeMessage)


async def test_t7_zero_leads_to_people(line: Line) -> None:
    assert line.gather.num_digits == 1
    assert await line.turn(digits="0") == "I'll take a message."
    assert state(line.store).next_step == TakeMessage("Leave your message.", "keypad")


async def test_t7_words_heard_badly_are_asked_again() -> None:
    sure = replace(
        SMALL,
        tasks=tuple(
            replace(task, slots=tuple(replace(slot, sure_from=0.8) for slot in task.slots)) for task in SMALL.tasks
        ),
    )
    line = Line()
    line.talk = replace(line.talk, agents={"front_door": sure})
    await line.greeted()
    line.model.script(ModelToolCall("1", "book", json.dumps({"service": "cleaning"})))
    await line.turn("a cleaning", confidence=0.2)
    assert [entry.data["unsure"] for entry in line.store.log(CALL_SID) if entry.kind == "asked_again"] == [True]


async def test_t7_a_model_out_of_reach_is_excused_once_and_then_people_take_over(line: Line) -> None:
    line.model.script(Unavailable("down"))
    assert await line.turn("hello") == "I had a problem. Say that again?"
    line.model.script(Unavailable("down"))
    await line.turn("hello")
    assert state(line.store).next_step == TakeMessage("Leave your message.", "model")


async def test_t7_a_model_that_stalls_is_given_up_in_time(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.usecases.take_turn.ANSWER_S", 0.05)
    line.model.script(asyncio.Event())
    assert await line.turn("hello") == "I had a problem. Say that again?"


async def test_t7_a_tool_that_stalls_is_given_up_in_time(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.usecases.take_turn.ANSWER_S", 0.05)
    line.tools.held["free"] = asyncio.Event()
    await line.wants(**WANTS)
    assert state(line.store).next_step == TakeMessage("Leave your message.", "tool")


async def test_t7_a_call_has_its_time(line: Line) -> None:
    line.now = NOW + timedelta(milliseconds=SMALL.limits.call_ms) + MINUTE
    assert await line.turn("hello") == "Our time is up."
    assert state(line.store).next_step == HangUp()


# --- between turns and streams


async def test_t7_a_stream_takes_over_with_what_the_turn_would_have_said() -> None:
    line = await Line(streaming=True).greeted()
    await line.wants(service="cleaning", day="tuesday")
    line.now = NOW + MINUTE

    line.model.script(ModelToolCall("1", "book", '{"time": "nine"}'))
    await line.turn("at nine")

    (stream, after) = line.verbs
    assert isinstance(stream, ConnectStream)
    assert after == Redirect(ADDRESSES.next_step)
    assert line.store.claim_stream(CALL_SID, hash_token(stream.parameters["token"]), line.now) == line.number + 1
    moved = Moved.read(state(line.store).progress or {})
    assert moved is not None
    assert [said.text for said in moved.unsaid] == ["Your number?"]


async def test_t7_a_stream_that_was_refused_costs_no_word() -> None:
    line = await Line(streaming=True).greeted()
    line.model.script(ModelText("Behind the building."))
    line.now = NOW + MINUTE
    await line.turn("is there parking")
    assert isinstance(line.verbs[0], ConnectStream)

    assert await line.turn(heard=False) == "Behind the building."


async def test_t7_streams_are_tried_ever_more_seldom() -> None:
    line = await Line(streaming=True).greeted()
    tried = []
    for seconds in range(0, 900, 15):
        line.now = NOW + timedelta(seconds=seconds)
        line.model.script(ModelText("Yes."))
        await line.turn("well")
        if isinstance(line.verbs[0], ConnectStream):
            tried.append(seconds)
            await line.turn(heard=False)

    assert tried == [60, 120, 240, 480]


async def test_t7_a_stream_that_can_never_work_is_not_tried() -> None:
    line = await Line(streaming=True).greeted()
    line.store.set_next_step(CALL_SID, INCURABLE, stream=1)
    line.now = NOW + MINUTE
    line.model.script(ModelText("Yes."))
    assert await line.turn("well") == "Yes."


async def test_t7_a_call_moved_from_a_stream_goes_on_with_what_was_not_heard() -> None:
    line = Line()
    stream = streaming(line.store, then=TurnByTurn("synthesis"))
    line.store.save_progress(CALL_SID, moved(await far(line), "Then comes that."), stream=stream)
    line.number = stream

    assert await line.turn(heard=False) == "Then comes that."


async def test_t7_words_that_no_stream_answered_are_answered() -> None:
    line = Line()
    stream = streaming(line.store, then=TurnByTurn("recognition"))
    line.store.save_progress(
        CALL_SID, {**await far(line), "moved": {"unsaid": [], "heard": "is there parking"}}, stream=1
    )
    line.number = stream
    line.model.script(ModelText("Behind the building."))

    assert await line.turn(heard=False) == "Behind the building. Which day?"
    assert line.model.asked[-1].messages[-1]["content"] == "is there parking"


async def far(line: Line) -> Mapping[str, JsonValue]:
    """The progress of a call that is under way."""
    other = await Line().greeted()
    await other.wants(service="cleaning")
    return {key: value for key, value in (state(other.store).progress or {}).items() if key != "moved"}


def moved(progress: Mapping[str, JsonValue], *unsaid: str) -> Mapping[str, JsonValue]:
    return {**progress, "moved": {"unsaid": list(unsaid), "heard": ""}}


# --- what may be amiss


async def test_an_unknown_call_gets_an_apology() -> None:
    line = Line()
    await line.turn(heard=False)
    assert line.verbs[-1] == Hangup()


async def test_an_ended_call_is_hung_up(line: Line) -> None:
    line.store.finish(CALL_SID, "caller-left", NOW)
    await line.turn("hello")
    assert line.verbs == (Hangup(),)


async def test_a_call_that_was_left_to_people_is_sent_on(line: Line) -> None:
    line.store.set_next_step(CALL_SID, TakeMessage("x", "y"), stream=1)
    await line.turn("hello")
    assert line.verbs == (Redirect(ADDRESSES.next_step),)


async def test_a_call_whose_agent_is_gone_is_sent_on_with_an_apology() -> None:
    line = Line(agent="another")
    answered(line.store)
    await line.turn(heard=False)
    assert line.verbs == (Redirect(ADDRESSES.next_step),)


async def test_a_store_that_fails_is_told_to_the_carrier(line: Line) -> None:
    line.store.fail(Unavailable("down"))
    with pytest.raises(Unavailable):
        await line.turn("hello")


class ForgetfulStore(FakeCallStore):
    """Lines of the record are lost."""

    def append(self, *_: object) -> bool:
        raise Unavailable("down")


async def test_a_record_that_cannot_be_written_does_not_cost_the_caller_the_answer() -> None:
    line = Line()
    line.store = ForgetfulStore()
    line.talk = replace(line.talk, store=line.store)
    await line.greeted()
    assert line.said.endswith("How can I help?")


class EndingStore(FakeCallStore):
    """The caller hangs up while the answer is made."""

    def take_turn(self, call_sid: str, *_: object, **__: object) -> bool:
        self.finish(call_sid, "caller-left", NOW)
        return False

    def at(self, _: datetime) -> CallRecord:
        return state(self)


async def test_a_caller_who_leaves_in_the_meantime_is_answered_all_the_same() -> None:
    line = Line()
    line.store = EndingStore()
    line.talk = replace(line.talk, store=line.store)
    await line.greeted()
    assert line.verbs
