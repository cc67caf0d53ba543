"""Obeying TwiML: fetch a document, do its verbs in order, follow where they lead, fall back when something fails."""

import asyncio

from local.carrier.answering_machine import find_out_who_answered
from local.carrier.call import Call
from local.carrier.courier import Undelivered
from local.carrier.document import LoopGuard, open_page
from local.carrier.page import End, Fetch, Page, Source
from local.carrier.speech import SpeechUnavailable
from local.carrier.twiml import BadTwiml
from local.carrier.verbs import VERBS

APOLOGY = "We are sorry. An application error has occurred. Goodbye."

_GRAMMAR = {name: verb.rule for name, verb in VERBS.items()}


async def obey(call: Call, source: Source) -> None:
    """From this document on, until the call is over. May be cancelled at any await."""
    await find_out_who_answered(call)
    guard = LoopGuard()
    while True:
        try:
            guard.pass_by(asyncio.get_running_loop().time())
            step = await _perform(call, await open_page(call, source, _GRAMMAR))
        except (Undelivered, BadTwiml) as failed:
            call.timeline.fault(failed.code, str(failed))
            step = await _recover(call, source, failed.code, hopeless=guard.tripped > 1)
        if isinstance(step, End):
            call.end(step.status)
            return
        source = step


async def _perform(call: Call, page: Page) -> Fetch | End:
    """Do the verbs; most of them answer the call, and so does an empty document."""
    for element in page.verbs:
        verb = VERBS[element.name]
        if verb.answers(element):
            call.answer()
        call.timeline.note("verb", name=element.name, done=False)
        step = await verb.perform(call, element, page)
        call.timeline.note("verb", name=element.name, done=True)
        if isinstance(step, Fetch | End):
            return step
    call.answer()
    afterwards, call.afterwards = call.afterwards, None
    if afterwards:
        await afterwards()
    return End()


async def _recover(call: Call, failed: Source, code: int, *, hopeless: bool) -> Fetch | End:
    """The fallback URL when there is one and it is not what failed; else the apology, and the call ends."""
    fallback = call.plan.fallback
    if fallback and not hopeless and not (isinstance(failed, Fetch) and failed.purpose == "fallback"):
        url = failed.url if isinstance(failed, Fetch) else ""
        fields = (("ErrorCode", str(code)), ("ErrorUrl", url))
        return Fetch(fallback.url, fallback.method, "fallback", fields)
    call.answer()
    try:
        await call.line.play(await call.plant.voice.say(APOLOGY))
    except SpeechUnavailable as silent:
        call.timeline.fault(13520, str(silent))
    return End()
