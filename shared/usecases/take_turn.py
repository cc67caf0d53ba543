"""One turn of a call that is held without a stream: what the caller did goes in, what the agent says to it comes out.

What the agent says is kept in the call's state before it is said, as what it has left unsaid. So a webhook delivered
again says the same and does nothing again; two deliveries at once agree on one answer; and a stream that takes the call
over says it in this turn's stead.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.core.actions import Record, Speak
from shared.core.agent import Agent
from shared.core.call import Call
from shared.core.events import (
    AnsweredBy,
    CallMoves,
    CallStarted,
    DigitPressed,
    Event,
    FinalHeard,
    JsonValue,
    SpeechEnded,
    SpeechStarted,
    TimerFired,
)
from shared.core.moved import Moved
from shared.core.next_step import NextStep, TurnByTurn
from shared.core.rules.person import OptOut
from shared.core.timers import Timer
from shared.core.ways_out import OPT_OUT
from shared.ports import CallRecord, CallStore, LanguageModel, LogEntry, ProviderError, Tools
from shared.ports.fleet import Fleet
from shared.ports.ledger import Ledger
from shared.usecases import turn_by_turn
from shared.usecases.answers import TROUBLE, Addresses, Verbs, connect, farewell, way_out
from shared.usecases.by_stream import stream_again
from shared.usecases.gather import gather, spoken
from shared.usecases.record_stream_status import INCURABLE
from shared.usecases.stream_token import TOKEN_LIFETIME, hash_token
from shared.wire.twiml import Hangup, Redirect

ANSWER_S = 9.0
"""For the model and the tools of one turn; what has not answered by then is taken for failed."""

_OF_THE_STREAM = "turn_timing"
"""A line of the record that measures sound: what the carrier's own ear and voice take is not known to us."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the carrier has collected. Nothing at all is silence."""

    number: int
    """Among the call's streams and turns, from 1."""
    heard: bool
    """Whether the caller has heard what the turn before this one said."""
    speech: str = ""
    confidence: float | None = None
    """How sure the carrier is of all of `speech`, 0 to 1."""
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What turns are taken with."""

    store: CallStore
    addresses: Addresses
    agents: Mapping[str, Agent]
    model: LanguageModel
    tools: Mapping[str, Tools]
    """By agent."""
    ledger: Ledger
    """Where it stands who is not to be called again."""
    fleet: Fleet | None = None
    """None where streaming tasks are always kept."""


async def take_turn(talk: Talk, call_sid: str, turn: Turn, *, token: str, now: datetime) -> Verbs:
    """The verbs that go on with the call. `token` is used if a stream takes over. Raises ProviderError."""
    call = await asyncio.to_thread(talk.store.get, call_sid)
    if call is None:
        log.warning("call_unknown", extra={"call_sid": call_sid})
        return farewell(None, TROUBLE)
    agent = talk.agents.get(call.agent)
    if call.ended_at is not None:
        return (Hangup(),)
    if agent is None:
        step = way_out(agent, "agent-unknown")
        await asyncio.to_thread(talk.store.set_next_step, call_sid, step, stream=call.streams)
    if agent is None or (call.streams < turn.number and _is_over(call)):
        return (Redirect(talk.addresses.next_step),)
    if call.streams < turn.number:
        outcome = await _converse(talk, agent, call, turn, now)
        await asyncio.to_thread(_opt_out, talk.ledger, call, outcome.notes, now)
        if await asyncio.to_thread(_keep, talk.store, call_sid, turn.number, outcome, now):
            url = None if outcome.next_step else await asyncio.to_thread(_stream, talk, agent, call, turn, now)
            if url is not None and await asyncio.to_thread(
                talk.store.renew_token, call_sid, hash_token(token), now + TOKEN_LIFETIME
            ):
                log.info("turn_streamed", extra={"call_sid": call_sid, "turn": turn.number})
                return connect(talk.addresses, url, token)
        call = await asyncio.to_thread(talk.store.get, call_sid) or call
    return _answer(talk.addresses, agent, call, now)


def _is_over(call: CallRecord) -> bool:
    return call.next_step is not None and not isinstance(call.next_step, TurnByTurn)


def _answer(addresses: Addresses, agent: Agent, call: CallRecord, now: datetime) -> Verbs:
    """What the call's state says is to be said now."""
    moved = Moved.read(call.progress or {}) or Moved()
    core = _core(agent, call, now)
    if _is_over(call):
        return (*spoken(core.agent, moved.unsaid), Redirect(addresses.next_step))
    waiting, then = core.floor.dialogue, addresses.turn_number(call.streams + 1, heard=True)
    patience_ms = waiting.patience_ms
    return gather(core.agent, moved.unsaid, waiting.expecting, waiting.slot, then=then, patience_ms=patience_ms)


