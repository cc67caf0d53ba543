"""Twilio's own SDK, as a client of the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.local.carrier.office import ACCOUNT, TOKEN, Telephony


@dataclass
class Sdk:
    """Twilio's SDK, which blocks, in threads."""

    client: Client

    async def __call__[T](self, ask: Callable[[Client], T]) -> T:
        return await asyncio.to_thread(ask, self.client)

    async def refusal(self, ask: Callable[[Client], Any]) -> TwilioRestException:
        with pytest.raises(TwilioRestException) as refused:
            await self(ask)
        assert refused.value.uri
        return refused.value


@pytest.fixture
async def sdk(line: Telephony) -> AsyncIterator[Sdk]:
    async with client_of(line) as sdk:
        yield sdk


@pytest.fixture
async def spoken_sdk(spoken: Telephony) -> AsyncIterator[Sdk]:
    """Of the carrier that can speak."""
    async with client_of(spoken) as sdk:
        yield sdk


@asynccontextmanager
async def client_of(t: Telephony) -> AsyncIterator[Sdk]:
    """Of this carrier."""
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = t.carrier.url
    client.taskrouter.base_url = t.carrier.url
    yield Sdk(client)
    client.http_client.session.close()
