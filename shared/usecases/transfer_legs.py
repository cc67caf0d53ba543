"""What the two legs of a transfer hear, from its state: the caller who waits, and the person who is asked.

While the caller is on hold their document asks again every few seconds, so that no callback is needed to get on.
"""

from shared.core import transfer_events as core
from shared.core.agent import Agent, DestinationKind
from shared.core.briefing import Briefing
from shared.core.next_step import HandOver
from shared.core.slots import yes_or_no
from shared.core.take_over import TAKE_OVER
from shared.core.transfer import Transfer
from shared.core.transfer_events import Phase, Why
from shared.ports import CallRecord
from shared.ports.transfers import KeptTransfer
from shared.usecases.answers import TROUBLE, Addresses, Verbs, farewell, say, way_out
from shared.usecases.stream_token import (
    ATTEMPT_PARAMETER,
    TOKEN_PARAMETER,
    assist_name,
    assist_token,
    assist_url,
)
from shared.usecases.transfer import Switch, fetch, happens, ms, open_transfer, resume
from shared.wire.twiml import Gather, Hangup, Pause, Play, Redirect, Say, StartStream, StopStream
from shared.wire.twiml_dialing import Conference, Dial, Enqueue, Leave, Number, Sip

LET_FETCH_MS = 3_000
"""A caller who is being fetched is not moved by their own document meanwhile: one would cut off the other."""
HOLD_SAYS_EVERY = 4
"""Pieces of music between two words to the caller."""
ASK_BACK = "*"
ANSWER_S = 8
"""For a person to say that they take the call."""


def put_through(switch: Switch, call: CallRecord, step: HandOver) -> Verbs:
    """The call's stream is over: people are rung, and the caller waits for them."""
    kept, agent = open_transfer(switch, call, step), switch.agent(call)
    if agent is None:
        return farewell(None, TROUBLE)
    if kept is None:
        switch.calls.set_next_step(call.call_sid, way_out(agent, "no-route"), stream=call.streams)
        return (Redirect(switch.addresses.next_step),)
    if kept.transfer.ahead:
        kept = happens(switch, call, core.StreamOver())
    verbs = caller_verbs(switch, call, kept)
    return (say(agent, agent.phrases.one_moment[0]), *verbs) if step.person else verbs


def caller_verbs(switch: Switch, call: CallRecord, kept: KeptTransfer | None, *, piece: int = 0) -> Verbs:
    """What the caller's leg does now. `piece` counts the pieces of music they have heard."""
    agent = switch.agent(call)
    if kept is None or agent is None:
        return farewell(agent, TROUBLE)
    transfer, addresses = kept.transfer, switch.addresses
    match transfer.phase:
        case Phase.OVER:
            return (Hangup(),)
        case Phase.BACK:
            resume(switch, call, transfer)
            talked = transfer.why in (Why.FINISHED, Why.GIVEN_BACK)
            stop = talked and _is_helped(addresses, agent, transfer)
            back = Redirect(addresses.next_step)
            return (StopStream(assist_name(call, transfer.attempt)), back) if stop else (back,)
        case Phase.RINGING | Phase.BRIEFING if transfer.asks:
            return hold(addresses, agent, piece)
        case Phase.RINGING | Phase.BRIEFING:
            return _connected_by_carrier(switch, call, agent, kept)
        case Phase.TOGETHER:
            room = _room(addresses, call, transfer)
            return (_listens(addresses, call, transfer), room) if _is_helped(addresses, agent, transfer) else (room,)


def caller_looks(switch: Switch, call: CallRecord, *, piece: int, digits: str = "", fetched: bool = False) -> Verbs:
    """The caller on hold has heard a piece of music, or pressed a key; or was `fetched`."""
    wants_back = digits == ASK_BACK
    kept = happens(switch, call, core.CallerBack(Why.ASKED_BACK) if wants_back else core.Looked())
    agent = switch.agent(call)
    if kept is None or agent is None or fetched or wants_back:
        return caller_verbs(switch, call, kept)
    moving = kept.transfer.phase in (Phase.TOGETHER, Phase.BACK)
    if moving and ms(switch.now()) - kept.transfer.since_ms < LET_FETCH_MS:
        return hold(switch.addresses, agent, piece + 1)
    return caller_verbs(switch, call, kept, piece=piece + 1)


