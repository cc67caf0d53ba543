"""Obeying TwiML: fetch a document, do its verbs in order, follow where they lead, fall back when something fails."""

import asyncio
from collections import deque

from local.carrier.call import Call
from local.carrier.courier import Undelivered
from local.carrier.page import End, Fetch, Inline, Page, Source
from local.carrier.record import Webhook
from local.carrier.speech import SpeechUnavailable
from local.carrier.twiml import BadTwiml, read
from local.carrier.verbs import VERBS

APOLOGY = "We are sorry. An application error has occurred. Goodbye."
_LOOP_PAGES = 20
_LOOP_S = 5.0

_GRAMMAR = {name: verb.rule for name, verb in VERBS.items()}


class _LoopGuard:
    """More than 20 documents in 5 s are a redirect loop (Twilio error 11215)."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_LOOP_PAGES)
        self.tripped = 0

    def pass_by(self, now: float) -> None:
        if len(self._times) == _LOOP_PAGES and now - self._times[0] < _LOOP_S:
            self.tripped += 1
            raise Undelivered(11215)
        self._times.append(now)


async def obey(call: Call, source: Source) -> None:
    """From this document on, until the call is over. May be cancelled at any await."""
    guard = _LoopGuard()
    while True:
        try:
            guard.pass_by(asyncio.get_running_loop().time())
            step = await _perform(call, await _open(call, source))
        except (Undelivered, BadTwiml) as failed:
            call.timeline.fault(failed.code, str(failed))
            step = await _recover(call, source, failed.code, hopeless=guard.tripped > 1)
        if isinstance(step, End):
            call.end(step.status)
            return
        source = step


async def _open(call: Call, source: Source) -> Page:
    """Fetch and read a document. Raises Undelivered or BadTwiml."""
    if isinstance(source, Inline):
        reading = read(source.twiml.encode(), "text/xml", _GRAMMAR)
        page = Page(None, reading.verbs)
    else:
        reply = await call.mail.request(
            Webhook(source.url, source.method), [*call.record.fields(), *source.fields], source.purpose
        )
        reading = read(reply.body, reply.content_type, _GRAMMAR)
        page = Page(source.url, reading.verbs)
    for complaint in reading.complaints:
        call.timeline.fault(12200, complaint)
    for attribute in reading.ignored:
        call.timeline.note("not-simulated", what=attribute)
    return page


async def _perform(call: Call, page: Page) -> Fetch | End:
    """Do the verbs; any but <Reject> answers the call, and so does an empty document."""
    for element in page.verbs:
        if element.name != "Reject":
            call.answer()
        call.timeline.note("verb", name=element.name, done=False)
        step = await VERBS[element.name].perform(call, element, page)
        call.timeline.note("verb", name=element.name, done=True)
        if step is not None:
            return step
    call.answer()
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