def _core(agent: Agent, call: CallRecord, now: datetime) -> Call:
    local = now.astimezone(ZoneInfo(agent.timezone))
    return Call(agent, call_sid=call.call_sid, now=local, progress=call.progress, assignment=call.assignment)


@dataclass(frozen=True, slots=True)
class _Outcome:
    progress: Mapping[str, JsonValue]
    next_step: NextStep | None
    notes: list[Record]


async def _converse(talk: Talk, agent: Agent, call: CallRecord, turn: Turn, now: datetime) -> _Outcome:
    notes: list[Record] = []

    def shown(shown: Speak | Record) -> None:
        if isinstance(shown, Record) and shown.kind != _OF_THE_STREAM:
            notes.append(shown)

    core = _core(agent, call, now)
    turns = turn_by_turn.TurnByTurn(core, talk.model, talk.tools[call.agent], shown)
    await turns.happen(CallStarted(), within_s=ANSWER_S)
    if turn.heard:
        await turns.heard()
        verdict = [AnsweredBy(call.answered_by)] if call.answered_by else []
        await turns.happen(*verdict, *_events(agent, call, turn, now), within_s=ANSWER_S)
    unsaid = core.floor.speaking.playback.lines
    if core.floor.end is not None:
        await turns.heard()
    else:
        await turns.happen(CallMoves())
    assert turns.progress is not None
    progress = Moved(unsaid).into(turns.progress) if turns.next_step else turns.progress
    return _Outcome(progress, turns.next_step, notes)


def _events(agent: Agent, call: CallRecord, turn: Turn, now: datetime) -> list[Event]:
    """What the caller did, as the core has it."""
    if (now - call.created_at).total_seconds() * 1_000 > agent.limits.call_ms:
        return [TimerFired(Timer.CALL)]
    if turn.digits:
        return [*map(DigitPressed, turn.digits), TimerFired(Timer.KEYPAD)]
    if turn.speech:
        sure = turn.confidence
        words = () if sure is None else tuple((word, sure) for word in turn.speech.split())
        return [SpeechStarted(), FinalHeard(f"turn-{turn.number}", turn.speech, words), SpeechEnded(0)]
    return [TimerFired(Timer.SILENCE)]


def _opt_out(ledger: Ledger, call: CallRecord, notes: list[Record], now: datetime) -> None:
    """On file before it is confirmed. What cannot be written now is made good by whoever ends the call: its record has
    it."""
    said = next((note for note in notes if note.kind == OPT_OUT), None)
    if said is not None:
        try:
            ledger.opt_out(call.caller, OptOut(now, str(said.data.get("by", "")), call.call_sid))
        except ProviderError as error:
            about = {"call_sid": call.call_sid, "provider": "store", "reason": type(error).__name__}
            log.error("opt_out_late", extra=about)


def _keep(store: CallStore, call_sid: str, number: int, outcome: _Outcome, now: datetime) -> bool:
    """Write it, state first; False if another delivery of this turn was there before."""
    if not store.take_turn(call_sid, outcome.progress, outcome.next_step, turn=number):
        log.info("turn_taken_before", extra={"call_sid": call_sid, "turn": number})
        return False
    entries = [
        LogEntry(f"{number:02d}-{count:05d}", note.kind, now, note.data) for count, note in enumerate(outcome.notes, 1)
    ]
    try:
        if entries:
            store.append(call_sid, entries)
    except ProviderError as error:
        about = {"call_sid": call_sid, "provider": "store", "reason": type(error).__name__, "dropped": len(entries)}
        log.error("record_lost", extra=about)
    return True


def _stream(talk: Talk, agent: Agent, call: CallRecord, turn: Turn, now: datetime) -> str | None:
    """The address of the streams, if one is tried now: not by the turn that some stream was just given up for."""
    if not turn.heard or call.next_step == INCURABLE:
        return None
    return stream_again(talk.store, talk.addresses, agent, talk.fleet, call, now)
