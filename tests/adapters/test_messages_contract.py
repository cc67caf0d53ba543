"""What every Messages does: the fake, and Twilio's REST API at the carrier stand-in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from local.carrier.trouble import OrderTrouble
from shared.adapters.twilio_messages import TwilioMessages
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.messages import Messages, OptedOut, TextMessage
from shared.ports.outbound import NumberRefused
from tests.local.carrier.office import ACCOUNT, CALLER, CLINIC, TOKEN, VOICE, telephony
from tests.outbound import FakeMessages

TEXT = TextMessage(to=CALLER, from_=CLINIC, body="Your appointment is on Tuesday.", status_url=f"{VOICE}/text")
ANSWERS: dict[type[ProviderError], tuple[int, int]] = {
    Unavailable: (503, 20503),
    Throttled: (429, 20429),
    Refused: (400, 21408),
    NumberRefused: (400, 21614),
    OptedOut: (400, 21610),
}


@dataclass(frozen=True, slots=True)
class Post:
    """A carrier, how to break it, and what it has sent."""

    messages: Messages
    fails: Callable[[ProviderError], None]
    sent: Callable[[], list[str]]


@pytest.fixture(params=["fake", "twilio"])
async def post(request: pytest.FixtureRequest) -> AsyncIterator[Post]:
    if request.param == "fake":
        fake = FakeMessages()
        yield Post(fake, fake.refuse, lambda: [message.body for message in fake.sent])
        return
    async with telephony() as t:

        def fails(error: ProviderError) -> None:
            status, code = ANSWERS[type(error)]
            t.carrier.exchange.plant.troubles.orders.append(OrderTrouble(what="messages", status=status, code=code))

        messages = t.carrier.exchange.texts.messages
        adapter = TwilioMessages(ACCOUNT, TOKEN, url=t.carrier.url)
        yield Post(adapter, fails, lambda: [message.body for message in messages.values()])


async def test_a_message_is_sent_once(post: Post) -> None:
    first = await asyncio.to_thread(post.messages.send, TEXT)
    second = await asyncio.to_thread(post.messages.send, TEXT)
    assert first != second
    assert post.sent() == [TEXT.body] * 2


@pytest.mark.parametrize("kind", list(ANSWERS))
async def test_a_message_that_is_refused_is_not_sent(post: Post, kind: type[ProviderError]) -> None:
    post.fails(kind("no"))
    with pytest.raises(ProviderError) as raised:
        await asyncio.to_thread(post.messages.send, TEXT)
    assert type(raised.value) is kind
    assert post.sent() == []
