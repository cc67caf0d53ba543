"""The history a model is given."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.core.conversation import MAX_MESSAGES, Conversation


def test_what_the_agent_says_in_a_row_is_one_message() -> None:
    conversation = Conversation()
    conversation.agent_heard("Hello.")
    conversation.agent_heard("How can I help?")
    assert conversation.messages == [{"role": "assistant", "content": "Hello. How can I help?"}]


def test_an_interruption_shows() -> None:
    conversation = Conversation()
    conversation.agent_heard("We are open", interrupted=True)
    conversation.agent_heard("", interrupted=True)
    assert conversation.messages == [{"role": "assistant", "content": "We are open ..."}]


def test_a_tool_call_is_never_parted_from_its_answer_however_long_the_call() -> None:
    conversation = Conversation()
    for n in range(200):
        conversation.caller_said(f"question {n}")
        conversation.tool_used(f"c{n}", "book", "{}", '{"status": "asked"}')
        conversation.agent_heard(f"answer {n}")
        assert len(conversation.messages) <= MAX_MESSAGES + 1
        for before, message in pairwise([{"role": ""}, *conversation.messages, {"role": ""}]):
            assert bool(before.get("tool_calls")) == (message["role"] == "tool")


def test_a_snapshot_survives_json() -> None:
    conversation = Conversation()
    conversation.caller_said("hello")
    conversation.tool_used("c", "book", "{}", "{}")
    again = Conversation.restore(json.loads(json.dumps(conversation.snapshot())))
    assert again.messages == conversation.messages


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_snapshot_that_is_none_is_an_empty_history_not_an_error(snapshot: object) -> None:
    items = snapshot if isinstance(snapshot, list) else []
    kept = [item for item in items if isinstance(item, dict) and "role" in item]
    assert Conversation.restore(snapshot).messages == kept
