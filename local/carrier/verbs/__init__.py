"""What TwiML verbs do. A verb is one entry here: its grammar and its coroutine, in a file of its own."""

from local.carrier.verbs.connect import CONNECT
from local.carrier.verbs.dial import DIAL
from local.carrier.verbs.enqueue import ENQUEUE, LEAVE
from local.carrier.verbs.flow import HANGUP, REDIRECT, REJECT
from local.carrier.verbs.gather import GATHER
from local.carrier.verbs.pay import PAY
from local.carrier.verbs.prompt import PROMPTS
from local.carrier.verbs.record import RECORD
from local.carrier.verbs.refer import REFER
from local.carrier.verbs.start import START, STOP
from local.carrier.verbs.verb import Verb

VERBS: dict[str, Verb] = {
    **PROMPTS,
    "Connect": CONNECT,
    "Dial": DIAL,
    "Enqueue": ENQUEUE,
    "Gather": GATHER,
    "Hangup": HANGUP,
    "Leave": LEAVE,
    "Pay": PAY,
    "Record": RECORD,
    "Redirect": REDIRECT,
    "Refer": REFER,
    "Reject": REJECT,
    "Start": START,
    "Stop": STOP,
}
