"""<Refer>: the SIP system at the other end is asked to call somebody else instead of us."""

from local.carrier.call import Call
from local.carrier.page import Next, Page, ask
from local.carrier.record import is_sip
from local.carrier.twiml import Element, Rule, anything, http_method
from local.carrier.verbs.verb import Verb

_STATUS = {200: "in-progress", 486: "busy", 408: "no-answer", 480: "no-answer"}


async def _refer(call: Call, verb: Element, page: Page) -> Next:
    """Waits for the other end's last NOTIFY, then goes on with the `action` or the next verb.

    The other end always accepts the REFER (202); whether it reaches the target is up to the phone there.
    """
    action = page.action(verb)
    target = next((child.text for child in verb.children), "")
    if not call.record.sip:
        call.timeline.fault(13801)
        return None
    if not is_sip(target):
        call.timeline.fault(12200, "Refer: not a SIP address")
        return None
    call.record.referred_to = target
    answer = await call.host.refer(target.partition("?")[0].partition(";")[0])
    fields = [
        ("ReferCallStatus", _STATUS.get(answer, "failed")),
        ("ReferSipResponseCode", "202"),
        ("NotifySipResponseCode", str(answer)),
    ]
    return ask(action, fields)


REFER = Verb(
    Rule({"action": anything, "method": http_method}, children={"Sip": Rule(text=True)}),
    _refer,
)
