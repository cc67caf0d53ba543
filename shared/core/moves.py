"""What a dialogue may decide to do next, and the tool calls it is given to decide on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.actions import Message, ToolSpec
from shared.core.events import JsonValue
from shared.core.lines import Line
from shared.core.next_step import NextStep


@dataclass(frozen=True, slots=True)
class Say:
    """Say these lines; then listen, or, with `end`, leave the call to its next step."""

    lines: tuple[Line, ...]
    end: NextStep | None = None


@dataclass(frozen=True, slots=True)
class Think:
    """Ask the model."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Run a tool; the dialogue goes on with its result. `key` names the effect."""

    name: str
    arguments: Mapping[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class ChangeTo:
    """Go on in another language, that of the agent's sibling, with what the model named besides."""

    language: str
    calls: tuple["ToolCall", ...] = ()


type Move = Say | Think | Use | ChangeTo


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model named. `arguments` is JSON text, unchecked."""

    call_id: str
    name: str
    arguments: str

    def read(self) -> Mapping[str, JsonValue]:
        """The arguments, if they are a JSON object; the model's mistakes are no reason to stop."""
        try:
            found = json.loads(self.arguments or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
