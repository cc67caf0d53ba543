"""Whether a campaign may go on: what its newest calls came to, and the reason for which it stops. Pure."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Final, Self

from shared.core.attempt import Disposition, Outcome
from shared.core.campaign import Stop

COMPLAINT: Final = "complaint"
"""The result (`results:` of the agent file) of a conversation in which somebody complained of being called."""

_FAILING = (Disposition.FAILED, Disposition.NOT_DIALLED, Disposition.UNKNOWN)
_NOBODY = (Disposition.NO_ANSWER, Disposition.MAILBOX, Disposition.MESSAGE_LEFT, Disposition.SCREENED, Disposition.BUSY)


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls that came to an end, by what is watched."""

    calls: int = 0
    failing: int = 0
    opt_outs: int = 0
    complaints: int = 0
    no_answers: int = 0

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """One call's."""
        return cls(
            calls=1,
            failing=int(outcome.disposition in _FAILING),
            opt_outs=int(outcome.disposition is Disposition.OPTED_OUT),
            complaints=int(outcome.result == COMPLAINT),
            no_answers=int(outcome.disposition in _NOBODY),
        )

    @classmethod
    def sum(cls, tallies: Iterable[Self]) -> Self:
        return cls(*map(sum, zip(*(astuple(one) for one in tallies), strict=True)))


def reason_to_stop(tally: Tally, stop: Stop) -> str:
    """Why the campaign stops, in words; empty while it goes on."""
    if tally.calls < stop.at_least:
        return ""
    watched = (
        (tally.failing, stop.failing, "could not be connected"),
        (tally.opt_outs, stop.opt_outs, "ended with an opt-out"),
        (tally.complaints, stop.complaints, "ended with a complaint"),
        (tally.no_answers, stop.no_answers, "reached nobody"),
    )
    minutes = stop.window_ms // 60_000
    for count, share, what in watched:
        if share < 1 and count > share * tally.calls:
            return f"{count} of the last {tally.calls} calls in {minutes} minutes {what}; the limit is {share:.0%}"
    return ""
