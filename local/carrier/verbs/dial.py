"""<Dial>: brings somebody else into the call, by number, SIP address, conference or queue."""

from local.carrier.call import Call
from local.carrier.page import Next, Page, ask
from local.carrier.twiml import Element, Rule, anything, boolean, http_method, one_of, whole
from local.carrier.verbs.conference import CONFERENCE, confer
from local.carrier.verbs.dialled import Dialled
from local.carrier.verbs.parties import NUMBER, SIP, connect_parties
from local.carrier.verbs.queue import QUEUE, connect_queue
from local.carrier.verbs.verb import Verb

_RULE = Rule(
    {
        "action": anything,
        "method": http_method,
        "timeout": whole(5, 600),
        "timeLimit": whole(1, 86_400),
        "hangupOnStar": boolean,
        "answerOnBridge": boolean,
        "sequential": boolean,
        "callerId": anything,
        "record": one_of(
            *("do-not-record", "record-from-answer", "record-from-ringing", "true", "false"),
            *("record-from-answer-dual", "record-from-ringing-dual"),
        ),
        "recordingStatusCallback": anything,
        "recordingStatusCallbackMethod": http_method,
    },
    children={"Number": NUMBER, "Sip": SIP, "Conference": CONFERENCE, "Queue": QUEUE},
    ignored=frozenset(
        {
            *("ringTone", "trim", "recordingTrack", "recordingStatusCallbackEvent", "referUrl", "referMethod"),
            *("callReason", "events"),
        }
    ),
)


async def _dial(call: Call, verb: Element, page: Page) -> Next:
    """The `action` is told how it went, also when the caller hung up meanwhile."""
    if call.afterwards:
        call.timeline.fault(13201)
        return None
    action = page.action(verb)
    result = Dialled()
    try:
        await _connect(call, verb, page, result)
    finally:
        if action and call.ending:
            call.notify(action, [*call.record.fields(), *result.fields()], "action")
    return ask(action, result.fields())


async def _connect(call: Call, verb: Element, page: Page, result: Dialled) -> None:
    rooms = [child for child in verb.children if child.name in ("Conference", "Queue")]
    if rooms and len(verb.children) > 1:
        call.timeline.fault(12200, f"Dial: {rooms[0].name} beside others")
    match rooms[0].name if rooms else "":
        case "Conference":
            await confer(call, verb, rooms[0], page, result)
        case "Queue":
            await connect_queue(call, verb, rooms[0], page, result)
        case _:
            await connect_parties(call, verb, page, result)


def _answers(verb: Element) -> bool:
    return not verb.flag("answerOnBridge", False) or any(c.name in ("Conference", "Queue") for c in verb.children)


DIAL = Verb(_RULE, _dial, answers=_answers)
