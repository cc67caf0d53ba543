"""A streaming service on a real socket, with fakes behind its ports, and a clinic to answer."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.agent import Agent, Fact, Phrases, Route, Slot, SlotKind, Task, Voice
from shared.core.events import JsonValue
from shared.ports import CallRecord, LogEntry, NewCall
from shared.usecases.addresses import addresses_at
from shared.usecases.stream_token import hash_token
from shared.usecases.transfer import Switch
from streaming.app import StreamingApp, build_app
from streaming.deps import Deps
from streaming.server import DrainingServer
from streaming.voice_activity import VoiceActivity
from tests.fakes import (
    Changes,
    FakeCallStore,
    FakeLanguageModel,
    FakeSpeechToText,
    FakeTelephony,
    FakeTextToSpeech,
    FakeTools,
    FakeTransfers,
)
from tests.ledger import FakeLedger
from tests.people import FakePeople
from tests.streaming.twilio import AUTH_TOKEN, STREAM_URL

MAX_CALLS = 4
WEBHOOKS = addresses_at("https://voice.example.com", STREAM_URL)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

CLINIC = Agent(
    name="clinic",
    business="Harbour Clinic",
    role="the front desk",
    greeting="Harbour Clinic.",
    disclosure="I am a machine.",
    question="How may I help?",
    language="en-US",
    timezone="Europe/Dublin",
    voice=Voice("Joanna"),
    phrases=Phrases(
        anything_else="Anything else?",
        goodbye="Goodbye.",
        one_moment=("One moment.",),
        not_understood=("Pardon?",),
        still_there=("Hello?",),
        silent_goodbye="I hear nothing.",
        trouble="Please say that again.",
        cut_off="We were cut off.",
        time_is_up="Our time is up.",
        message_taken="Your message is saved. Goodbye!",
        dropped="Never mind.",
        unsure="Not sure.",
        check="I heard {value}, right?",
        use_keypad="Or type it.",
        what_to_change="What shall I change?",
        no_card_numbers="No card numbers, please.",
        back="I'm back.",
        whisper="A caller of {business}: {about}.",
        accept="Press 1 or say yes.",
        not_needed="Not needed any more.",
        hold="Please hold. Press star to come back.",
        verified="verified: {identity}",
        not_verified="not verified",
    ),
    when_it_fails="desk",
    facts=(Fact("opening hours", "We open at eight."),),
    tasks=(
        Task(
            name="look_up",
            language="en-US",
            purpose="Look up a patient by number.",
            callers_say=("look me up",),
            slots=(Slot("number", SlotKind.DIGITS, "Which number?", min_digits=4, max_digits=4),),
            run="find_patient",
            done="Found you.",
        ),
    ),
    routes=(Route("desk", "People.", ("a human",), "I will take a message.", "Speak after the tone."),),
)


class WatchedStore(FakeCallStore):
    """Tells the test's event loop when a thread has written something."""

    def __init__(self) -> None:
        super().__init__()
        self.changes = Changes()
        self.saves: Counter[str] = Counter()
        """How often each call's progress was saved, which is whenever the floor is the caller's."""
        self._loop = asyncio.get_running_loop()

    def save_progress(self, call_sid: str, progress: Mapping[str, JsonValue], *, stream: int) -> bool:
        self.saves[call_sid] += 1
        return self._told(super().save_progress(call_sid, progress, stream=stream))

    def append(self, call_sid: str, entries: Sequence[LogEntry]) -> bool:
        return self._told(super().append(call_sid, entries))

    def finish(self, call_sid: str, outcome: str, at: datetime) -> bool:
        return self._told(super().finish(call_sid, outcome, at))

    def _told(self, result: bool) -> bool:
        self._loop.call_soon_threadsafe(self.changes.tell)
        return result


@pytest.fixture(autouse=True)
def _no_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.records.LINGER_S", 0)


@dataclass
class Service:
    """A running service and the world around it."""

    app: StreamingApp
    store: WatchedStore
    hearing: FakeSpeechToText
    voice: FakeTextToSpeech
    model: FakeLanguageModel
    tools: FakeTools
    voice_activity: VoiceActivity
    switch: Switch
    telephony: FakeTelephony
    port: int = 0

    def new_call(self, number: int = 1, *, token: str = "let-me-in") -> str:
        """A call that the voice webhook has answered; its sid."""
        call_sid = f"CA{number:032x}"
        self.store.create(
            NewCall(
                call_sid=call_sid,
                account_sid="AC" + "0" * 32,
                caller="+353861234567",
                called="+35312345678",
                agent="clinic",
                created_at=NOW,
                token_hash=hash_token(token),
                token_expires_at=NOW + timedelta(minutes=1),
            )
        )
        return call_sid

    def call(self, call_sid: str) -> CallRecord:
        record = self.store.get(call_sid)
        assert record is not None
        return record

    def kinds(self, call_sid: str) -> list[str]:
        """The kinds of the call's record, in order."""
        return [entry.kind for entry in self.store.log(call_sid)]

    def entries(self, call_sid: str, kind: str) -> list[LogEntry]:
        return [entry for entry in self.store.log(call_sid) if entry.kind == kind]

    async def listening(self, call_sid: str, times: int = 1) -> None:
        """Wait until the agent has finished speaking and given the caller the floor, so many times."""
        await self.store.changes.until(lambda: self.store.saves[call_sid] >= times)

    async def idle(self) -> None:
        """Wait until no socket is served any more."""
        async with asyncio.timeout(10):
            while self.app.calls.count:  # noqa: ASYNC110  # the service has no hook for its tests
                await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(app: StreamingApp) -> AsyncIterator[int]:
    """Serve on a free port of loopback, without signal handlers."""
    server = DrainingServer(app, host="127.0.0.1", port=0, drain_s=60)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        yield server.bound_port
    finally:
        await server.shutdown()


@contextmanager
def service_parts(silero: VoiceActivity | None = None, agent: Agent = CLINIC) -> Iterator[Service]:
    """A service that does not listen yet."""
    store, hearing, voice = WatchedStore(), FakeSpeechToText(), FakeTextToSpeech()
    model, tools = FakeLanguageModel(), FakeTools(find_patient=lambda arguments: {"status": "found"})
    voice_activity = silero or VoiceActivity(MAX_CALLS)
    telephony, people = FakeTelephony(), FakePeople(lambda: NOW)
    switch = Switch(store, FakeTransfers(), telephony, people, WEBHOOKS, {"clinic": agent}, lambda: NOW)
    with ThreadPoolExecutor(4) as threads:
        deps = Deps(
            hearing=hearing,
            voice=voice,
            model=model,
            tools={"clinic": tools},
            store=store,
            store_threads=threads,
            ledger=FakeLedger(),
            switch=switch,
            order_threads=threads,
            voice_activity=voice_activity,
            agents={"clinic": agent},
            stream_url=STREAM_URL,
            auth_tokens=(AUTH_TOKEN,),
            max_calls=MAX_CALLS,
            clock=lambda: NOW,
            vocabularies={"clinic": "clinic-words"},
        )
        yield Service(build_app(deps), store, hearing, voice, model, tools, voice_activity, switch, telephony)


@pytest.fixture(scope="session")
def silero() -> VoiceActivity:
    return VoiceActivity(MAX_CALLS)


@pytest.fixture
async def service(silero: VoiceActivity) -> AsyncIterator[Service]:
    with service_parts(silero) as service:
        async with serving(service.app) as service.port:
            yield service
