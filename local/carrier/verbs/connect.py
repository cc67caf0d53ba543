"""<Connect>: hands the call to a two-way media stream, and goes on when that ends."""

from local.carrier.call import Call
from local.carrier.page import Next, Page, ask
from local.carrier.record import new_sid
from local.carrier.twiml import Element, Rule, anything, http_method
from local.carrier.two_way import TwoWayStream
from local.carrier.verbs.verb import Verb

MAX_PARAMETER_CHARS = 500
"""Name and value of one <Parameter> stay under this together."""

STREAM = Rule(
    {
        "url": anything,
        "name": anything,
        "track": anything,
        "statusCallback": anything,
        "statusCallbackMethod": http_method,
    },
    children={"Parameter": Rule({"name": anything, "value": anything})},
    ignored=frozenset({"connectorName"}),
)


async def _connect(call: Call, verb: Element, page: Page) -> Next:
    """Whatever ends the stream (the server closes, the handshake fails, the socket drops), the call goes on with
    `action`, or with the next verb when there is none."""
    action = page.action(verb)
    stream = next((child for child in verb.children if child.name == "Stream"), None)
    if stream is None:
        call.timeline.fault(12200, "Connect without Stream")
        return None
    sid = new_sid("MZ")
    two_way = TwoWayStream(
        call,
        sid=sid,
        name=stream.get("name", sid),
        callback=page.webhook(stream, "statusCallback"),
        parameters=parameters_of(call, stream),
    )
    if stream.get("track", "inbound_track") == "inbound_track":
        await two_way.run(stream.get("url", ""))
    else:
        two_way.fault(31941)
    return ask(action, [])


def parameters_of(call: Call, stream: Element) -> dict[str, str]:
    parameters = {}
    for child in stream.children:
        name, value = child.get("name", ""), child.get("value", "")
        if name and len(name) + len(value) < MAX_PARAMETER_CHARS:
            parameters[name] = value
        else:
            call.timeline.fault(12200, "Parameter")
    return parameters


CONNECT = Verb(Rule({"action": anything, "method": http_method}, children={"Stream": STREAM}), _connect)
