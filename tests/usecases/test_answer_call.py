"""A caller rings and gets one conversation, however often the carrier asks."""

import pytest

from shared.core.call_status import CallStatus
from shared.core.next_step import TakeMessage
from shared.ports import Unavailable
from shared.usecases.answer_call import answer_call
from shared.usecases.answers import NOT_IN_SERVICE, Verbs
from shared.usecases.stream_token import TOKEN_LIFETIME, hash_token
from shared.wire.twiml import ConnectStream, Hangup, Redirect, Say
from tests.fakes import FakeCallStore
from tests.usecases.clinic import (
    ADDRESSES,
    AGENT,
    AGENTS,
    CALL_SID,
    CALLER,
    LINES,
    NOW,
    NUMBER,
    OTHER_SID,
    SECOND,
    incoming,
    state,
    streaming,
    token_of,
)


def _answer(store: FakeCallStore, token: str = "secret", *, call_sid: str = CALL_SID, called: str = NUMBER) -> Verbs:
    return answer_call(store, ADDRESSES, AGENTS, LINES, incoming(call_sid, called), token=token, now=NOW)


def test_a_call_is_connected_to_a_stream_and_then_to_the_next_step() -> None:
    assert _answer(FakeCallStore()) == (
        ConnectStream(
            url="wss://stream.example.com/media",
            action="https://voice.example.com/twilio/next",
            status_callback="https://voice.example.com/twilio/stream-status",
            parameters={"token": "secret"},
        ),
        Redirect("https://voice.example.com/twilio/next"),
    )


def test_a_call_is_written_down_before_it_is_answered() -> None:
    store = FakeCallStore()
    _answer(store)

    call = state(store)
    assert (call.caller, call.called, call.agent) == (CALLER, NUMBER, "front_door")
    assert call.status is CallStatus.RINGING
    assert call.created_at == NOW


def test_only_the_hash_of_the_token_is_kept_and_not_for_long() -> None:
    store = FakeCallStore()
    _answer(store, "secret")

    call = state(store)
    assert call.token_hash == hash_token("secret")
    assert "secret" not in repr(call)
    assert call.token_expires_at == NOW + TOKEN_LIFETIME
    assert TOKEN_LIFETIME <= 60 * SECOND


def test_a_repeated_webhook_gets_a_token_that_works_once_while_no_stream_has_begun() -> None:
    store = FakeCallStore()
    _answer(store, "first")

    token = token_of(_answer(store, "second"))

    assert store.claim_stream(CALL_SID, hash_token(token), NOW) == 1
    assert store.claim_stream(CALL_SID, hash_token(token), NOW) is None


def test_a_repeated_webhook_never_opens_a_second_conversation_beside_a_live_one() -> None:
    store = FakeCallStore()
    streaming(store)
    before = state(store)

    assert _answer(store, "second") == (Redirect(ADDRESSES.next_step),)
    assert state(store) == before


def test_a_repeated_webhook_follows_what_the_stream_has_decided() -> None:
    store = FakeCallStore()
    streaming(store, then=TakeMessage("Leave a message.", "caller asked"))

    assert _answer(store, "second") == (Redirect(ADDRESSES.next_step),)


def test_a_repeated_webhook_does_not_retry_a_stream_that_cannot_work() -> None:
    store = FakeCallStore()
    _answer(store)
    store.set_next_step(CALL_SID, TakeMessage("Leave a message.", "stream-error"), stream=0)

    assert _answer(store, "second") == (Redirect(ADDRESSES.next_step),)


def test_a_repeated_webhook_does_not_bring_an_ended_call_back() -> None:
    store = FakeCallStore()
    _answer(store)
    store.finish(CALL_SID, "completed", NOW)
    before = state(store)

    assert _answer(store, "second") == (Hangup(),)
    assert state(store) == before


def test_two_calls_on_one_number_are_independent() -> None:
    store = FakeCallStore()
    first, second = token_of(_answer(store, "one")), token_of(_answer(store, "two", call_sid=OTHER_SID))

    assert store.claim_stream(CALL_SID, hash_token(second), NOW) is None
    assert store.claim_stream(OTHER_SID, hash_token(second), NOW) == 1
    assert store.claim_stream(CALL_SID, hash_token(first), NOW) == 1


def test_an_unknown_line_is_told_so_politely_and_nothing_is_written() -> None:
    store = FakeCallStore()

    assert _answer(store, called="+15550199999") == (Say(NOT_IN_SERVICE), Hangup())
    assert store.get(CALL_SID) is None


def test_a_star_answers_any_number_that_no_line_names() -> None:
    store = FakeCallStore()
    agents, lines = {**AGENTS, "night": AGENT}, {NUMBER: "front_door", "*": "night"}

    answer_call(store, ADDRESSES, agents, lines, incoming(), token="a", now=NOW)
    answer_call(store, ADDRESSES, agents, lines, incoming(OTHER_SID, "+15550199999"), token="b", now=NOW)

    assert (state(store).agent, state(store, OTHER_SID).agent) == ("front_door", "night")


def test_a_call_that_cannot_be_written_down_is_not_answered() -> None:
    store = FakeCallStore()
    store.fail(Unavailable("no table"))

    with pytest.raises(Unavailable):
        _answer(store)
