"""What an attempt came to, by the call's record and the carrier's word."""

import pytest

from shared.core.answering import Party
from shared.core.attempt import Disposition
from shared.core.attempt_outcome import NOBODYS_NUMBER, outcome_of
from shared.core.call_status import CallStatus
from shared.core.identity import WHO, Who
from shared.core.opening import MESSAGE, PICKED_UP
from shared.core.report import Line
from shared.core.ways_out import OPT_OUT, RESULT

CALL_SID = "CA" + "1" * 32


def disposition(
    *lines: Line,
    status: CallStatus = CallStatus.COMPLETED,
    sip_code: int | None = None,
    answered_by: str = "",
    said_to_the_end: bool = False,
) -> Disposition:
    return outcome_of(
        lines,
        call_sid=CALL_SID,
        status=status,
        sip_code=sip_code,
        answered_by=answered_by,
        said_to_the_end=said_to_the_end,
    ).disposition


def party(which: Party) -> Line:
    return PICKED_UP, {"party": str(which)}


def who(which: Who) -> Line:
    return WHO, {"who": str(which)}


def test_o2_a_person_who_was_found_out_counts_more_than_what_the_carrier_thinks() -> None:
    them = (party(Party.PERSON), who(Who.THEM))
    assert disposition(*them, answered_by="machine_start") is Disposition.REACHED
    assert disposition(party(Party.PERSON), who(Who.WRONG_PERSON)) is Disposition.WRONG_PERSON


def test_o3_an_opt_out_counts_more_than_all_else() -> None:
    assert disposition(who(Who.THEM), (OPT_OUT, {}), (RESULT, {"result": "confirmed"})) is Disposition.OPTED_OUT


def test_o2_a_telephone_that_asked_and_said_no_has_screened_the_call() -> None:
    assert disposition(party(Party.SCREENING)) is Disposition.SCREENED
    assert disposition(party(Party.SCREENING), party(Party.PERSON)) is Disposition.SCREENED
    connected = (party(Party.SCREENING), party(Party.PERSON), who(Who.THEM))
    assert disposition(*connected) is Disposition.REACHED


def test_o2_a_message_is_left_when_it_was_said_to_the_end() -> None:
    mailbox: tuple[Line, ...] = (party(Party.MAILBOX), (MESSAGE, {}))
    assert disposition(*mailbox, said_to_the_end=True) is Disposition.MESSAGE_LEFT
    assert disposition(*mailbox) is Disposition.MAILBOX


@pytest.mark.parametrize("sip_code", sorted(NOBODYS_NUMBER))
def test_o2_a_number_that_nobody_has_is_not_worth_another_try(sip_code: int) -> None:
    assert disposition(status=CallStatus.FAILED, sip_code=sip_code) is Disposition.UNREACHABLE
    assert disposition(status=CallStatus.FAILED, sip_code=503) is Disposition.FAILED


def test_o2_without_a_record_the_carrier_is_believed() -> None:
    assert disposition(status=CallStatus.BUSY) is Disposition.BUSY
    assert disposition(status=CallStatus.NO_ANSWER) is Disposition.NO_ANSWER
    assert disposition(answered_by="machine_end_beep") is Disposition.MAILBOX
    assert disposition(answered_by="human") is Disposition.HUNG_UP
