"""The voice webhook, as Twilio sees it."""

import asyncio

from shared.usecases.answers import NOT_IN_SERVICE
from shared.usecases.stream_token import hash_token
from shared.wire.twiml import CONTENT_TYPE, ConnectStream, Hangup, Redirect, Say, response
from tests.fakes import FakeCallStore
from tests.functions.carrier import CALL, COMPLETED, RINGING, VOICE, application, post
from tests.usecases.clinic import ADDRESSES, CALL_SID, NOW, OTHER_SID, STREAM_URL, state


def _connected(token: str) -> str:
    stream = ConnectStream(
        url=STREAM_URL,
        action=ADDRESSES.next_step,
        status_callback=ADDRESSES.stream_status,
        parameters={"token": token},
    )
    return response(stream, Redirect(ADDRESSES.next_step))


async def test_t2_an_incoming_call_gets_twiml_that_opens_a_two_way_stream() -> None:
    reply = await post(application(FakeCallStore()), VOICE, RINGING)

    assert reply.status_code == 200
    assert reply.headers["content-type"].partition(";")[0] == CONTENT_TYPE
    assert reply.text == _connected("token-1")


async def test_a_webhook_delivered_twice_answers_one_call_with_a_token_that_works() -> None:
    store = FakeCallStore()
    app = application(store)
    await post(app, VOICE, RINGING)

    reply = await post(app, VOICE, RINGING)

    assert reply.text == _connected("token-2")
    assert store.claim_stream(CALL_SID, hash_token("token-2"), NOW) == 1


async def test_a_webhook_replayed_while_the_call_is_live_opens_nothing() -> None:
    store = FakeCallStore()
    app = application(store)
    await post(app, VOICE, RINGING)
    store.claim_stream(CALL_SID, hash_token("token-1"), NOW)

    reply = await post(app, VOICE, RINGING)

    assert reply.text == response(Redirect(ADDRESSES.next_step))
    assert store.claim_stream(CALL_SID, hash_token("token-2"), NOW) is None


async def test_a_webhook_replayed_after_the_call_hangs_up() -> None:
    store = FakeCallStore()
    app = application(store)
    await post(app, VOICE, RINGING)
    store.finish(CALL_SID, "completed", NOW)

    assert (await post(app, VOICE, RINGING)).text == response(Hangup())


async def test_t13_calls_that_come_together_on_one_number_are_independent() -> None:
    store = FakeCallStore()
    app = application(store)
    sids = [f"CA{number:032x}" for number in range(20)]

    replies = await asyncio.gather(*(post(app, VOICE, {**RINGING, "CallSid": sid}) for sid in sids))

    assert all(reply.status_code == 200 for reply in replies)
    assert len({state(store, sid).token_hash for sid in sids}) == len(sids)


async def test_a_call_to_an_unknown_line_is_told_so() -> None:
    reply = await post(application(FakeCallStore()), VOICE, {**RINGING, "To": "+15550199999"})

    assert reply.text == response(Say(NOT_IN_SERVICE), Hangup())


async def test_a_caller_without_a_number_is_answered_too() -> None:
    store = FakeCallStore()
    anonymous = {**RINGING, "From": "anonymous", "CallSid": OTHER_SID}

    assert (await post(application(store), VOICE, anonymous)).text == _connected("token-1")
    assert state(store, OTHER_SID).caller == "anonymous"


async def test_a_status_callback_sent_here_by_mistake_does_not_spend_the_calls_token() -> None:
    store = FakeCallStore()
    app = application(store)
    await post(app, VOICE, RINGING)

    reply = await post(app, VOICE, {**COMPLETED, "CallStatus": "in-progress"})

    assert reply.status_code == 400
    assert store.claim_stream(CALL_SID, hash_token("token-1"), NOW) == 1


async def test_fields_a_later_twilio_may_add_do_no_harm() -> None:
    reply = await post(application(FakeCallStore()), VOICE, {**CALL, "CallToken": "{}", "Invented": "yes"})

    assert reply.text == _connected("token-1")
