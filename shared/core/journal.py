"""What the dialogue leaves behind: the history for the model, and notes for the call's record."""

import json
from dataclasses import dataclass, field, replace
from typing import Self

from shared.core.actions import Record
from shared.core.conversation import Conversation
from shared.core.events import JsonValue
from shared.core.moves import ToolCall


@dataclass(slots=True)
class Journal:
    conversation: Conversation = field(default_factory=Conversation)
    notes: list[Record] = field(default_factory=list)
    """Lines for the call's record, to be taken away after each move."""
    _open: ToolCall | None = None

    def fork(self) -> Self:
        """The same, to be changed apart."""
        return replace(self, conversation=Conversation(list(self.conversation.messages)), notes=list(self.notes))

    def note(self, kind: str, **data: JsonValue) -> None:
        self.notes.append(Record(kind, data))

    def tool_called(self, call: ToolCall | None) -> None:
        """The model has named a tool; its answer is still to come. None forgets one that was never answered."""
        self._open = call

    def answered(self, **result: JsonValue) -> None:
        """What the tool the model named has come to, if one is open: the model is told with its next request."""
        if self._open is not None:
            call, self._open = self._open, None
            self.conversation.tool_used(call.call_id, call.name, call.arguments, json.dumps(result))
