"""A caller is put through to people: what happens to the transfer, and what the caller's leg and the person's hear.

`shared.core.transfer` decides; here its state is read, changed by a conditional write, and its effects are carried out,
by whoever's write it was. An effect that is lost is made good by the caller's next look.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from shared.core import transfer_events as core
from shared.core.agent import Agent, Destination, DestinationKind
from shared.core.assist import heard_of
from shared.core.briefing import Briefing
from shared.core.called_back import CALL_SID, lines_of
from shared.core.next_step import HandOver
from shared.core.report import Line
from shared.core.take_over import route_of
from shared.core.transfer import Transfer
from shared.core.transfer_events import Phase, Why
from shared.ports import CallRecord, CallStore, LogEntry, People, ProviderError, Refused
from shared.ports.transfers import KeptTransfer, LegOrder, Telephony, TransferStore
from shared.usecases.answers import Addresses
from shared.wire.twiml_dialing import sip_uri

TRIES = 10
"""To change a transfer that others change as well."""
CLAIM_BEYOND = timedelta(seconds=60)
"""How long a claim outlasts the ringing: for the whisper, and the answer to it."""
LONGEST_TALK = timedelta(hours=4)
"""A person who talks is held until then at most; the carrier ends a `<Dial>` after as long."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Switch:
    """What callers are put through with."""

    calls: CallStore
    transfers: TransferStore
    telephony: Telephony
    people: People
    addresses: Addresses
    agents: Mapping[str, Agent]
    now: Callable[[], datetime]

    def agent(self, call: CallRecord) -> Agent | None:
        """The one that answers this call, in the language it has come to."""
        agent = self.agents.get(call.agent)
        return agent and agent.as_left(call.progress)


def open_transfer(switch: Switch, call: CallRecord, step: HandOver, *, ahead: bool = False) -> KeptTransfer | None:
    """The transfer that ends the call's newest stream, begun unless it has been; None if there is nobody to ring."""
    kept = switch.transfers.transfer(call.call_sid, call.streams)
    agent = switch.agent(call)
    route = None if agent is None else route_of(agent, step)
    if agent is None or route is None or not route.destinations or not (kept is None or kept.transfer.called_off):
        return kept
    now, version = switch.now(), kept.version if kept else 0
    before = kept.transfer if kept else None
    transfer, effects = Transfer.begin(route, step.reason, ms(now), ahead=ahead, before=before)
    page = Briefing.of(agent, route, call.caller, _lines(switch, agent, call), call.progress or {}).page()
    if not switch.transfers.open_transfer(call.call_sid, call.streams, transfer, page, now, version=version):
        return switch.transfers.transfer(call.call_sid, call.streams)
    log.info("transfer_opened", extra={"call_sid": call.call_sid, "route": route.name, "reason": step.reason})
    _carry_out(switch, call, KeptTransfer(transfer, page, version + 1), effects)
    return switch.transfers.transfer(call.call_sid, call.streams)


def _lines(switch: Switch, agent: Agent, call: CallRecord) -> list[Line]:
    """The call's record, after what is of use of the call in which it was asked for, if it is a call back."""
    earlier = call.assignment.facts.get(CALL_SID) if call.assignment is not None else None
    before = [] if earlier is None else [(entry.kind, entry.data) for entry in switch.calls.log(earlier)]
    return [*lines_of(agent, before), *((entry.kind, entry.data) for entry in switch.calls.log(call.call_sid))]


def begin_ahead(switch: Switch, call_sid: str, step: HandOver, stream: int) -> None:
    """Have people rung while the caller still hears from the agent, on this stream, that they are put through.

    Nothing if the call is over, or goes elsewhere. Raises ProviderError; whatever is left to do, `open_transfer` does
    when the stream is over.
    """
    call = switch.calls.get(call_sid)
    if call is not None and call.ended_at is None and (call.streams, call.next_step) == (stream, step):
        open_transfer(switch, call, step, ahead=True)


def call_off(switch: Switch, call_sid: str, stream: int) -> None:
    """The agent goes on with the caller after all: nobody is to be rung any more. Raises ProviderError."""
    call = switch.calls.get(call_sid)
    if call is not None:
        happens(switch, call, core.CallerBack(Why.CALLED_OFF), number=stream)


def happens(switch: Switch, call: CallRecord, event: core.Event, *, number: int | None = None) -> KeptTransfer | None:
    """Something happened to the call's transfer `number` (the newest stream's); where it stands then.

    None if there is no such transfer. Raises ProviderError.
    """
    at = call.streams if number is None else number
    for _ in range(TRIES):
        kept = switch.transfers.transfer(call.call_sid, at)
        if kept is None:
            return None
        after, effects = kept.transfer.after(event, ms(switch.now()))
        changed = replace(kept, transfer=after, version=kept.version + 1)
        if after == kept.transfer or switch.transfers.save_transfer(call.call_sid, at, after, version=kept.version):
            if after.phase is Phase.TOGETHER is not kept.transfer.phase:
                _answered(switch, call, after)
            _carry_out(switch, call, changed, effects, number=at)
            return switch.transfers.transfer(call.call_sid, at) if effects else changed
    log.error("transfer_contended", extra={"call_sid": call.call_sid})
    return switch.transfers.transfer(call.call_sid, at)


