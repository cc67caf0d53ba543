"""A carrier with an office behind it, with and without speech."""

from collections.abc import AsyncIterator

import pytest

from tests.local.carrier.office import Telephony, polly, served, telephony, transcribe


@pytest.fixture
async def line() -> AsyncIterator[Telephony]:
    """No speech services: nothing can be said or understood."""
    async with telephony() as t:
        yield t


@pytest.fixture
async def spoken() -> AsyncIterator[Telephony]:
    """Every text is 200 ms of tone; every recognition answers how many ms it was given."""
    async with (
        served(polly) as polly_url,
        served(transcribe) as transcribe_url,
        telephony(polly_url, transcribe_url) as t,
    ):
        yield t
