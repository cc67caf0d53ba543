"""What was said and what was really heard: the history a model is given, bounded, without a word the caller missed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.core.actions import Message
from shared.core.events import JsonValue

MAX_MESSAGES = 40
"""A model needs the recent past; a two-hour call must not grow without bound."""


@dataclass(slots=True)
class Conversation:
    """Messages as a chat-completions API has them, oldest first."""

    messages: list[Message] = field(default_factory=list)

    def caller_said(self, text: str) -> None:
        self._add({"role": "user", "content": text})

    def caller_said_rather(self, text: str) -> None:
        """The last utterance was recognised better afterwards."""
        for index in range(len(self.messages) - 1, -1, -1):
            if self.messages[index]["role"] == "user":
                self.messages[index] = {"role": "user", "content": text}
                return

    def agent_heard(self, text: str, *, interrupted: bool = False) -> None:
        """The caller has heard `text`; what follows it, if interrupted, was not heard."""
        text = f"{text} ..." if interrupted and text else text
        if not text:
            return
        last = self.messages[-1] if self.messages else None
        if last is not None and last["role"] == "assistant" and "tool_calls" not in last:
            self.messages[-1] = {"role": "assistant", "content": f"{last['content']} {text}"}
        else:
            self._add({"role": "assistant", "content": text})

    def tool_used(self, call_id: str, name: str, arguments: str, result: str) -> None:
        """A tool call with its answer, JSON both: always together, as the API demands."""
        call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        self._add({"role": "assistant", "content": None, "tool_calls": [call]})
        self._add({"role": "tool", "tool_call_id": call_id, "content": result})

    def follow(self, snapshot: object) -> None:
        """Go on after what was said in a call before this one."""
        self.messages[:0] = Conversation.restore(snapshot).messages

    def last_words(self) -> str:
        """The agent's last message, as far as it was heard."""
        said = (m["content"] for m in reversed(self.messages) if m["role"] == "assistant" and m.get("content"))
        return str(next(said, ""))

    def _add(self, message: Message) -> None:
        self.messages.append(message)
        if len(self.messages) > MAX_MESSAGES:
            del self.messages[: MAX_MESSAGES // 4]
            while self.messages and self.messages[0]["role"] == "tool":
                del self.messages[0]

    def snapshot(self) -> list[Message]:
        return list(self.messages)

    @classmethod
    def restore(cls, snapshot: object) -> "Conversation":
        """Take up a snapshot; anything in it that is not a message is left out."""
        items = snapshot if isinstance(snapshot, list) else []
        return cls([_message(item) for item in items if isinstance(item, Mapping) and "role" in item])


def _message(item: Mapping[str, JsonValue]) -> Message:
    return {str(key): value for key, value in item.items()}
