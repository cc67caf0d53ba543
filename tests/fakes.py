"""Fakes of the ports, scripted by the test and free of clocks; contract suites in `tests/adapters` keep them honest.

Whatever a fake has been given is recorded in public lists; waiting for it is `await fake.changes.until(...)`, never a
sleep. Everything here is used from one event loop, except `FakeCallStore`, which threads may share.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock

from shared.core.actions import Message, ToolSpec
from shared.core.agent import Voice
from shared.core.call_status import CallStatus
from shared.core.events import JsonValue
from shared.core.next_step import HandOver, NextStep, TurnByTurn
from shared.core.transfer import Transfer
from shared.ports import (
    BusinessEvent,
    CallRecord,
    LogEntry,
    ModelEvent,
    NewCall,
    ProviderError,
    Transcript,
    Unavailable,
)
from shared.ports.transfers import KeptTransfer, LegOrder
from shared.wire import mulaw

PATIENCE_S = 5.0


class Changes:
    """Lets a test wait until something is so."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed: look again."""
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once `condition` holds; TimeoutError after five seconds."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await self._next.wait()


class FakeRecognition:
    """One open stream: `audio` is what it was sent; `say` and `fail` are what the vendor does."""

    def __init__(self, language: str, vocabulary: str | None, changes: Changes, mixed_with: Sequence[str] = ()) -> None:
        self.language = language
        self.mixed_with = mixed_with
        self.vocabulary = vocabulary
        self.audio = bytearray()
        self.flushes = 0
        self.dropped_ms = 0
        self.closed = False
        self.changes = changes
        self._script: asyncio.Queue[Transcript] = asyncio.Queue()
        self._failure: ProviderError | None = None

    def say(self, *transcripts: Transcript) -> None:
        for transcript in transcripts:
            self._script.put_nowait(transcript)

    def fail(self, error: ProviderError) -> None:
        self._failure = error
        self._script.shutdown()

    def close(self) -> None:
        self.closed = True
        self._script.shutdown()
        self.changes.tell()

    def send(self, ulaw: bytes) -> None:
        self.audio += ulaw
        self.changes.tell()

    def flush(self) -> None:
        self.flushes += 1
        self.changes.tell()

    async def results(self) -> AsyncGenerator[Transcript]:
        while True:
            try:
                transcript = await self._script.get()
            except asyncio.QueueShutDown:
                break
            yield transcript
        if self._failure is not None:
            raise self._failure


