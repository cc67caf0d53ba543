"""What the model makes of what callers say: see `heard.txt`, and `held_out.txt` for what it was not tuned on."""

import pytest

from local.model.engine import Engine
from tests.local.model.toolsets import Row, rows, understood

ENOUGH = 0.8
"""Of the utterances never tuned on; 95 of 110 were understood when this was set."""


@pytest.mark.parametrize("row", rows("heard.txt"), ids=lambda row: f"{row.business}: {row.said}")
def test_an_utterance_is_understood(engine: Engine, row: Row) -> None:
    assert understood(engine, row), row.expected


def test_most_utterances_never_tuned_on_are_understood(engine: Engine) -> None:
    table = rows("held_out.txt")
    right = sum(understood(engine, row) for row in table)
    assert right >= ENOUGH * len(table), f"{right} of {len(table)}"
