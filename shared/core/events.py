"""What can happen to a live call. Facts, in the past tense, each with the words for when it occurs.

Results of work that the core asked for derive from `Reply`: they carry the turn that asked, and `Call.handle`
drops those whose turn has passed. A new event must be added to `Event`, which makes every `match` that forgets it
fail the type check.
"""

from collections.abc import Mapping
from dataclasses import dataclass

JsonValue = object
"""A value as JSON has them: str, int, float, bool, None, list or dict of these."""


type HeardWord = tuple[str, float]
"""A recognised word and how sure the recogniser is of it, 0 to 1."""


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The media stream is open and its token accepted."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Voice activity: the caller has been audible for long enough to be speech."""


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The caller has been quiet for `silence_ms`, a moment: a gap between words, or the end. Speech that goes on after
    it is told by `SpeechStarted`, silence that lasts by `SpeechEnded`."""

    silence_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Voice activity: the caller has been silent for `silence_ms`, counted from the last voiced frame."""

    silence_ms: int


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """Recognition so far of one segment of speech; `stable_words` leading words will not change.

    `until_ms` is where its last word ends, in ms since the stream began; None where the recogniser does not tell.
    """

    result_id: str
    text: str
    stable_words: int = 0
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class FinalHeard:
    """Recognition of one segment of speech, for good. `words` are its words with their confidence, where known."""

    result_id: str
    text: str
    words: tuple[HeardWord, ...] = ()


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key of the caller's telephone: 0-9, * or #."""

    digit: str


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """The carrier thinks that it knows who picked up a call of ours: `human`, `machine_start`, `machine_end_beep`,
    `machine_end_silence`, `machine_end_other`, `fax` or `unknown`, as Twilio says."""

    verdict: str


@dataclass(frozen=True, slots=True)
class RecognitionFailed:
    """Recognition is lost and its adapter has given up reconnecting."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The stream stopped or its socket closed: nobody hears us any more."""


@dataclass(frozen=True, slots=True)
class CallMoves:
    """The call goes on elsewhere at once, on another stream or turn by turn: what it needs there is saved now."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer set by `SetTimer` has run down. A timer that was set anew or cancelled does not fire."""

    name: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The base of every result that some turn asked for."""

    turn: int


@dataclass(frozen=True, slots=True)
class ReplyText(Reply):
    """The model has written some more text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyToolCall(Reply):
    """The model has named a tool. `arguments` is JSON text, as the model wrote it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ReplyFinished(Reply):
    """The model has nothing to add."""


@dataclass(frozen=True, slots=True)
class ReplyFailed(Reply):
    """The model refused, stalled or broke off."""

    reason: str


@dataclass(frozen=True, slots=True)
class ToolReturned(Reply):
    """A tool of the agent has answered."""

    call_id: str
    result: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ToolFailed(Reply):
    """A tool of the agent raised or ran out of time."""

    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SegmentStarted(Reply):
    """The first sound of a segment has been sent to the carrier."""

    segment: int


@dataclass(frozen=True, slots=True)
class SegmentSent(Reply):
    """All of a segment's sound has been sent, `audio_ms` long."""

    segment: int
    audio_ms: int


@dataclass(frozen=True, slots=True)
class SegmentPlayed(Reply):
    """The carrier returned the mark that closes a segment."""

    segment: int


@dataclass(frozen=True, slots=True)
class SegmentFailed(Reply):
    """A segment could not be synthesised."""

    segment: int
    reason: str


type Event = (
    CallStarted
    | SpeechStarted
    | SpeechPaused
    | SpeechEnded
    | PartialHeard
    | FinalHeard
    | DigitPressed
    | AnsweredBy
    | RecognitionFailed
    | CallerGone
    | CallMoves
    | TimerFired
    | ReplyText
    | ReplyToolCall
    | ReplyFinished
    | ReplyFailed
    | ToolReturned
    | ToolFailed
    | SegmentStarted
    | SegmentSent
    | SegmentPlayed
    | SegmentFailed
)
