"""The operator's side of a carrier."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.local.carrier.office import Telephony


@pytest.fixture
async def lab(line: Telephony) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(line.carrier.url) as session:
        yield session
