"""<Start><Stream> and <Stop><Stream>: somebody listens beside whatever the call does."""

from local.carrier.call import Call
from local.carrier.media_socket import StreamFailed
from local.carrier.one_way import TRACKS, listen
from local.carrier.page import Next, Page
from local.carrier.twiml import Element, Rule, anything
from local.carrier.verbs.connect import STREAM, parameters_of
from local.carrier.verbs.verb import Verb


async def _start(call: Call, verb: Element, page: Page) -> Next:
    """The document goes on at once; a stream that cannot be opened is told to its status callback only."""
    for stream in verb.children:
        track = stream.get("track", "inbound_track")
        try:
            if track not in TRACKS:
                raise StreamFailed(31941)
            listen(
                call,
                stream.get("url", ""),
                name=stream.get("name", ""),
                track=track,
                callback=page.webhook(stream, "statusCallback"),
                parameters=parameters_of(call, stream),
            )
        except StreamFailed as failed:
            call.timeline.fault(failed.code, str(failed))
    return None


async def _stop(call: Call, verb: Element, page: Page) -> Next:
    for named in verb.children:
        found = [stream for stream in call.streams.values() if stream.name == named.get("name", "") and stream.live]
        if not found:
            call.timeline.fault(12200, "Stop: no such stream")
        for stream in found:
            stream.stop()
    return None


START = Verb(Rule(children={"Stream": STREAM}), _start)
STOP = Verb(Rule(children={"Stream": Rule({"name": anything})}), _stop)