def caller_left_room(switch: Switch, call: CallRecord, attempt: int, result: str) -> Verbs:
    """The caller's `<Dial>` or `<Enqueue>` is over; `result` is the carrier's DialCallStatus or QueueResult."""
    return caller_verbs(switch, call, happens(switch, call, core.Ended(attempt, _WHY.get(result, Why.FAILED))))


_WHY = {
    "completed": Why.FINISHED,
    "answered": Why.FINISHED,
    "bridged": Why.FINISHED,
    "declined": Why.DECLINED,
    "busy": Why.BUSY,
    "no-answer": Why.NO_ANSWER,
    "canceled": Why.NO_ANSWER,
    "leave": Why.NO_ANSWER,
    "queue-full": Why.BUSY,
}
"""Of the carrier's words for how a leg, a dial or a stay in a queue ended; all others have failed."""


def in_queue(switch: Switch, call: CallRecord, *, attempt: int, piece: int, digits: str = "") -> Verbs:
    """What the caller hears in a queue of the carrier's; a key leads out of it, and back to the agent."""
    event = core.CallerBack(Why.ASKED_BACK) if digits == ASK_BACK else core.Looked()
    kept, agent = happens(switch, call, event), switch.agent(call)
    if kept is None or agent is None or not kept.transfer.waiting or kept.transfer.attempt != attempt:
        return (Leave(),)
    next_piece = switch.addresses.of_transfer("queue", piece=str(piece + 1), attempt=str(attempt))
    return _listening(_music(switch.addresses, agent, piece), next_piece)


def alone(switch: Switch, call: CallRecord, number: int, leg: str) -> Verbs:
    """Somebody is alone in the room: they wait for the other, unless nobody is to come any more."""
    is_caller = leg == call.call_sid
    kept = happens(switch, call, core.Looked(), number=number)
    if kept is not None and kept.transfer.phase is Phase.TOGETHER:
        return (Pause(1), Redirect(_alone(switch.addresses, call, number)))
    if is_caller:
        fetch(switch, call)
    else:
        switch.telephony.hang_up(call.account_sid, leg)
    return (Pause(2), Redirect(_alone(switch.addresses, call, number)))


def person_picks_up(switch: Switch, call: CallRecord, number: int, attempt: int, leg: str) -> Verbs:
    """A person's phone was picked up: the whisper, and whether they take the call."""
    kept = happens(switch, call, core.PickedUp(attempt, leg), number=number)
    agent = switch.agent(call)
    if kept is None or agent is None or not _is_for(kept.transfer, attempt) or call.ended_at is not None:
        return _not_needed(agent)
    knows = kept.transfer.route == TAKE_OVER
    whisper = () if knows else (say(agent, Briefing.read(kept.briefing).whisper(agent)),)
    if not kept.transfer.asks:
        happens(switch, call, core.Accepted(attempt), number=number)
        return whisper
    about = {"call": call.call_sid, "number": str(number), "attempt": str(attempt)}
    asking = Gather(
        action=switch.addresses.of_transfer("answer", **about),
        prompts=(*whisper, say(agent, agent.phrases.accept)),
        input="dtmf speech",
        timeout=ANSWER_S,
        speech_timeout=1,
        num_digits=1,
        language=agent.language,
    )
    return (asking, Redirect(switch.addresses.of_transfer("answer", **about)))


def person_answers(switch: Switch, call: CallRecord, number: int, attempt: int, *, digits: str, speech: str) -> Verbs:
    """Key 1 or a yes takes the call; anything else, or nothing, as a voicemail says it, does not."""
    agent = switch.agent(call)
    takes = digits == "1" or (agent is not None and not digits and yes_or_no(speech, agent.speaks) is True)
    event = core.Accepted(attempt) if takes else core.Ended(attempt, Why.DECLINED)
    kept = happens(switch, call, event, number=number)
    if not takes:
        return (Hangup(),)
    if kept is None or kept.transfer.phase is not Phase.TOGETHER or kept.transfer.attempt != attempt:
        return _not_needed(agent)
    return (_room(switch.addresses, call, kept.transfer, number=number),)


