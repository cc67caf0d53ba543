"""Twilio's error codes that this stand-in gives, with their level and our wording (Twilio's error dictionary)."""

from enum import StrEnum


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


_WARNINGS = frozenset({12200, 13521, 16102, 21626, 31930, 31931, 31950, 31951, 32015, 32019})

_TEXTS = {
    10004: "Call concurrency limit exceeded",
    11100: "Invalid URL",
    11200: "HTTP retrieval failure",
    11205: "HTTP connection failure",
    11210: "HTTP bad host name",
    11215: "Too many redirects",
    11750: "TwiML response body too large",
    11770: "Empty TwiML response body",
    12100: "Document parse failure",
    12200: "Schema validation warning",
    12300: "Invalid Content-Type",
    13201: "Dial: cannot be nested in the document of a dialled party",
    13214: "Dial: invalid callerId",
    13223: "Dial: invalid phone number format",
    13224: "Dial: this phone number is not supported",
    13225: "Dial: this phone number is blocked",
    13226: "Dial: invalid country code",
    13227: "Dial: geographic permission is not given",
    13238: "Dial Conference: the wait document may only hold Say, Play, Pause and Redirect",
    13240: "Dial Conference: invalid call to coach",
    13335: "Gather: speechTimeout=auto is not available here",
    13520: "Say: the text could not be synthesised",
    13521: "Say: text too long",
    13801: "Refer: only a SIP call leg can be referred",
    16020: "Conference: full",
    16025: "Conference: a participant has this label already",
    16102: "Record: the message is silent",
    20001: "Invalid parameter",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too many requests",
    20500: "Internal server error",
    20503: "Service unavailable",
    21201: "No 'To' number is specified",
    21205: "Url is not a valid URL",
    21210: "'From' phone number not verified",
    21211: "Invalid 'To' phone number",
    21212: "Invalid 'From' phone number",
    21213: "'From' phone number is required",
    21214: "'To' phone number cannot be reached",
    21215: "Geographic permission is not given for this 'To' phone number",
    21216: "'To' phone number is on the blocklist",
    21217: "Phone number does not appear to be valid",
    21218: "Invalid ApplicationSid",
    21227: "SIP headers too long",
    21262: "AsyncAmdStatusCallback is required",
    21234: "Invalid machine detection parameter",
    21220: "Call is not in-progress",
    21421: "PhoneNumber is invalid",
    21422: "PhoneNumber is not available",
    21408: "Permission to send a text message to this region is not given",
    21602: "Message body is required",
    21603: "A 'From' phone number or 'MessagingServiceSid' is required",
    21604: "A 'To' phone number is required",
    21606: "'From' phone number cannot send this message",
    21609: "Invalid 'StatusCallback' URL",
    21610: "The recipient has opted out by answering STOP",
    21612: "'To' phone number is not reachable from this 'From'",
    21614: "'To' phone number is not a mobile number",
    21617: "The message body is longer than 1600 characters",
    21626: "Invalid 'StatusCallbackEvent'",
    21701: "The messaging service does not exist",
    31900: "Stream: unknown error",
    31901: "Stream: connection timed out",
    31902: "Stream: connection refused",
    31903: "Stream: connection broken",
    31904: "Stream: host unreachable",
    31920: "Stream: handshake error, the server did not answer 101",
    31921: "Stream: the server closed the WebSocket with an error",
    31922: "Stream: the URL's scheme is not wss",
    31923: "Stream: malformed URL",
    31924: "Stream: WebSocket protocol error",
    31930: "Stream: audio lost on the way to the server",
    31931: "Stream: more than ten minutes of audio waiting, media discarded",
    31941: "Stream: invalid track",
    31960: "Stream: more than four tracks of one call",
    31950: "Stream: message cannot be decoded",
    31951: "Stream: invalid message",
    40001: "TaskRouter: the answer to the assignment callback cannot be obeyed",
    64002: "Pay: the payment gateway is not available",
    64003: "Pay: invalid chargeAmount",
    64004: "Pay: there is no connector of this name",
    64012: "Pay: the payment gateway rejected the card",
    32015: "The call reached its maximum duration",
    32018: "Twiml is too long",
    32019: "Url and Twiml were both given; Twiml is ignored",
}


def level(code: int) -> Level:
    return Level.WARNING if code in _WARNINGS else Level.ERROR


def text(code: int) -> str:
    return _TEXTS.get(code, "An error that this stand-in does not know")
