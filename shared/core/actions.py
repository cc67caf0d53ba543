"""What the core may ask of its shell. Imperatives; none blocks or returns a value: results come back as events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.core.agent import Agent
from shared.core.events import JsonValue
from shared.core.next_step import HandOver, NextStep

type Message = Mapping[str, JsonValue]
"""One message of the conversation as a chat-completions API has them: role, content, tool_calls, tool_call_id."""

type ToolSpec = Mapping[str, JsonValue]
"""One tool as a chat-completions API has them: {"type": "function", "function": {...}}."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Synthesise `text`, play it after what is already queued, and close it with a mark."""

    turn: int
    segment: int
    text: str
    cached: bool = False
    """Whether these words are fixed, and worth keeping as audio."""
    held: bool = False
    """Whether no sound of it may go out before `Release`: the caller may not have finished."""


@dataclass(frozen=True, slots=True)
class Release:
    """The caller has finished: what was held of `turn` may be heard."""

    turn: int


@dataclass(frozen=True, slots=True)
class FlushHearing:
    """Ask recognition for the words so far: the caller may have finished."""


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Silence at once: drop queued audio and synthesis of `turn`, and flush the carrier's buffer."""

    turn: int


@dataclass(frozen=True, slots=True)
class AskModel:
    """Ask the language model for the reply of `turn`."""

    turn: int
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]


@dataclass(frozen=True, slots=True)
class CancelModel:
    """Stop the reply of `turn`: nobody wants it any more."""

    turn: int


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run one tool of the agent. `key` names this effect, so that a repeat changes nothing."""

    turn: int
    call_id: str
    name: str
    arguments: Mapping[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fire `TimerFired(name)` after `ms`; a timer of that name already running is replaced."""

    name: str
    ms: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget a timer; harmless when none runs."""

    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """Add one line to the call's record. `kind` is what it is, `data` its content (JSON values)."""

    kind: str
    data: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeAgent:
    """From now on the caller is heard and spoken to by this one: the same agent in another language.

    The last `again_ms` of the caller's sound are to be recognised anew; what was recognised of them is forgotten.
    """

    agent: Agent
    again_ms: int


@dataclass(frozen=True, slots=True)
class SaveProgress:
    """Keep where the conversation stands, so that another stream, or another task, can go on from here."""

    progress: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class RingAhead:
    """The caller is being told that they are put through: the people of `step` may be rung meanwhile."""

    step: HandOver


@dataclass(frozen=True, slots=True)
class CallOff:
    """They are not put through after all: whoever is rung is not wanted any more."""


@dataclass(frozen=True, slots=True)
class EndStream:
    """The agent's part is over: write `next_step` to the call's state first, then close the socket."""

    next_step: NextStep


type Action = (
    Speak
    | Release
    | StopSpeaking
    | FlushHearing
    | AskModel
    | CancelModel
    | RunTool
    | SetTimer
    | CancelTimer
    | Record
    | ChangeAgent
    | SaveProgress
    | RingAhead
    | CallOff
    | EndStream
)
