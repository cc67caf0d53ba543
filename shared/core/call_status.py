"""The life of a call as the carrier reports it, and why it only moves forward.

Status callbacks arrive out of order, twice, or together; the highest rank seen is the truth and a terminal status is
final (Twilio: `queued -> initiated -> ringing -> in-progress -> completed | busy | failed | no-answer | canceled`).
"""

from enum import StrEnum


class CallStatus(StrEnum):
    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def rank(self) -> int:
        """Position in the call's life; all terminal statuses share the highest."""
        return _RANKS.get(self, TERMINAL_RANK)

    @property
    def is_terminal(self) -> bool:
        return self.rank == TERMINAL_RANK


TERMINAL_RANK = 4
_RANKS = {CallStatus.QUEUED: 0, CallStatus.INITIATED: 1, CallStatus.RINGING: 2, CallStatus.IN_PROGRESS: 3}
