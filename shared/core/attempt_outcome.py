"""What became of an attempt, from what the call's record and the carrier say of it."""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.core.answering import Party
from shared.core.attempt import Disposition, Outcome
from shared.core.call_status import CallStatus
from shared.core.events import JsonValue
from shared.core.identity import WHO, Who
from shared.core.opening import MESSAGE, PICKED_UP
from shared.core.report import Line
from shared.core.ways_out import OPT_OUT, RESULT

UNVERIFIED: Final = "unverified"
"""The result of a call to somebody who said that it was they, and could not prove it."""

NOBODYS_NUMBER: Final = frozenset({404, 410, 484, 604})
"""SIP: no such number, no longer, an incomplete one, nowhere (RFC 3261, 21.4 and 21.6)."""

_WHO: Final = {
    Who.THEM: Disposition.REACHED,
    Who.NOT_THEM: Disposition.NOT_THEM,
    Who.WRONG_PERSON: Disposition.WRONG_PERSON,
    Who.UNVERIFIED: Disposition.NOT_THEM,
}
_PARTY: Final = {
    Party.PERSON: Disposition.HUNG_UP,
    Party.MAILBOX: Disposition.MAILBOX,
    Party.SCREENING: Disposition.SCREENED,
    Party.MENU: Disposition.NOT_THEM,
    Party.UNAVAILABLE: Disposition.NO_ANSWER,
    Party.NOT_IN_SERVICE: Disposition.UNREACHABLE,
    Party.FAX: Disposition.UNREACHABLE,
}
_STATUS: Final = {
    CallStatus.BUSY: Disposition.BUSY,
    CallStatus.NO_ANSWER: Disposition.NO_ANSWER,
    CallStatus.CANCELED: Disposition.NO_ANSWER,
    CallStatus.FAILED: Disposition.FAILED,
}


def outcome_of(
    lines: Iterable[Line],
    *,
    call_sid: str,
    status: CallStatus,
    sip_code: int | None = None,
    talked_s: int = 0,
    answered_by: str = "",
    said_to_the_end: bool = False,
) -> Outcome:
    """Of a call that is over. `said_to_the_end` tells whether the agent has said all it meant to.

    An opt-out counts more than all else, what was found out in the call more than what the carrier thinks.
    """
    kept = list(lines)
    result = _last(kept, RESULT)
    who = _last(kept, WHO).get("who")
    details = result.get("details")
    named = UNVERIFIED if who == Who.UNVERIFIED else str(result.get("result", ""))
    return Outcome(
        _disposition(kept, status, sip_code, answered_by, said_to_the_end=said_to_the_end),
        named,
        {str(name): str(value) for name, value in details.items()} if isinstance(details, Mapping) else {},
        call_sid,
        talked_s,
    )


def _disposition(
    lines: list[Line], status: CallStatus, sip_code: int | None, answered_by: str, *, said_to_the_end: bool
) -> Disposition:
    who, party = _last(lines, WHO).get("who"), _last(lines, PICKED_UP).get("party")
    if any(kind == OPT_OUT for kind, _ in lines):
        return Disposition.OPTED_OUT
    if who is not None:
        return _WHO[Who(str(who))]
    if any(kind == MESSAGE for kind, _ in lines):
        return Disposition.MESSAGE_LEFT if said_to_the_end else Disposition.MAILBOX
    if status is CallStatus.FAILED and sip_code in NOBODYS_NUMBER:
        return Disposition.UNREACHABLE
    if any(kind == PICKED_UP and data.get("party") == Party.SCREENING for kind, data in lines):
        return Disposition.SCREENED  # whoever spoke after it may have been the telephone, saying no
    if party is not None:
        return _PARTY[Party(str(party))]
    machine = answered_by.startswith("machine")
    return _STATUS.get(status, Disposition.MAILBOX if machine else Disposition.HUNG_UP)


def _last(lines: list[Line], wanted: str) -> Mapping[str, JsonValue]:
    """The data of the last line of that kind; empty if there is none."""
    return next((data for kind, data in reversed(lines) if kind == wanted), {})
