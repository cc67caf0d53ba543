"""<Redirect>, <Hangup> and <Reject>: where the call goes."""

from local.carrier.call import Call
from local.carrier.page import End, Fetch, Next, Page
from local.carrier.record import Status
from local.carrier.twiml import Element, Rule, http_method, one_of
from local.carrier.verbs.verb import Verb


async def _redirect(call: Call, verb: Element, page: Page) -> Next:
    return Fetch(page.resolve(verb.text), verb.method("method"), "redirect")


async def _hangup(call: Call, verb: Element, page: Page) -> Next:
    return End()


async def _reject(call: Call, verb: Element, page: Page) -> Next:
    """Only possible before the call is answered, so only as the first verb of an inbound call."""
    if call.answered:
        call.timeline.fault(12200, "Reject after the answer")
        return None
    return End(Status.BUSY if verb.get("reason", "rejected") == "busy" else Status.NO_ANSWER)


REDIRECT = Verb(Rule({"method": http_method}, text=True), _redirect)
HANGUP = Verb(Rule(), _hangup)
REJECT = Verb(Rule({"reason": one_of("rejected", "busy")}), _reject, answers=lambda element: False)
