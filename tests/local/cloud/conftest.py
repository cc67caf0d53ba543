from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from local.cloud.cloud import Cloud, Config, Engines, engines, running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def loaded() -> AsyncIterator[Engines]:
    """The speech engines, loaded once for all tests."""
    async with engines() as ready:
        yield ready


@pytest.fixture
async def cloud(loaded: Engines) -> AsyncIterator[Cloud]:
    async with running(Config(polly_per_second=0), loaded) as ready:
        yield ready