def leg_is_over(switch: Switch, call: CallRecord, number: int, attempt: int, status: str) -> None:
    """The carrier says that a person's leg is over; one that was answered, and never taken, was declined."""
    why = Why.DECLINED if status == "completed" else _WHY.get(status, Why.FAILED)
    happens(switch, call, core.Ended(attempt, why), number=number)


def hold(addresses: Addresses, agent: Agent, piece: int) -> Verbs:
    """A piece of music, now and then a word; a key leads back to the agent."""
    return _listening(_music(addresses, agent, piece), addresses.of_transfer("wait", piece=str(piece)))


def _listening(music: tuple[Say | Play, ...], then: str) -> Verbs:
    """Music, and then `then`: at once, with the key, when one is pressed."""
    keys = Gather(action=then, prompts=music, input="dtmf", timeout=1, num_digits=1, finish_on_key="#")
    return (keys, Redirect(then))


def _music(addresses: Addresses, agent: Agent, piece: int) -> tuple[Say | Play, ...]:
    words = (say(agent, agent.phrases.hold),) if piece % HOLD_SAYS_EVERY == 1 else ()
    return (*words, Play(addresses.hold_music))


def _connected_by_carrier(switch: Switch, call: CallRecord, agent: Agent, kept: KeptTransfer) -> Verbs:
    transfer, addresses, destination = kept.transfer, switch.addresses, kept.transfer.destination
    attempt = str(transfer.attempt)
    over = addresses.of_transfer("over", attempt=attempt)
    about = {"call": call.call_sid, "number": str(call.streams), "attempt": attempt}
    briefing, brief = Briefing.read(kept.briefing), addresses.of_transfer("brief", **about)
    match destination.kind:
        case DestinationKind.QUEUE:
            task = briefing.page() | {"call_sid": call.call_sid, "route": transfer.route}
            wait = addresses.of_transfer("queue", piece="0", attempt=attempt)
            return (Enqueue(workflow_sid=destination.address, task=task, action=over, wait_url=wait),)
        case DestinationKind.SIP:
            noun: Number | Sip = Sip(destination.address, briefing.sip_headers(call.call_sid), url=brief)
        case DestinationKind.NUMBER:
            noun = Number(destination.address, url=brief)
        case DestinationKind.TEAM | DestinationKind.PERSON:
            raise AssertionError("people at the desk are always asked")
    return (
        Dial(
            nouns=(noun,),
            action=over,
            timeout=transfer.ring_ms // 1_000,
            caller_id=call.caller if call.caller.startswith("+") else call.called,
            hangup_on_star=True,
        ),
    )


def _is_helped(addresses: Addresses, agent: Agent, transfer: Transfer) -> bool:
    """Whether somebody listens while the caller talks with a person, to help them."""
    return addresses.stream is not None and agent.streaming and transfer.asks


def _listens(addresses: Addresses, call: CallRecord, transfer: Transfer) -> StartStream:
    """Both tracks go to the streaming service; whether they get there changes nothing for the caller."""
    parameters = {TOKEN_PARAMETER: assist_token(call, transfer.attempt), ATTEMPT_PARAMETER: str(transfer.attempt)}
    return StartStream(
        url=assist_url(addresses.stream or ""),
        name=assist_name(call, transfer.attempt),
        track="both_tracks",
        parameters=parameters,
    )


def _room(addresses: Addresses, call: CallRecord, transfer: Transfer, *, number: int | None = None) -> Dial:
    """Where the caller and the person meet. When either leaves it is over, and the caller's `<Dial>` goes on."""
    at = call.streams if number is None else number
    room = Conference(
        f"{call.call_sid}-{at}-{transfer.attempt}",
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        wait_url=_alone(addresses, call, at),
        beep="false",
        jitter_buffer_size="small",
    )
    action = addresses.of_transfer("over", attempt=str(transfer.attempt)) if number is None else None
    return Dial(nouns=(room,), action=action)


def _alone(addresses: Addresses, call: CallRecord, number: int) -> str:
    return addresses.of_transfer("alone", call=call.call_sid, number=str(number))


def _is_for(transfer: Transfer, attempt: int) -> bool:
    return transfer.attempt == attempt and not transfer.settled


def _not_needed(agent: Agent | None) -> Verbs:
    return (say(agent, agent.phrases.not_needed), Hangup()) if agent else (Hangup(),)
