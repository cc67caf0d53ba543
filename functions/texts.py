"""Twilio's webhooks of text messages: somebody texts one of our numbers, and what became of a text to them."""

import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from functions.dependencies import Dependencies
from functions.webhook import Form, Refusal, Verbs
from shared.core.rules.person import OptOut
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.place_call import OUTBOUND

RECEIVED: Final = "/twilio/text"
STATUS: Final = f"{OUTBOUND}/text"
HOW: Final = "text message"

STOP: Final = "STOP"
"""What Twilio makes of a word of the company's own ("Advanced Opt-Out"). START and HELP it answers by itself; they
take back nothing here, for an opt-out is for good."""

_STOPS: Final = frozenset({"stop", "stopall", "quit", "end", "revoke", "optout", "opt out", "cancel", "unsubscribe"})
"""Each of which, by itself, takes consent back (47 CFR 64.1200(a)(10)), or is what Twilio obeys."""
_BEGINS: Final = frozenset({"stop", "unsubscribe", "revoke"})
"""With more words behind it: one who cancels may mean an appointment."""
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")
_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_LOST: Final = frozenset({"failed", "undelivered"})

log = logging.getLogger(__name__)


def endpoints(deps: Dependencies) -> Mapping[str, Callable[[Form], Verbs]]:
    """By path; none where the company calls nobody."""
    outgoing = deps.outgoing
    if outgoing is None:
        return {}
    return {RECEIVED: partial(received, deps, outgoing), STATUS: status}


def received(deps: Dependencies, outgoing: Outgoing, form: Form) -> Verbs:
    """Whoever takes their consent back is on file at once, and nobody calls them any more; other texts are let be.

    The rest follows from what is on file (`shared.usecases.opt_out`).
    """
    number, sid = form.get("From"), form.get("MessageSid")
    if not _NUMBER.fullmatch(number) or not _SID.fullmatch(sid):
        raise Refusal(400, "text")
    if form.get("OptOutType") == STOP or is_stop(form.get("Body", cut=True)):
        outgoing.ledger.opt_out(number, OptOut(deps.now(), HOW, sid))
        log.info("opted_out", extra={"called": number, "reason": "text"})
    return ()


def status(form: Form) -> Verbs:
    """A text that did not arrive is in the log, with Twilio's code for why."""
    if form.get("MessageStatus") in _LOST:
        log.warning("text_undelivered", extra={"called": form.get("To"), "code": form.count("ErrorCode")})
    return None


def is_stop(text: str) -> bool:
    """Whether a text says that they want no more."""
    words = re.findall(r"[a-z]+", text.lower())
    return " ".join(words) in _STOPS or (bool(words) and words[0] in _BEGINS)
