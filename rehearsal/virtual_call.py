"""One scenario, played at virtual time."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from local.carrier.call import Call
from local.carrier.handset import Answer
from local.carrier.phones.script import Script
from local.carrier.phones.script import Step as PhoneStep
from rehearsal import virtual_time
from rehearsal.clinic import Clinic
from rehearsal.customers import Customers
from rehearsal.evidence import Evidence
from rehearsal.faults.ports import vendors_ports
from rehearsal.faults.stores import Bookings, Calls
from rehearsal.faults.trouble import Trouble
from rehearsal.heard import longest_quiet_ms, texts, without_agent
from rehearsal.hearing import Hearing, HearingPace
from rehearsal.people import AtPhone
from rehearsal.scenario import Day, Happening, Person, Scenario, steps_of
from rehearsal.speech import Speech
from rehearsal.stage import CALLER, NUMBER, Ports, Stage, staged, warm_up
from rehearsal.thinking import Thinking, ThinkingPace
from rehearsal.virtual_time import VirtualLoop
from rehearsal.voice import SpokenVoice, VoicePace
from shared.adapters.agent_files import load
from shared.core.agent import Agent
from shared.usecases.tool_kit import Callbacks, Notes, ToolKit
from tests.fakes import FakeCallStore
from tests.people import FakeFollowUps

AGENT_FILE: Final = Path(__file__).parents[1] / "agents" / "front_door.yaml"
SETTLED_S: Final = 5
"""After the call, for its record to be written out."""

_steps: Final[TypeAdapter[list[PhoneStep]]] = TypeAdapter(list[PhoneStep])
_no_threads: Final = ThreadPoolExecutor(1)
"""Never used: the loop runs such work itself (`rehearsal.virtual_time`)."""


def play(scenario: Scenario) -> Evidence:
    """The call, from dialling to the last line of its record."""
    return virtual_time.run(_play(scenario))


def day_of(scenario: Scenario) -> Day:
    return Day.after(scenario.at.date())


async def _play(scenario: Scenario) -> Evidence:
    agent = _agent(scenario.agent)
    if scenario.call_minutes is not None:
        agent = replace(agent, limits=replace(agent.limits, call_ms=scenario.call_minutes * 60_000))
    began = scenario.at.replace(tzinfo=ZoneInfo(agent.timezone))
    speech = Speech()
    people = [_at_phone(person, day_of(scenario)) for person in scenario.people]
    async with _vendors(scenario, agent, speech, began) as ports, staged(agent, speech, ports, began, people) as stage:
        await warm_up(agent, ports.voice, began)
        script = Script(*_steps.validate_python(steps_of(scenario, day_of(scenario))))
        loop = asyncio.get_running_loop()
        for happening in scenario.happenings:
            loop.call_later(happening.at, _doing(stage, happening))
        if scenario.facts is None:
            call = await stage.exchange.dial_in(CALLER, NUMBER, script)
        else:
            call = stage.call_out(scenario.facts, lambda: script)
        await call.closed.wait()
        await asyncio.sleep(SETTLED_S)
        return _evidence(stage, call)


def _evidence(stage: Stage, call: Call) -> Evidence:
    sid, store, speech = call.record.sid, stage.ports.store, stage.speech
    legs = [other for other in stage.exchange.calls.values() if other is not call and other.answered]
    briefings = [kept.briefing for (of, _), kept in stage.transfers.kept.items() if of == sid]
    return Evidence(
        store.get(sid),
        store.log(sid),
        [event.json() for event in call.timeline.events],
        call.tape.duration_ms,
        told=briefings,
        people_heard=[text for leg in legs for text in texts(speech, leg.tape)],
        caller_heard=texts(speech, call.tape),
        quiet_ms=longest_quiet_ms(call.tape, without_agent(call.timeline, call.tape.duration_ms)),
        rang=stage.orders.rang,
        still_ringing=[leg.record.to for leg in stage.exchange.calls.values() if not leg.record.over],
    )


_ANSWERS: Final = {"pick up": Answer.PICKED_UP, "busy": Answer.BUSY, "never": None}


def _at_phone(person: Person, day: Day) -> AtPhone:
    steps = _steps.validate_python(steps_of(person, day))
    ring_ms, answer = round(person.ring * 1000), _ANSWERS[person.answer]
    return AtPhone(person.at, person.team, lambda: Script(*steps, ring_ms=ring_ms, answer=answer))


@asynccontextmanager
async def _vendors(scenario: Scenario, agent: Agent, speech: Speech, began: datetime) -> AsyncIterator[Ports]:
    """Well, and behind their ports; or with a fault, on sockets."""
    fault, loop = scenario.fault, asyncio.get_running_loop()
    if fault is None:
        yield _ports(scenario, agent, speech, began)
        return
    assert isinstance(loop, VirtualLoop)
    trouble = Trouble(fault.party, fault.kind, lasts_s=fault.lasts)
    bookings = Bookings(agent.timezone, lambda: began + timedelta(seconds=loop.time()), trouble)
    async with vendors_ports(agent, speech, trouble, bookings, Calls(trouble, loop), pairs=False) as ports:
        loop.call_later(fault.at, trouble.begin)
        yield ports


def _ports(scenario: Scenario, agent: Agent, speech: Speech, began: datetime) -> Ports:
    draw, vendors, loop = random.Random(scenario.seed), scenario.vendors, asyncio.get_running_loop()
    hearing = HearingPace(partial_ms=vendors.recognition_partial_ms, final_ms=vendors.recognition_final_ms)
    return Ports(
        hearing=Hearing(speech, hearing, draw),
        voice=SpokenVoice(speech, VoicePace(first_byte_ms=vendors.first_sound_ms), draw),
        model=Thinking(ThinkingPace(first_token_ms=vendors.first_token_ms), draw),
        tools=ToolKit(
            Clinic(agent.timezone, lambda: began + timedelta(seconds=loop.time()), takes_ms=vendors.tool_ms),
            Customers(takes_ms=vendors.tool_ms),
            Notes(),
            Callbacks(FakeFollowUps(), threads=_no_threads, now=lambda: began),
        ),
        store=FakeCallStore(),
    )


def _doing(stage: Stage, happening: Happening) -> Callable[[], None]:
    match happening.do:
        case "drain":
            return stage.drain
        case "cut":
            return stage.network.cut
        case "lose":
            return stage.orders.lose


@cache
def _agent(name: str) -> Agent:
    return load(AGENT_FILE.with_name(f"{name}.yaml"))
