"""Status only moves forward."""

from itertools import pairwise

from shared.core.call_status import CallStatus


def test_t4_ranks_follow_the_life_of_a_call_and_every_end_is_last() -> None:
    life = [CallStatus.QUEUED, CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS, CallStatus.COMPLETED]
    assert all(before.rank < after.rank for before, after in pairwise(life))
    ends = {status for status in CallStatus if status.is_terminal}
    assert ends == {
        CallStatus.COMPLETED, CallStatus.BUSY, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.CANCELED,
    }  # fmt: skip
