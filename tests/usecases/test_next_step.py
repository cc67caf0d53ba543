"""When a stream is over the caller is never left in silence, and nothing loops."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.core.agent import Agent, Voice
from shared.core.next_step import Apologise, HangUp, TakeMessage, TurnByTurn
from shared.ports import CallRecord
from shared.usecases.answers import MESSAGE_MAX_S, MESSAGE_SILENCE_S, TROUBLE, Addresses, Verbs
from shared.usecases.next_step import MAX_RECONNECTS, Recording, next_step
from shared.usecases.stream_token import hash_token
from shared.wire.twiml import ConnectStream, Hangup, Record, Redirect, Say
from tests.fakes import FakeCallStore
from tests.usecases.clinic import (
    ADDRESSES,
    AGENT,
    AGENTS,
    CALL_SID,
    GOODBYE,
    MESSAGE,
    NOW,
    SECOND,
    answered,
    nobody,
    state,
    streaming,
    token_of,
)

LEFT = Recording("https://api.example.com/Accounts/AC1/Recordings/RE1", 12)


def _again(
    store: FakeCallStore,
    agents: Mapping[str, Agent],
    addresses: Addresses = ADDRESSES,
    at: datetime = NOW,
    token: str = "fresh",
) -> Verbs:
    return next_step(store, addresses, agents, CALL_SID, token=token, now=at, put_through=nobody, take_payment=nobody)


def _next(store: FakeCallStore, token: str = "fresh", recording: Recording | None = None) -> Verbs:
    return next_step(
        store,
        ADDRESSES,
        AGENTS,
        CALL_SID,
        token=token,
        now=NOW,
        put_through=nobody,
        take_payment=nobody,
        recording=recording,
    )


def _say(text: str) -> Say:
    return Say(text, voice="Polly.Joanna-Neural", language="en-US")


def _take_message(text: str) -> Verbs:
    record = Record(
        action=ADDRESSES.next_step,
        timeout=MESSAGE_SILENCE_S,
        max_length=MESSAGE_MAX_S,
        finish_on_key="#",
        play_beep=True,
    )
    return (_say(text), record, _say(GOODBYE), Hangup())


def test_after_a_goodbye_the_call_is_hung_up_and_finished() -> None:
    store = FakeCallStore()
    streaming(store, then=HangUp())

    assert _next(store) == (Hangup(),)
    assert state(store).outcome == "completed"
    assert state(store).ended_at == NOW


def test_a_message_is_taken_with_limits_and_the_call_goes_on_until_it_is_left() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage("Please leave your name.", "after-hours"))

    assert _next(store) == _take_message("Please leave your name.")
    assert state(store).ended_at is None


def test_a_message_that_was_left_is_kept_and_the_caller_is_thanked() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage("Please leave your name.", "after-hours"))
    _next(store)

    assert _next(store, recording=LEFT) == (_say(GOODBYE), Hangup())
    (entry,) = store.log(CALL_SID)
    assert entry.kind == "message-recorded"
    assert entry.data == {"url": LEFT.url, "duration_s": 12}
    assert state(store).outcome == "message"


def test_a_message_delivered_twice_is_kept_once() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage("Please leave your name.", "after-hours"))

    assert _next(store, recording=LEFT) == _next(store, recording=LEFT)
    assert len(store.log(CALL_SID)) == 1


def test_a_message_is_kept_even_if_the_call_ended_first_or_is_unknown() -> None:
    ended, unknown = FakeCallStore(), FakeCallStore()
    streaming(ended, then=TakeMessage("Please leave your name.", "after-hours"))
    ended.finish(CALL_SID, "message", NOW)

    assert Hangup() in _next(ended, recording=LEFT)
    assert Hangup() in _next(unknown, recording=LEFT)
    assert len(ended.log(CALL_SID)) == len(unknown.log(CALL_SID)) == 1


def test_an_apology_is_spoken_by_the_carriers_own_voice() -> None:
    store = FakeCallStore()
    streaming(store, then=Apologise("We have a fault.", "synthesis"))

    assert _next(store) == (_say("We have a fault."), Hangup())
    assert state(store).outcome == "failed"


def test_a_voice_the_carrier_does_not_have_is_left_to_its_default() -> None:
    store = FakeCallStore()
    streaming(store, then=Apologise("We have a fault.", "synthesis"))
    agents = {"front_door": replace(AGENT, voice=Voice("Gregory", engine="long-form"))}

    verbs = _again(store, agents)

    assert verbs == (Say("We have a fault."), Hangup())


def test_s9_the_carrier_goes_on_in_the_language_the_call_had_come_to() -> None:
    store = FakeCallStore()
    streaming(store, then=Apologise("त्रुटि है।", "synthesis"))
    store.save_progress(CALL_SID, {"language": "hi-IN"}, stream=1)
    hindi = replace(AGENT, language="hi-IN", voice=Voice("Kajal", "hi-IN"))
    agents = {"front_door": replace(AGENT, siblings=(hindi,))}

    verbs = _again(store, agents)

    assert verbs == (Say("त्रुटि है।", voice="Polly.Kajal-Neural", language="hi-IN"), Hangup())


def test_a_live_call_whose_stream_died_gets_a_new_stream_with_a_token_that_works() -> None:
    store = FakeCallStore()
    streaming(store)

    verbs = _next(store, "fresh")

    assert [type(verb) for verb in verbs] == [ConnectStream, Redirect]
    assert store.claim_stream(CALL_SID, hash_token(token_of(verbs)), NOW) == 2


def test_the_token_of_the_stream_that_died_is_worth_nothing_afterwards() -> None:
    store = FakeCallStore()
    streaming(store)

    _next(store, "fresh")

    assert store.claim_stream(CALL_SID, hash_token(f"token {CALL_SID}"), NOW) is None


def test_after_two_reconnects_the_call_goes_on_turn_by_turn() -> None:
    store = FakeCallStore()
    streaming(store)
    for attempt in range(MAX_RECONNECTS):
        store.claim_stream(CALL_SID, hash_token(token_of(_next(store, f"fresh {attempt}"))), NOW)

    assert _next(store) == (Redirect(ADDRESSES.turn_number(4)),)
    assert state(store).next_step is None


def test_a_stream_that_lost_its_ear_or_voice_is_not_opened_again() -> None:
    store = FakeCallStore()
    streaming(store, then=TurnByTurn("recognition"))

    assert _next(store) == (Redirect(ADDRESSES.turn_number(2)),)


def test_with_no_streaming_service_deployed_a_call_goes_on_turn_by_turn() -> None:
    store = FakeCallStore()
    streaming(store)

    verbs = next_step(
        store,
        replace(ADDRESSES, stream=None),
        AGENTS,
        CALL_SID,
        token="fresh",
        now=NOW,
        put_through=nobody,
        take_payment=nobody,
    )

    assert verbs == (Redirect(ADDRESSES.turn_number(2)),)
    assert store.log(CALL_SID) == []


def test_t7_a_call_whose_stream_was_not_taken_goes_on_turn_by_turn_at_once() -> None:
    store = FakeCallStore()
    answered(store)

    assert [_next(store) for _ in range(2)] == [(Redirect(ADDRESSES.turn_number(1)),)] * 2
    assert store.log(CALL_SID) == []


def test_t7_nor_is_a_second_reconnect_tried_when_the_first_was_not_taken() -> None:
    store = FakeCallStore()
    streaming(store)

    verbs = [_next(store, f"fresh {attempt}") for attempt in range(2)]

    assert [type(first) for first, *_ in verbs] == [ConnectStream, Redirect]


def test_a_call_whose_agent_is_gone_ends_with_an_apology() -> None:
    store = FakeCallStore()
    streaming(store)
    _again(store, {}, token="not taken")

    assert _again(store, {}) == (
        Say(TROUBLE),
        Hangup(),
    )
    assert state(store).outcome == "failed"


def test_an_ended_call_is_hung_up_and_stays_as_it_ended() -> None:
    store = FakeCallStore()
    streaming(store)
    store.finish(CALL_SID, "caller-left", NOW)
    before = state(store)

    assert _again(store, AGENTS, at=NOW + SECOND) == (Hangup(),)
    assert state(store) == before


def test_an_ended_call_takes_no_message() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage(MESSAGE, "after-hours"))
    store.finish(CALL_SID, "message", NOW)

    assert _next(store) == (Hangup(),)


class EndingStore(FakeCallStore):
    """The call ends right after it has been read."""

    def get(self, call_sid: str) -> CallRecord | None:
        call = super().get(call_sid)
        self.finish(call_sid, "caller-left", NOW)
        return call


def test_a_call_that_ends_in_the_meantime_gets_no_new_stream() -> None:
    store = EndingStore()
    streaming(store)

    assert _next(store) == (Hangup(),)


def test_an_unknown_call_gets_an_apology() -> None:
    assert _next(FakeCallStore()) == (Say(TROUBLE), Hangup())


@given(st.lists(st.sampled_from(["claim", "next", "goodbye", "message", "recorded", "finish"]), max_size=12))
def test_whatever_happens_between_the_answer_is_a_whole_document_and_streams_are_few(steps: list[str]) -> None:
    store = FakeCallStore()
    token = answered(store)
    for number, step in enumerate(steps):
        match step:
            case "claim":
                store.claim_stream(CALL_SID, hash_token(token), NOW)
            case "goodbye":
                store.set_next_step(CALL_SID, HangUp(), stream=state(store).streams)
            case "message":
                store.set_next_step(CALL_SID, TakeMessage(MESSAGE, "x"), stream=state(store).streams)
            case "finish":
                store.finish(CALL_SID, "caller-left", NOW)
            case _:
                verbs = _next(store, f"fresh {number}", LEFT if step == "recorded" else None)
                assert isinstance(verbs[-1], Hangup | Redirect)
                token = next((v.parameters["token"] for v in verbs if isinstance(v, ConnectStream)), token)

    assert state(store).streams <= 1 + MAX_RECONNECTS
