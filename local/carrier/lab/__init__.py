"""What an operator of the stand-in needs and Twilio does not have, under `/lab`. No credentials: loopback only.

POST   /lab/calls                 a phone calls a number: {"from", "to", "steps": [..], "sip_headers"} -> {"call_sid"}
GET    /lab/calls                 every call kept, newest first
GET    /lab/calls/{sid}           one call with its timeline
DELETE /lab/calls/{sid}           the phone hangs up
GET    /lab/calls/{sid}/audio.wav both sides: left the caller, right what the caller heard
GET    /lab/calls/{sid}/tracks.wav everybody in it: the caller, what was played to them, then each other voice
GET    /lab/calls/{sid}/kept.wav  what the called mailbox kept
PUT    /lab/phones/{number}       who answers calls there, number or SIP address: {"steps", "ring_ms", "answer"}, or
                                  somebody of `phones/callees.py`: {"like": "voicemail", "beep": false}
DELETE /lab/phones/{number}
GET    /lab/phone[?number=+1..]   WebSocket: the browser's phone; with a number it can also be called
POST   /lab/texts                 somebody texts a number: {"from", "to", "body"} -> {"message_sid"}
GET    /lab/texts[?number=+1..]   every message to and from them, newest first
PUT    /lab/texts/{number}        what becomes of texts to them: {"fate", "error_code", "landline"}
PUT    /lab/messaging-services/{sid}  the numbers of a set (MG..): ["+1.."]
PUT    /lab/limits                {"calls_per_second", "calls_at_once", "requests_at_once", "refused": {"+91": 21215}}
POST   /lab/troubles              what goes wrong next: {"orders": [..], "lines": [..], "callbacks": [..]}
DELETE /lab/troubles              nothing more does
PUT    /lab/connectors/{name}     what a Pay Connector does with every card: {"answers": "decline", "takes_ms"}
GET    /lab/connectors/{name}     what it has charged
PUT    /lab/routes                where public addresses lead: {"https://..": "http://127.0.0.1:.."}
GET    /lab/events[?call=sid]     every event as it happens (server-sent events)
GET    /lab/errors                the error log of all calls, newest first
"""

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.lab.account import AccountLab
from local.carrier.lab.calls import CallsLab
from local.carrier.lab.cards import CardsLab
from local.carrier.lab.phones import PhonesLab
from local.carrier.lab.texts import TextsLab

MAX_BODY_BYTES = 16 * 1024 * 1024


def routes(exchange: Exchange) -> list[web.RouteDef]:
    """All of `/lab`."""
    labs = (CallsLab(exchange), CardsLab(exchange), PhonesLab(exchange), TextsLab(exchange), AccountLab(exchange))
    return [route for lab in labs for route in lab.routes()]