class FakeSpeechToText:
    """Keeps every stream it opened in `streams`."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.streams: list[FakeRecognition] = []

    @asynccontextmanager
    async def listen(
        self, *, language: str, mixed_with: Sequence[str] = (), vocabulary: str | None = None
    ) -> AsyncIterator[FakeRecognition]:
        stream = FakeRecognition(language, vocabulary, self.changes, mixed_with)
        self.streams.append(stream)
        self.changes.tell()
        try:
            yield stream
        finally:
            stream.close()

    async def stream(self, number: int = 0) -> FakeRecognition:
        """The stream opened as the `number`-th, from 0; waits for it."""
        await self.changes.until(lambda: len(self.streams) > number)
        return self.streams[number]


@dataclass(frozen=True, slots=True)
class Spoken:
    text: str
    voice: Voice
    cached: bool


class FakeTextToSpeech:
    """Every character is 20 ms of a steady tone, in chunks of 100 ms."""

    MS_PER_CHARACTER = 20
    CHUNK_BYTES = 100 * mulaw.BYTES_PER_MS

    def __init__(self) -> None:
        self.changes = Changes()
        self.spoken: list[Spoken] = []
        self.stopped: list[str] = []
        """Texts whose audio was not wanted to the end."""
        self._faults: dict[str, tuple[ProviderError, int]] = {}
        self._gates: dict[str, asyncio.Event] = {}

    def fail(self, text: str, error: ProviderError, *, after_chunks: int = 0) -> None:
        """From now on `text` fails, after so many chunks."""
        self._faults[text] = (error, after_chunks)

    def hold(self, text: str) -> asyncio.Event:
        """From now on `text` waits for this event after its first chunk."""
        return self._gates.setdefault(text, asyncio.Event())

    def audio(self, text: str) -> bytes:
        """What `text` sounds like."""
        return b"\x2a" * (len(text) * self.MS_PER_CHARACTER * mulaw.BYTES_PER_MS)

    async def speak(self, text: str, voice: Voice, *, cached: bool = False) -> AsyncGenerator[bytes]:
        self.spoken.append(Spoken(text, voice, cached))
        self.changes.tell()
        whole = False
        try:
            async for chunk in self._chunks(text):
                yield chunk
            whole = True
        finally:
            if not whole:
                self.stopped.append(text)
            self.changes.tell()

    async def _chunks(self, text: str) -> AsyncIterator[bytes]:
        audio = self.audio(text)
        error, sound_chunks = self._faults.get(text, (None, -1))
        for count, at in enumerate(range(0, len(audio), self.CHUNK_BYTES)):
            if count == 1 and text in self._gates:
                await self._gates[text].wait()
            if error is not None and count == sound_chunks:
                raise error
            yield audio[at : at + self.CHUNK_BYTES]
        if error is not None:
            raise error


@dataclass(frozen=True, slots=True)
class Asked:
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]


type ModelStep = ModelEvent | ProviderError | asyncio.Event
"""One step of a scripted reply: something written, a failure, or an event to wait for."""


class FakeLanguageModel:
    """Answers each request with the next scripted reply; `asked` keeps the requests."""

    def __init__(self, *replies: Iterable[ModelStep]) -> None:
        self.changes = Changes()
        self.asked: list[Asked] = []
        self.cancelled: list[int] = []
        """Numbers, from 0, of the requests whose reply was not wanted to the end."""
        self._replies = deque(tuple(reply) for reply in replies)

    def script(self, *reply: ModelStep) -> None:
        """Add a reply."""
        self._replies.append(reply)

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        number = len(self.asked)
        self.asked.append(Asked(tuple(messages), tuple(tools)))
        self.changes.tell()
        if not self._replies:
            raise Unavailable("no reply is scripted")
        over = False
        try:
            for step in self._replies.popleft():
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, ProviderError):
                    over = True
                    raise step
                else:
                    yield step
            over = True
        finally:
            if not over:
                self.cancelled.append(number)
            self.changes.tell()


@dataclass(frozen=True, slots=True)
class ToolRun:
    name: str
    arguments: Mapping[str, str]
    key: str


type ToolFunction = Callable[[Mapping[str, str]], Mapping[str, JsonValue]]


class FakeTools:
    """Tools are plain functions; a function may raise a ProviderError. `held` tools wait for their event."""

    def __init__(self, **functions: ToolFunction) -> None:
        self.changes = Changes()
        self.runs: list[ToolRun] = []
        self.held: dict[str, asyncio.Event] = {}
        self._functions = functions

    def names(self) -> Iterable[str]:
        return self._functions.keys()

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        self.runs.append(ToolRun(name, arguments, key))
        self.changes.tell()
        if name in self.held:
            await self.held[name].wait()
        return self._functions[name](arguments)


class FakeEventBus:
    """Keeps what was published. `fail` makes every later event raise."""

    def __init__(self) -> None:
        self.published: list[BusinessEvent] = []
        self._failure: ProviderError | None = None

    def fail(self, error: ProviderError | None) -> None:
        self._failure = error

    def publish(self, event: BusinessEvent) -> None:
        if self._failure is not None:
            raise self._failure
        self.published.append(event)


class FakeCallStore:
    """Call state in memory. `fail` makes every later operation raise."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: dict[str, CallRecord] = {}
        self._logs: defaultdict[str, dict[str, Sequence[LogEntry]]] = defaultdict(dict)
        self._early: dict[str, CallStatus] = {}
        self._verdicts: dict[str, str] = {}
        self._report_lines: dict[str, int] = {}
        self._failure: ProviderError | None = None

    def fail(self, error: ProviderError | None) -> None:
        self._failure = error

    def create(self, call: NewCall) -> CallRecord | None:
        with self._working():
            if call.call_sid in self._calls:
                return None
            self._calls[call.call_sid] = CallRecord(
                call_sid=call.call_sid,
                account_sid=call.account_sid,
                caller=call.caller,
                called=call.called,
                agent=call.agent,
                status=self._early.pop(call.call_sid, CallStatus.RINGING),
                created_at=call.created_at,
                token_hash=call.token_hash,
                token_expires_at=call.token_expires_at,
                language=call.language,
                assignment=call.assignment,
                answered_by=self._verdicts.pop(call.call_sid, ""),
            )
            return self._calls[call.call_sid]

    def get(self, call_sid: str) -> CallRecord | None:
        with self._working():
            return self._calls.get(call_sid)

    def renew_token(self, call_sid: str, token_hash: str, expires_at: datetime) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.ended_at is not None:
                return False
            self._calls[call_sid] = replace(call, token_hash=token_hash, token_expires_at=expires_at, token_spent=False)
            return True

    def claim_stream(self, call_sid: str, token_hash: str, now: datetime) -> int | None:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.ended_at is not None or call.token_hash != token_hash:
                return None
            if call.token_spent or now >= call.token_expires_at:
                return None
            self._calls[call_sid] = replace(call, streams=call.streams + 1, token_spent=True)
            return call.streams + 1

    def advance_status(self, call_sid: str, status: CallStatus, at: datetime) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            before = self._early.get(call_sid) if call is None else call.status
            if before is not None and status.rank <= before.rank:
                return False
            if call is None:
                self._early[call_sid] = status
            else:
                self._calls[call_sid] = replace(call, status=status)
            return True

    def set_answered_by(self, call_sid: str, verdict: str) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None:
                self._verdicts[call_sid] = verdict
            elif call.ended_at is not None:
                return False
            else:
                self._calls[call_sid] = replace(call, answered_by=verdict)
            return True

    def set_next_step(self, call_sid: str, next_step: NextStep, *, stream: int) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.streams != stream or _takes(call.next_step) not in ("", _takes(next_step)):
                return False
            self._calls[call_sid] = replace(call, next_step=next_step)
            return True

    def take_over(self, call_sid: str, step: HandOver, *, stream: int) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.ended_at is not None or call.streams != stream:
                return False
            if not isinstance(call.next_step, TurnByTurn | None):
                return False
            self._calls[call_sid] = replace(call, next_step=step)
            return True

    def save_progress(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        return self._update_owned(call_sid, stream, lambda call: replace(call, progress=dict(progress)))

    def resume(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.ended_at is not None or call.streams != stream or call.next_step is None:
                return False
            self._calls[call_sid] = replace(call, progress=dict(progress), next_step=None)
            return True

    def take_turn(
        self, call_sid: str, progress: Mapping[str, JsonValue], next_step: NextStep | None, *, turn: int
    ) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.ended_at is not None or call.streams != turn - 1 or _takes(call.next_step):
                return False
            then = next_step or call.next_step
            self._calls[call_sid] = replace(call, progress=dict(progress), next_step=then, streams=turn)
            return True

    def save_report(self, call_sid: str, report: Mapping[str, JsonValue], *, lines: int) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or lines <= self._report_lines.get(call_sid, -1):
                return False
            self._report_lines[call_sid] = lines
            self._calls[call_sid] = replace(call, report=dict(report))
            return True

    def append(self, call_sid: str, entries: Sequence[LogEntry]) -> bool:
        with self._working():
            key = entries[0].key
            is_new = key not in self._logs[call_sid]
            self._logs[call_sid].setdefault(key, tuple(entries))
            return is_new

    def log(self, call_sid: str) -> Sequence[LogEntry]:
        with self._working():
            lines = [entry for entries in self._logs[call_sid].values() for entry in entries]
            return sorted(lines, key=lambda entry: (entry.at, entry.key))

    def finish(self, call_sid: str, outcome: str, at: datetime) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.ended_at is not None:
                return False
            forgotten = call.assignment and replace(call.assignment, facts={}, earlier=None)
            self._calls[call_sid] = replace(call, ended_at=at, outcome=outcome, assignment=forgotten)
            return True

    def _update_owned(self, call_sid: str, stream: int, change: Callable[[CallRecord], CallRecord]) -> bool:
        with self._working():
            call = self._calls.get(call_sid)
            if call is None or call.streams != stream:
                return False
            self._calls[call_sid] = change(call)
            return True

    def _working(self) -> Lock:
        if self._failure is not None:
            raise self._failure
        return self._lock


def _takes(step: NextStep | None) -> str:
    """Who takes the call over from the agent."""
    return step.person if isinstance(step, HandOver) else ""


class FakeTransfers:
    """Transfers in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[str, int], KeptTransfer] = {}

    def open_transfer(
        self,
        call_sid: str,
        number: int,
        transfer: Transfer,
        briefing: Mapping[str, JsonValue],
        at: datetime,
        *,
        version: int = 0,
    ) -> bool:
        with self._lock:
            there = self._kept.get((call_sid, number))
            if there is not None and there.version != version:
                return False
            self._kept[call_sid, number] = KeptTransfer(transfer, dict(briefing), version + 1)
            return True

    def transfer(self, call_sid: str, number: int) -> KeptTransfer | None:
        return self._kept.get((call_sid, number))

    def save_transfer(self, call_sid: str, number: int, transfer: Transfer, *, version: int) -> bool:
        with self._lock:
            kept = self._kept.get((call_sid, number))
            if kept is None or kept.version != version:
                return False
            self._kept[call_sid, number] = replace(kept, transfer=transfer, version=version + 1)
            return True


class FakeTelephony:
    """Keeps what was ordered; `refuse` makes every later order raise."""

    def __init__(self) -> None:
        self.rung: list[LegOrder] = []
        self.redirected: list[tuple[str, str]] = []
        self.hung_up: list[str] = []
        self._failure: ProviderError | None = None

    def refuse(self, error: ProviderError | None) -> None:
        self._failure = error

    def ring(self, order: LegOrder) -> str:
        self._check()
        self.rung.append(order)
        return f"CA{len(self.rung):032x}"

    def redirect(self, account_sid: str, call_sid: str, url: str) -> None:
        self._check()
        self.redirected.append((call_sid, url))

    def hang_up(self, account_sid: str, call_sid: str) -> None:
        self._check()
        self.hung_up.append(call_sid)

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure


class FakeRoster:
    """Streaming tasks in memory. `fail` makes every later operation raise."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[datetime, datetime]] = {}
        self._wanted_since: datetime | None = None
        self._asked_until = datetime.min.replace(tzinfo=UTC)
        self._failure: ProviderError | None = None

    def fail(self, error: ProviderError | None) -> None:
        self._failure = error

    def announce(self, task: str, since: datetime, until: datetime) -> None:
        self._work()
        self._tasks[task] = (since, until)
        self._wanted_since, self._asked_until = None, datetime.min.replace(tzinfo=UTC)

    def withdraw(self, task: str) -> None:
        self._work()
        self._tasks.pop(task, None)

    def awake_since(self, now: datetime) -> datetime | None:
        self._work()
        return min((since for since, until in self._tasks.values() if until > now), default=None)

    def ask(self, now: datetime, until: datetime) -> datetime | None:
        self._work()
        if now < self._asked_until:
            return None
        self._wanted_since, self._asked_until = self._wanted_since or now, until
        return self._wanted_since

    def _work(self) -> None:
        if self._failure is not None:
            raise self._failure


class FakeTaskService:
    """Counts the tasks that were asked for. `fail` makes every later request raise."""

    def __init__(self) -> None:
        self.wanted = 0
        self.asked = 0
        self._failure: ProviderError | None = None

    def fail(self, error: ProviderError | None) -> None:
        self._failure = error

    def start_one(self) -> bool:
        self.asked += 1
        if self._failure is not None:
            raise self._failure
        begins = self.wanted == 0
        self.wanted = max(1, self.wanted)
        return begins
