"""Getting a TwiML document: fetched or given, read against a grammar, its oddities noted."""

from collections import deque
from collections.abc import Mapping

from local.carrier.call import Call
from local.carrier.courier import MAX_BODY_BYTES, Reply, Undelivered
from local.carrier.page import Fetch, Inline, Page, Source
from local.carrier.record import Webhook
from local.carrier.twiml import Reading, Rule, read

_LOOP_PAGES = 20
_LOOP_S = 5.0

type Grammar = Mapping[str, Rule]


class LoopGuard:
    """More than 20 documents in 5 s are a redirect loop (Twilio error 11215)."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_LOOP_PAGES)
        self.tripped = 0

    def pass_by(self, now: float) -> None:
        """Raises Undelivered."""
        if len(self._times) == _LOOP_PAGES and now - self._times[0] < _LOOP_S:
            self.tripped += 1
            raise Undelivered(11215)
        self._times.append(now)


async def open_page(call: Call, source: Source, grammar: Grammar) -> Page:
    """Fetch and read a document. Raises Undelivered or BadTwiml."""
    if isinstance(source, Inline):
        return _page(call, None, read(source.twiml.encode(), "text/xml", grammar))
    return page_of(call, source, await fetch(call, source), grammar)


async def fetch(call: Call, source: Fetch, most_bytes: int = MAX_BODY_BYTES) -> Reply:
    """What is answered, with the call's standard fields sent. Raises Undelivered."""
    fields = [*call.record.fields(), *source.fields]
    return await call.mail.request(Webhook(source.url, source.method), fields, source.purpose, most_bytes)


def page_of(call: Call, source: Fetch, reply: Reply, grammar: Grammar, stranger: int = 12200) -> Page:
    """An answer read as TwiML; `stranger` is the error of a verb that the grammar does not have. Raises BadTwiml."""
    return _page(call, source.url, read(reply.body, reply.content_type, grammar), stranger)


def _page(call: Call, url: str | None, reading: Reading, stranger: int = 12200) -> Page:
    for complaint in reading.complaints:
        call.timeline.fault(stranger if complaint.startswith("<") else 12200, complaint)
    for attribute in reading.ignored:
        call.timeline.note("not-simulated", what=attribute)
    return Page(url, reading.verbs)
