"""Nobody is free, a call back is booked, and the agent makes it: it begins where the first call stopped (issue 5.5)."""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from local.carrier.call import Call
from local.carrier.handset import Answer
from local.carrier.phones.script import HangUp, Listen, Press, Say, Script, Step, Wait
from rehearsal import virtual_time
from rehearsal.customers import Customers
from rehearsal.heard import texts
from rehearsal.hearing import Hearing, HearingPace
from rehearsal.people import AtPhone
from rehearsal.speech import Speech
from rehearsal.stage import CALLER, NUMBER, Ports, Stage, staged, warm_up
from rehearsal.thinking import Thinking, ThinkingPace
from rehearsal.voice import SpokenVoice, VoicePace
from shared.adapters.agent_files import load
from shared.core.occasion import Occasion
from shared.ports import CallRecord
from shared.usecases.call_back import publish_call_back
from shared.usecases.tool_kit import Callbacks, Notes, ToolKit
from tests.fakes import FakeCallStore, FakeEventBus
from tests.people import FakeFollowUps

AGENT: Final = load(Path(__file__).parents[2] / "agents" / "hybrid.yaml")
BEGAN: Final = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo(AGENT.timezone))
DESK: Final = "+15550100203"
GREETING: Final = "Riverside Energy how can I help"


def answers(*said: str) -> tuple[Step, ...]:
    """Each once the agent has asked."""
    return tuple(step for text in said for step in (Listen(), Say(text=text)))


ASKS: Final[tuple[Step, ...]] = (
    *answers("My bill is too high", "My customer number is two zero four four one seven", "One zero zero two seven"),
    *answers("It is about the amount", "It is twice as much as last year"),
    *(Listen(), Wait(ms=18_000), Listen(), Press(digits=f"{CALLER[2:]}#")),
    *answers("Yes that's right", "No thank you goodbye"),
    *(Listen(), HangUp()),
)
IS_CALLED: Final[tuple[Step, ...]] = (
    Say(text="Hello?"),
    *answers("Yes", "Yes please", "One zero zero two seven"),
    *(Wait(ms=40_000), HangUp()),
)
TAKES_IT: Final[tuple[Step, ...]] = (
    *(Listen(), Press(digits="1"), Wait(ms=1_000), Say(text=GREETING), Wait(ms=3_000), HangUp()),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of both calls."""

    first: CallRecord
    said: list[str]
    """By the agent in the call back."""
    told: list[str]
    """To the person who took it, and to the caller."""
    briefing: str
    promised: list[bool]


async def _over(call: Call) -> None:
    await call.closed.wait()
    await asyncio.sleep(5)


async def _both() -> Seen:
    speech, draw, store, bus = Speech(), random.Random(7), FakeCallStore(), FakeEventBus()
    follow_ups, threads = FakeFollowUps(), ThreadPoolExecutor(1)
    calls_back = Callbacks(follow_ups, threads=threads, now=lambda: BEGAN, calls=store, timezone=AGENT.timezone)
    ports = Ports(
        hearing=Hearing(speech, HearingPace(), draw),
        voice=SpokenVoice(speech, VoicePace(), draw),
        model=Thinking(ThinkingPace(), draw),
        tools=ToolKit(Customers(takes_ms=30), Notes(), calls_back),
        store=store,
    )
    rings = iter([Script(answer=Answer.BUSY), Script(*TAKES_IT)])
    people = [AtPhone(DESK, "", lambda: next(rings))]
    agent = replace(AGENT, file="front_door")
    async with staged(agent, speech, ports, BEGAN, people) as stage:
        await warm_up(agent, ports.voice, BEGAN)
        first = await stage.exchange.dial_in(CALLER, NUMBER, Script(*ASKS))
        await _over(first)
        sid = first.record.sid
        promised = [publish_call_back(store, bus, sid, now=stage.now()) for _ in range(2)]
        (due,) = bus.published
        occasion = Occasion.read(due.kind, due.detail, due.at)
        again = stage.call_out(occasion.facts, lambda: Script(*IS_CALLED))
        await _over(again)
        return _seen(stage, store, speech, again, sid, promised)


def _seen(stage: Stage, store: FakeCallStore, speech: Speech, again: Call, sid: str, promised: list[bool]) -> Seen:
    known = store.get(sid)
    assert known is not None
    legs = [one for one in stage.exchange.calls.values() if one.record.to == DESK and one.answered]
    (briefing,) = [kept.briefing for (of, _), kept in stage.transfers.kept.items() if of == again.record.sid]
    return Seen(
        first=known,
        said=[str(line.data["text"]) for line in store.log(again.record.sid) if line.kind == "agent"],
        told=[*(text for leg in legs for text in texts(speech, leg.tape)), *texts(speech, again.tape)],
        briefing=str(briefing),
        promised=promised,
    )


def test_x4_nobody_is_free_and_the_agents_call_back_begins_where_the_call_stopped() -> None:
    seen = virtual_time.run(_both())
    assert seen.promised == [True, False]
    said = " ".join(seen.said)
    for words in (
        "calling you back as you asked",
        "Shall I put you through",
        "the ZIP code",
        "Thank you, Grace Miller.",
    ):
        assert words in said, said
    assert "customer number" not in said, "it was heard in the first call"
    assert "about the amount" not in said
    assert GREETING in seen.told, seen.told
    for known in ("verified: Grace Miller", "twice as much as last year", "note_down: done"):
        assert known in seen.briefing, seen.briefing
    assert "10027" not in seen.briefing
