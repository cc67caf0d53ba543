"""What the product needs from the outside world, in its own words. Adapters satisfy these by shape.

Streaming ports are asynchronous. `CallStore` is synchronous, because both a Lambda and a sized thread pool of the
streaming service use it. Every error an adapter may raise is a `ProviderError`; anything else is a defect of ours.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.core.actions import Message, ToolSpec
from shared.core.agent import Voice
from shared.core.attempt import Assignment
from shared.core.call_status import CallStatus
from shared.core.events import JsonValue
from shared.core.next_step import HandOver, NextStep
from shared.ports.people import FollowUpKind as FollowUpKind
from shared.ports.people import FollowUps as FollowUps
from shared.ports.people import People as People
from shared.ports.people import Person as Person


class ProviderError(Exception):
    """A vendor did not do what was asked. The message holds no secret and none of the caller's words."""


class Unavailable(ProviderError):
    """No answer within the deadline, a broken connection, or a fault on the vendor's side. Worth another try."""


class Throttled(ProviderError):
    """A quota is used up. Worth another try later."""


class Refused(ProviderError):
    """The vendor will not do this, however often it is asked."""


# --- business events


@dataclass(frozen=True, slots=True)
class BusinessEvent:
    """Something that a company's own systems may act on. `detail` is JSON, as the event's schema has it."""

    kind: str
    """Such as `call.finished`."""
    at: datetime
    detail: Mapping[str, JsonValue]


class EventBus(Protocol):
    def publish(self, event: BusinessEvent) -> None:
        """Return once the event is accepted for good. Raises ProviderError."""
        ...


# --- recognition


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word. Times are ms of audio since the stream began; `confidence` is None when unknown."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one segment of speech says, so far or for good.

    Partials repeat a `result_id` until its final. `stable_words` leading words of `text` will not change.
    """

    result_id: str
    text: str
    is_final: bool
    stable_words: int = 0
    words: tuple[Word, ...] = ()


class Recognition(Protocol):
    """One open recognition stream."""

    @property
    def dropped_ms(self) -> int:
        """How much of the sound no vendor was there to take, so far."""
        ...

    def send(self, ulaw: bytes) -> None:
        """Hand over mu-law 8 kHz audio of any length. Never blocks; the adapter buffers, bounded, oldest first out."""
        ...

    def flush(self) -> None:
        """Ask for the words so far for good, for the caller may have finished.

        A hint: vendors without such a request ignore it, and more speech may follow.
        """
        ...

    def results(self) -> AsyncGenerator[Transcript]:
        """Results as they come, until the stream is closed. Raises a ProviderError once reconnecting has failed."""
        ...


class SpeechToText(Protocol):
    def listen(
        self, *, language: str, mixed_with: Sequence[str] = (), vocabulary: str | None = None
    ) -> AbstractAsyncContextManager[Recognition]:
        """Open a stream at once (audio may be sent before the vendor is ready); leaving the context closes it.

        `language` is a code such as hi-IN; callers also use those it is `mixed_with`, in the same breath.
        `vocabulary` names the words to listen for; what the name stands for at the vendor, the adapter was told.
        """
        ...


# --- synthesis


class TextToSpeech(Protocol):
    def speak(self, text: str, voice: Voice, *, cached: bool = False) -> AsyncGenerator[bytes]:
        """Mu-law 8 kHz audio of `text`, chunk by chunk as it is made. `cached` phrases are kept and shared."""
        ...


# --- language model


@dataclass(frozen=True, slots=True)
class ModelText:
    text: str


@dataclass(frozen=True, slots=True)
class ModelToolCall:
    """A tool call, whole. `arguments` is JSON text as the model wrote it, not yet checked."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What the reply cost, in tokens."""

    input_tokens: int
    output_tokens: int


type ModelEvent = ModelText | ModelToolCall | ModelUsage


class LanguageModel(Protocol):
    def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        """Stream one reply. Closing the iterator cancels it at the vendor."""
        ...


# --- tools of the agent


class Tools(Protocol):
    def names(self) -> Iterable[str]:
        """Names an agent file may use."""
        ...

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        """Run one tool. The same `key` again has no second effect and gives the same answer. Raises ProviderError."""
        ...


