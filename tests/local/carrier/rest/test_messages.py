"""Text messages, sent by Twilio's own SDK and by people."""

from typing import Any

import pytest

from local.carrier.record import Webhook
from local.carrier.texts import Fate
from local.carrier.trouble import OrderTrouble
from tests.local.carrier.office import CALLER, CLINIC, VOICE, Telephony
from tests.local.carrier.rest.conftest import Sdk

SERVICE = "MG" + "1" * 32


async def send(sdk: Sdk, **fields: Any) -> Any:
    order = {"to": CALLER, "from_": CLINIC, "body": "Hello.", "status_callback": f"{VOICE}/text", **fields}
    return await sdk(lambda c: c.messages.create(**order))


async def test_a_message_is_queued_sent_and_delivered(line: Telephony, sdk: Sdk) -> None:
    message = await send(sdk)
    assert (message.status, message.direction, message.num_segments) == ("queued", "outbound-api", "1")
    delivered = await line.office.until("/text", MessageStatus="delivered")
    assert delivered.signed
    assert delivered.fields["MessageSid"] == message.sid
    assert [request.fields["MessageStatus"] for request in line.office.at("/text")] == ["sent", "delivered"]
    fetched = await sdk(lambda c: c.messages(message.sid).fetch())
    assert (fetched.status, fetched.error_code, fetched.body) == ("delivered", None, "Hello.")
    assert fetched.date_sent is not None


async def test_a_set_of_numbers_sends_from_one_of_them(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.texts.services[SERVICE] = [CLINIC]
    message = await send(sdk, from_=None, messaging_service_sid=SERVICE)
    assert (message.status, message.from_) == ("accepted", None)
    sent = await line.office.until("/text", MessageStatus="sent")
    assert (sent.fields["From"], sent.fields["MessagingServiceSid"]) == (CLINIC, SERVICE)


@pytest.mark.parametrize(
    ("fate", "status", "code"),
    [
        (Fate(fate="undelivered"), "undelivered", "30003"),
        (Fate(fate="undelivered", error_code=30034), "undelivered", "30034"),
        (Fate(fate="failed", error_code=30007), "failed", "30007"),
    ],
)
async def test_a_message_that_does_not_arrive_says_why(
    line: Telephony, sdk: Sdk, fate: Fate, status: str, code: str
) -> None:
    line.carrier.exchange.texts.fates[CALLER] = fate
    message = await send(sdk)
    assert (await line.office.until("/text", MessageStatus=status)).fields["ErrorCode"] == code
    assert (await sdk(lambda c: c.messages(message.sid).fetch())).error_code == int(code)


async def test_whoever_said_stop_is_sent_nothing_until_they_say_start(line: Telephony, sdk: Sdk) -> None:
    number = line.carrier.exchange.number(CLINIC)
    assert number
    number.sms = Webhook(f"{VOICE}/sms")
    texts = line.carrier.exchange.texts
    texts.receive(CALLER, CLINIC, " Stop ")
    told = await line.office.until("/sms")
    assert told.signed
    assert (told.fields["From"], told.fields["To"], told.fields["Body"]) == (CALLER, CLINIC, " Stop ")
    assert told.fields["MessageSid"] in texts.messages
    refused = await sdk.refusal(lambda c: c.messages.create(to=CALLER, from_=CLINIC, body="Hello."))
    assert (refused.status, refused.code) == (400, 21610)
    replies = [m.body for m in texts.messages.values() if m.direction == "outbound-reply"]
    assert ["unsubscribed" in body for body in replies] == [True]
    texts.receive(CALLER, CLINIC, "START")
    await send(sdk)


async def test_a_stop_to_one_of_a_set_is_one_to_the_set(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.texts.services[SERVICE] = [CLINIC]
    line.carrier.exchange.texts.receive(CALLER, CLINIC, "STOP")
    refused = await sdk.refusal(lambda c: c.messages.create(to=CALLER, body="Hello.", from_=CLINIC))
    assert refused.code == 21610
    refused = await sdk.refusal(lambda c: c.messages.create(to=CALLER, body="Hello.", messaging_service_sid=SERVICE))
    assert refused.code == 21610


async def test_the_account_may_answer_a_message_with_another(line: Telephony) -> None:
    number = line.carrier.exchange.number(CLINIC)
    assert number
    number.sms = Webhook(f"{VOICE}/sms")
    line.office.page("/sms", "<Message>Thank you.</Message>")
    texts = line.carrier.exchange.texts
    texts.receive(CALLER, CLINIC, "I will be there.")
    await line.office.until("/sms")
    texts.receive(CALLER, CLINIC, "HELP")
    await line.office.until("/sms", 2)
    bodies = [message.body for message in texts.messages.values() if message.to == CALLER]
    assert sum("STOP" in body for body in bodies) == 1


async def test_messages_are_listed_by_number(line: Telephony, sdk: Sdk) -> None:
    first, second = await send(sdk), await send(sdk)
    assert [m.sid for m in await sdk(lambda c: c.messages.list(to=CALLER))] == [second.sid, first.sid]
    assert await sdk(lambda c: c.messages.list(to=CLINIC)) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "911"}, 21211),
        ({"from_": "+14155559999"}, 21606),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "ftp://x.test"}, 21609),
        ({"from_": None, "messaging_service_sid": "MG0"}, 21701),
    ],
)
async def test_a_bad_message_is_refused_with_twilios_code(
    line: Telephony, sdk: Sdk, fields: dict[str, Any], code: int
) -> None:
    order = {"to": CALLER, "from_": CLINIC, "body": "Hello.", **fields}
    refused = await sdk.refusal(lambda c: c.messages.create(**order))
    assert (refused.status, refused.code) == (400, code)
    assert not line.carrier.exchange.texts.messages


@pytest.mark.parametrize("code", [21408, 21612, 21614])
async def test_some_numbers_take_no_messages(line: Telephony, sdk: Sdk, code: int) -> None:
    line.carrier.exchange.texts.fates[CALLER] = Fate(refused=code)
    assert (await sdk.refusal(lambda c: c.messages.create(to=CALLER, from_=CLINIC, body="Hello."))).code == code


async def test_the_answer_to_an_order_may_be_lost(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.plant.troubles.orders.append(OrderTrouble(what="messages", carried_out=True))
    refused = await sdk.refusal(lambda c: c.messages.create(to=CALLER, from_=CLINIC, body="Hello."))
    assert refused.status == 500
    assert len(line.carrier.exchange.texts.messages) == 1
