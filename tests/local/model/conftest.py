"""One engine for all tests of the model: it keeps nothing of a request but sentence vectors."""

import pytest

from local.model.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()