# --- the call's state


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call as the first webhook tells it."""

    call_sid: str
    account_sid: str
    caller: str
    called: str
    agent: str
    created_at: datetime
    token_hash: str
    """SHA-256 hex of the token that the media stream must present."""
    token_expires_at: datetime
    language: str | None = None
    """The agent's, such as en-US."""
    assignment: Assignment | None = None
    """What a call of ours is for: then `caller` is the person called, and `called` the line that they see."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call's state: one row, besides its event log."""

    call_sid: str
    account_sid: str
    caller: str
    called: str
    agent: str
    status: CallStatus
    created_at: datetime
    token_hash: str
    token_expires_at: datetime
    token_spent: bool = False
    """Whether a stream has come with this token; until then the last one asked for was never taken."""
    language: str | None = None
    streams: int = 0
    """How many media streams have been accepted, and turns taken without one; the newest owns the call."""
    next_step: NextStep | None = None
    progress: Mapping[str, JsonValue] | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    report: Mapping[str, JsonValue] | None = None
    """What the call came to (`shared.core.report`)."""
    assignment: Assignment | None = None
    """What a call of ours is for; its facts are forgotten when the call has ended. None for one that came in."""
    answered_by: str = ""
    """Who picked up a call of ours, as the carrier thinks; empty until it does."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a call's event log. `key` is unique within the call: writing it again changes nothing."""

    key: str
    kind: str
    at: datetime
    data: Mapping[str, JsonValue]


class CallStore(Protocol):
    """Call state with forward-only status, and an append-only event log. All writes are conditional."""

    def create(self, call: NewCall) -> CallRecord | None:
        """Write a new call, ringing or as far as its status has come; None, and nothing changed, if it exists."""
        ...

    def get(self, call_sid: str) -> CallRecord | None:
        """The call's state, consistently read."""
        ...

    def renew_token(self, call_sid: str, token_hash: str, expires_at: datetime) -> bool:
        """Arm a new stream token for a call that has not ended; False otherwise."""
        ...

    def claim_stream(self, call_sid: str, token_hash: str, now: datetime) -> int | None:
        """Spend the token: the stream's number (1, 2, ...), or None.

        None if it does not match, was spent or has expired, or if the call has ended.
        """
        ...

    def advance_status(self, call_sid: str, status: CallStatus, at: datetime) -> bool:
        """Move the status forward, or keep it for a call yet to be created; False, and nothing changed, if that would
        be backwards."""
        ...

    def set_answered_by(self, call_sid: str, verdict: str) -> bool:
        """Keep what the carrier thinks of who picked up, for a call yet to be created too; False if it has ended."""
        ...

    def set_next_step(self, call_sid: str, next_step: NextStep, *, stream: int) -> bool:
        """Say what follows the stream; False if a newer stream owns the call, or somebody takes it over from the agent
        and this is not their step."""
        ...

    def take_over(self, call_sid: str, step: HandOver, *, stream: int) -> bool:
        """Let the step's person have a call that the agent holds; False, and nothing changed, if something else follows
        already, if a newer stream owns the call, or if it has ended."""
        ...

    def save_progress(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        """Keep where the conversation stands; False if a newer stream owns the call."""
        ...

    def resume(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        """Take the next step back: the conversation goes on, from `progress`. False if there is none, if a newer stream
        owns the call, or if the call has ended."""
        ...

    def take_turn(
        self, call_sid: str, progress: Mapping[str, JsonValue], next_step: NextStep | None, *, turn: int
    ) -> bool:
        """Keep what a turn without a stream came to, and what follows if it was the last.

        `turn` counts among the call's streams. False, and nothing changed, if it was taken before, if a newer stream
        owns the call, if somebody takes it over from the agent, or if it has ended.
        """
        ...

    def append(self, call_sid: str, entries: Sequence[LogEntry]) -> bool:
        """Add lines to the log, at least one, in one write; False if one that begins with the same key is there.

        Lines written together stay together: write them again only as they were.
        """
        ...

    def log(self, call_sid: str) -> Sequence[LogEntry]:
        """The event log in order of `at`, then key."""
        ...

    def save_report(self, call_sid: str, report: Mapping[str, JsonValue], *, lines: int) -> bool:
        """Keep what the call came to; False if a report made from as many lines of the log, or more, is there."""
        ...

    def finish(self, call_sid: str, outcome: str, at: datetime) -> bool:
        """Mark the call ended; True for the first of the signals that says so, False afterwards."""
        ...
