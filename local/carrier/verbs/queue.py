"""<Dial><Queue>: connects the call to whoever has waited longest."""

from local.carrier.call import Call
from local.carrier.page import Page
from local.carrier.queues import Claim, Member
from local.carrier.twiml import Element, Rule, anything, http_method
from local.carrier.verbs.dialled import Dialled
from local.carrier.verbs.parties import star_pressed
from local.carrier.waits import first

QUEUE = Rule(
    {"url": anything, "method": http_method, "reservationSid": anything, "postWorkActivitySid": anything}, text=True
)


async def connect_queue(call: Call, verb: Element, noun: Element, page: Page, result: Dialled) -> None:
    """Waits for somebody as long as <Dial timeout> says."""
    claim = Claim(by=call.record.sid, whisper=page.webhook_with(noun, "url", "method"))
    result.status, result.bridged = "no-answer", False
    taken: list[Member] = []

    async def take() -> None:
        reservation = call.host.router.reservation(noun.get("reservationSid", ""))
        member = reservation.task.member if reservation else None
        if reservation and member and member.queue.give(member, claim):
            call.host.router.decide(reservation, "accepted")
            taken.append(member)
        elif "reservationSid" in noun.attributes:
            call.timeline.fault(12200, "Queue reservationSid")
        else:
            taken.append(await call.host.queues.open(noun.text).take(claim))

    try:
        await first(take(), call.line.wait(verb.number("timeout", 30) * 1000))
        if taken:
            await _talk(call, verb, taken[0], claim, result)
    finally:
        # Whoever was taken is let go, also when this call left at that moment.
        claim.bridge.over.set()


async def _talk(call: Call, verb: Element, member: Member, claim: Claim, result: Dialled) -> None:
    result.status, result.leg = "completed", member.call
    limit_ms = verb.number("timeLimit", 14_400) * 1000
    waited_s = member.waited_s
    try:
        if await first(claim.ready.wait(), member.gone.wait()) == 0:
            result.bridged = True
            await first(claim.bridge.talk(call.line), call.line.wait(limit_ms), star_pressed(call, verb))
    finally:
        result.extra = (
            ("QueueSid", member.queue.sid),
            ("DequeueResult", "bridged" if result.bridged else "error"),
            ("DequeuedCallSid", member.call.record.sid),
            ("DequeuedCallQueueTime", str(waited_s)),
        )
