"""Any conversation is told by Converse's rules, and nothing it answers is more than unreadable."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import converse_messages
from shared.wire.converse_messages import BadReply

_TEXTS = st.text(max_size=20)
_CALLS = st.builds(
    lambda name, arguments: {"id": "c-1", "type": "function", "function": {"name": name, "arguments": arguments}},
    st.sampled_from(["book", "find"]),
    st.one_of(_TEXTS, st.dictionaries(st.text(max_size=3), st.integers()).map(json.dumps)),
)
_MESSAGES = st.one_of(
    st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["user", "assistant"]), _TEXTS),
    st.builds(lambda call: {"role": "assistant", "content": None, "tool_calls": [call]}, _CALLS),
    st.builds(lambda text: {"role": "tool", "tool_call_id": "c-1", "content": text}, _TEXTS),
    st.builds(lambda text: {"role": "system", "content": text}, _TEXTS),
)


@given(st.lists(_MESSAGES, max_size=8))
def test_turns_alternate_begin_with_the_caller_and_hold_no_blank_text(messages: list[dict[str, Any]]) -> None:
    body = json.loads(converse_messages.request(messages, ()))

    roles = [turn["role"] for turn in body["messages"]]
    assert roles == [("user", "assistant")[at % 2] for at in range(len(roles))]
    for turn in body["messages"]:
        assert turn["content"]
        for block in turn["content"]:
            assert block.get("text", "x").strip()
            assert isinstance(block.get("toolUse", {}).get("input", {}), dict)


@given(st.binary())
def test_bytes_that_are_no_answer_are_bad_and_nothing_worse(data: bytes) -> None:
    for read in (converse_messages.event, converse_messages.reply):
        with suppress(BadReply):
            read(data)


def test_a_tools_arguments_come_in_pieces_of_text() -> None:
    event = converse_messages.event(b'{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\\"day"}}}')
    assert event.delta is not None
    assert event.delta.tool_use is not None
    assert converse_messages.piece(event.delta.tool_use) == '{"day'

    whole = converse_messages.event(b'{"delta":{"toolUse":{"input":{"day":1}}}}')
    assert whole.delta is not None
    assert whole.delta.tool_use is not None
    with pytest.raises(BadReply):
        converse_messages.piece(whole.delta.tool_use)