def caller_gone(switch: Switch, call_sid: str) -> None:
    """The caller has hung up: whoever is rung for them, or talks to them, is let go of."""
    call = switch.calls.get(call_sid)
    if call is None or not isinstance(call.next_step, HandOver):
        return
    kept, taker = happens(switch, call, core.CallerGone()), call.next_step.person
    if kept is None and taker and (person := switch.people.person(taker)) is not None:
        switch.people.release(person.id, call_sid)  # they were held, and had not been rung yet


def resume(switch: Switch, call: CallRecord, transfer: Transfer) -> bool:
    """Give the call back to the agent, who is told what became of it; False if it has been, or the call is over."""
    returned = transfer.returned
    if returned.why is Why.GIVEN_BACK:
        lines = switch.calls.log(call.call_sid)
        returned = replace(returned, heard=heard_of((entry.kind, entry.data) for entry in lines))
    progress = returned.into(call.progress or {})
    return switch.calls.resume(call.call_sid, progress, stream=call.streams)


def fetch(switch: Switch, call: CallRecord) -> None:
    """Have the caller's leg go on from the transfer's state, now."""
    switch.telephony.redirect(call.account_sid, call.call_sid, switch.addresses.of_transfer("wait", fetched="yes"))


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1_000)


def _carry_out(
    switch: Switch, call: CallRecord, kept: KeptTransfer, effects: list[core.Effect], *, number: int | None = None
) -> None:
    at = call.streams if number is None else number
    for place, effect in enumerate(effects):
        try:
            match effect:
                case core.Ring():
                    if kept.transfer.asks and (event := _rung(switch, call, kept, effect, at)) is not None:
                        happens(switch, call, event, number=at)
                case core.HangUpLeg(leg):
                    switch.telephony.hang_up(call.account_sid, leg)
                case core.Fetch():
                    fetch(switch, call)
                case core.Free(person):
                    switch.people.release(person, call.call_sid)
                case core.Note(data):
                    key = f"transfer-{at:02d}-{kept.version:04d}-{place}"
                    switch.calls.append(call.call_sid, [LogEntry(key, "transfer", switch.now(), data)])
                case _:
                    assert_never(effect)
        except ProviderError as error:
            about = {"call_sid": call.call_sid, "error": type(error).__name__, "reason": type(effect).__name__}
            log.error("transfer_effect_lost", extra=about)


def _answered(switch: Switch, call: CallRecord, transfer: Transfer) -> None:
    """Somebody has taken the call: from now on that is how it went, and they are busy as long as it may last."""
    step = call.next_step if isinstance(call.next_step, HandOver) else HandOver(transfer.route, transfer.reason)
    switch.calls.set_next_step(call.call_sid, replace(step, answered=True), stream=call.streams)
    if transfer.person:
        switch.people.claim(transfer.person, call.call_sid, switch.now() + LONGEST_TALK)


def _rung(switch: Switch, call: CallRecord, kept: KeptTransfer, ring: core.Ring, number: int) -> core.Event | None:
    """Ring them: whoever of a team can be claimed, or the one address. None if nobody is to be rung any more.

    Who is claimed is written down first: so their desk is told while the carrier is still asked. A carrier that takes
    no orders now is not asked for the next one: the caller has waited long enough for the first.
    """
    destination, attempt = ring.destination, ring.attempt
    person, to = "", destination.address
    try:
        if destination.kind in (DestinationKind.TEAM, DestinationKind.PERSON):
            found = _claimed(switch, call, destination, ring.asked, kept.transfer)
            if found is None:
                return core.Ended(attempt, Why.NOBODY_FREE)
            person, to = found
            held = happens(switch, call, core.Claimed(attempt, person), number=number)
            if held is None or held.transfer.person != person:
                return None
        if to.startswith("sip"):
            to = sip_uri(to, Briefing.read(kept.briefing).sip_headers(call.call_sid))
        about = {"call": call.call_sid, "number": str(number), "attempt": str(attempt)}
        leg = switch.telephony.ring(
            LegOrder(
                account_sid=call.account_sid,
                to=to,
                caller_id=call.called,
                url=switch.addresses.of_transfer("brief", **about),
                status_url=switch.addresses.of_transfer("leg", **about),
                ring_s=kept.transfer.ring_ms // 1_000,
            )
        )
    except ProviderError as error:
        log.error("leg_refused", extra={"call_sid": call.call_sid, "error": type(error).__name__})
        if person:
            switch.people.release(person, call.call_sid)
        return core.Ended(attempt, Why.FAILED) if isinstance(error, Refused) else core.CallerBack(Why.FAILED)
    log.info("leg_rings", extra={"call_sid": call.call_sid, "leg_sid": leg, "attempt": attempt})
    return core.Rung(attempt, leg)


def _claimed(
    switch: Switch, call: CallRecord, destination: Destination, asked: tuple[str, ...], transfer: Transfer
) -> tuple[str, str] | None:
    """Somebody of the team, or the one person, who is free and now held for this call: who, and their phone."""
    now = switch.now()
    until = now + timedelta(milliseconds=transfer.ring_ms) + CLAIM_BEYOND
    if destination.kind is DestinationKind.TEAM:
        able = switch.people.free(destination.address, now)
    else:
        one = switch.people.person(destination.address)
        able = (one,) if one is not None and one.phone else ()
    for person in able:
        if person.id not in asked and switch.people.claim(person.id, call.call_sid, until):
            return person.id, person.phone
    return None
