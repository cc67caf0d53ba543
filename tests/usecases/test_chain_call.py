"""An attempt is claimed, dialled once, and has one outcome, whatever breaks in between."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.core.attempt import AttemptKey, Disposition
from shared.core.call_status import CallStatus
from shared.core.campaign import Ceilings, LeaveMessage
from shared.core.chain import Chain
from shared.core.chain_events import Answer, Phase
from shared.core.rules.person import Channel, Contact, OptOut
from shared.core.rules.question import Verdict
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.ports.campaigns import Attempt, Basis, Claim, OnThePhone, Running, Standing
from shared.ports.outbound import NumberRefused
from shared.usecases.chain import ms
from tests.campaigns import FakeCampaigns
from tests.usecases.outreach import PHONE, REMINDER, Clinic, upcoming


def outcome(clinic: Clinic, chain: str, number: int = 1) -> Disposition | None:
    attempt = clinic.store.attempt(AttemptKey(chain, number))
    return attempt.outcome.disposition if attempt is not None and attempt.outcome is not None else None


def test_t12_a_call_is_claimed_first_then_dialled_once_and_its_name_kept() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    step = clinic.calls(chain)
    (order,) = clinic.outbound.orders
    assert (order.to, order.from_) == (PHONE, REMINDER.line)
    attempt = clinic.store.attempt(AttemptKey(chain, 1))
    assert attempt is not None
    assert (attempt.call_sid, attempt.leave_message, attempt.facts["name"]) == (f"CA{1:032x}", True, "Ann")
    assert clinic.kept(chain).chain.phase is Phase.CALLING
    assert (step["do"], step["wait_s"]) == ("wait", 180)
    assert len(clinic.store.ledger.person(PHONE).contacts) == 1


def test_a_call_step_that_is_done_again_dials_nobody() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    first = clinic.calls(chain)
    assert clinic.calls(chain) == first
    assert clinic.calls(chain, 2)["do"] == "wait"
    assert len(clinic.outbound.orders) == 1


def test_nobody_is_dialled_before_the_time() -> None:
    clinic = Clinic()
    chain = clinic.tells("appointment.upcoming", upcoming()).chain
    assert clinic.calls(chain)["do"] == "wait"
    assert clinic.outbound.orders == []


def test_o3_the_rules_are_asked_once_more_in_the_moment_of_dialling() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    assert clinic.decides(chain)["do"] == "call"
    until = clinic.now + timedelta(hours=1)
    clinic.answers = [Answer(Verdict.LATER, "us.tcpa.hours", "after nine", ms(until))]
    assert clinic.calls(chain)["until"] == until.isoformat()
    assert clinic.outbound.orders == []
    clinic.answers = [Answer(Verdict.NOW, "", "planned")]
    assert clinic.waits(chain)["do"] == "call"
    clinic.calls(chain)
    attempt = clinic.store.attempt(AttemptKey(chain, 1))
    assert attempt is not None
    assert attempt.answer.verdict is Verdict.NOW


def test_o3_a_rule_that_never_allows_it_ends_the_chain_by_its_name() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.answers = [Answer(Verdict.NEVER, "us.dnc", "listed")]
    assert clinic.calls(chain)["ended"] == "forbidden"
    assert clinic.kept(chain).chain.why == "us.dnc"
    assert clinic.outbound.orders == []


def test_o3_who_opted_out_between_deciding_and_dialling_is_not_called() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    assert clinic.decides(chain)["do"] == "call"
    clinic.opts_out("text message", "SM1")
    clinic.calls(chain)
    assert clinic.outbound.orders == []
    assert clinic.decides(chain)["ended"] == "forbidden"
    assert [event["called"] for event in clinic.published("optout.recorded")] == [PHONE]


class Overtaken(FakeCampaigns):
    """Something happens after the rules were asked, before the claim."""

    def happens(self, attempt: Attempt) -> None:
        raise NotImplementedError

    def claim_attempt(self, attempt: Attempt, chain: Chain, contact: Contact, basis: Basis, until: datetime) -> Claim:
        self.happens(attempt)
        return super().claim_attempt(attempt, chain, contact, basis, until)


class OptsOut(Overtaken):
    def happens(self, attempt: Attempt) -> None:
        self.ledger.opt_out(attempt.to, OptOut(attempt.claimed_at, "said"))


class IsPaused(Overtaken):
    def happens(self, attempt: Attempt) -> None:
        self.set_standing(attempt.campaign, Standing(Running.PAUSED, "ann"))


class IsCalledBefore(Overtaken):
    def happens(self, attempt: Attempt) -> None:
        self.ledger.add_contact(attempt.to, "other.1", Contact(attempt.claimed_at, Channel.CALL))


class Changes(Overtaken):
    def happens(self, attempt: Attempt) -> None:
        self.touch(attempt.key.chain)


class IsBeingCalled(Overtaken):
    def happens(self, attempt: Attempt) -> None:
        self._phones[attempt.to] = OnThePhone("other.1", attempt.claimed_at + timedelta(hours=1))


@pytest.mark.parametrize("store", [OptsOut, IsPaused, IsCalledBefore, Changes, IsBeingCalled])
def test_o3_whatever_happens_between_the_rules_and_the_claim_nobody_is_dialled(store: type[Overtaken]) -> None:
    clinic = Clinic(store=store())
    chain = clinic.begins()
    assert clinic.decides(chain)["do"] == "call"
    assert clinic.calls(chain)["do"] == "wait"
    assert clinic.outbound.orders == []
    assert clinic.store.attempts(chain) == []
    assert clinic.store.take_line(REMINDER.line, "others", clinic.now, clinic.now, concurrent=1)


def test_who_claimed_an_attempt_and_comes_to_dial_late_does_not() -> None:
    class Slow(Overtaken):
        def happens(self, attempt: Attempt) -> None:
            clinic.passes(seconds=21)

    clinic = Clinic(store=Slow())
    chain = clinic.begins()
    clinic.calls(chain)
    assert clinic.outbound.orders == []
    assert outcome(clinic, chain) is Disposition.NOT_DIALLED


def test_a_chain_that_ends_before_its_claim_leaves_no_channel_of_the_line_taken() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.store.take_line(REMINDER.line, f"{chain}.1", clinic.now, clinic.now + timedelta(hours=4), concurrent=1)
    clinic.store.set_standing("reminder", Standing(Running.CANCELLED, "ann"))
    clinic.decides(chain)
    clinic.finishes(chain)
    assert clinic.store.take_line(REMINDER.line, "others", clinic.now, clinic.now, concurrent=1)


@pytest.mark.parametrize(
    ("error", "disposition"),
    [
        (Refused("no"), Disposition.NOT_DIALLED),
        (Throttled("slowly"), Disposition.NOT_DIALLED),
        (NumberRefused("no such number"), Disposition.UNREACHABLE),
    ],
)
def test_what_the_carrier_refuses_is_over_at_once(error: ProviderError, disposition: Disposition) -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.outbound.refuse(error)
    clinic.calls(chain)
    assert outcome(clinic, chain) is disposition
    if disposition is Disposition.NOT_DIALLED:
        assert clinic.store.ledger.person(PHONE).contacts == ()
        assert clinic.waits(chain)["attempt"] == f"{chain}.2"
    else:
        assert clinic.waits(chain)["ended"] == "done"


@pytest.mark.parametrize("placed", [True, False])
def test_an_answer_that_is_lost_is_not_asked_for_twice_but_looked_up(placed: bool) -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.outbound.refuse(Unavailable("no answer"), placed=placed)
    step = clinic.calls(chain)
    assert (step["do"], step["wait_s"]) == ("wait", 180)
    assert outcome(clinic, chain) is None
    assert clinic.waits(chain)["do"] == "reconcile"
    if placed:
        clinic.outbound.becomes(f"CA{1:032x}", CallStatus.BUSY)
    clinic.reconciles(chain)
    assert outcome(clinic, chain) is (Disposition.BUSY if placed else Disposition.NOT_DIALLED)
    assert len(clinic.outbound.orders) == 1


def test_who_claimed_an_attempt_and_died_leaves_nobody_waiting() -> None:
    """The process is gone between its claim and its order."""
    clinic = Clinic()
    chain = clinic.begins()

    class Died(Exception):
        pass

    def dies(order: object) -> str:
        raise Died

    clinic.outbound.place = dies  # type: ignore[method-assign]
    with pytest.raises(Died):
        clinic.calls(chain)
    assert clinic.waits(chain)["do"] == "reconcile"
    clinic.reconciles(chain)
    assert outcome(clinic, chain) is Disposition.NOT_DIALLED
    assert clinic.waits(chain)["attempt"] == f"{chain}.2"


def test_a_call_whose_end_nobody_told_is_looked_up_by_its_name() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.calls(chain)
    clinic.outbound.becomes(f"CA{1:032x}", CallStatus.IN_PROGRESS)
    assert clinic.waits(chain)["do"] == "reconcile"
    assert clinic.reconciles(chain)["wait_s"] == 180
    clinic.outbound.becomes(f"CA{1:032x}", CallStatus.NO_ANSWER)
    assert clinic.waits(chain)["do"] == "reconcile"
    clinic.reconciles(chain)
    assert outcome(clinic, chain) is Disposition.NO_ANSWER


@pytest.mark.parametrize(
    ("who", "disposition"), [("human", Disposition.UNKNOWN), ("machine_end_beep", Disposition.MAILBOX)]
)
def test_of_a_talk_the_carriers_word_counts_only_when_nobody_else_has_told(who: str, disposition: Disposition) -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.calls(chain)
    clinic.outbound.becomes(f"CA{1:032x}", CallStatus.COMPLETED, answered_by=who, talked_s=60)
    assert clinic.waits(chain)["do"] == "reconcile"
    clinic.reconciles(chain)
    assert outcome(clinic, chain) is None
    assert clinic.waits(chain)["do"] == "reconcile"
    clinic.reconciles(chain)
    assert outcome(clinic, chain) is disposition


def test_a_carrier_that_never_knows_leaves_the_outcome_unknown_in_the_end() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.calls(chain)
    clinic.outbound.calls.clear()
    for _ in range(200):
        if outcome(clinic, chain) is not None:
            break
        assert clinic.waits(chain)["do"] == "reconcile"
        clinic.reconciles(chain)
    assert outcome(clinic, chain) is Disposition.UNKNOWN
    assert len(clinic.store.ledger.person(PHONE).contacts) == 1


def test_p4_of_several_who_tell_an_outcome_the_first_counts() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.calls(chain)
    assert clinic.ended(chain, Disposition.REACHED, result="confirmed")
    assert not clinic.ended(chain, Disposition.NO_ANSWER)
    assert outcome(clinic, chain) is Disposition.REACHED
    assert clinic.store.ledger.person(PHONE).contacts[0].talked


def test_t13_calls_of_one_line_begin_as_far_apart_as_it_may() -> None:
    clinic = Clinic()
    first, second = clinic.begins(1), clinic.begins(2, person={"phone": "+14155550143", "name": "Bob"})
    clinic.calls(first)
    step = clinic.calls(second)
    assert (step["do"], step["wait_s"]) == ("wait", 2)
    assert len(clinic.outbound.orders) == 1
    assert clinic.waits(second)["do"] == "call"
    clinic.calls(second)
    assert len(clinic.outbound.orders) == 2


def test_t13_a_line_has_no_more_calls_at_a_time_than_it_may() -> None:
    clinic = Clinic(replace(REMINDER, pace=replace(REMINDER.pace, concurrent=1)))
    first, second = clinic.begins(1), clinic.begins(2, person={"phone": "+14155550143", "name": "Bob"})
    clinic.rings(first)
    clinic.passes(seconds=5)
    clinic.calls(second)
    assert clinic.kept(second).chain.asked[-1].answer.rule == "chain.line"
    clinic.ended(first, Disposition.BUSY)
    clinic.decides(first)
    clinic.rings(second)
    assert len(clinic.outbound.orders) == 2


def test_a_person_is_not_called_by_two_chains_at_a_time_nor_shortly_after() -> None:
    clinic = Clinic()
    first, second = clinic.begins(1), clinic.begins(2)
    clinic.rings(first)
    clinic.passes(seconds=5)
    assert clinic.calls(second)["why"] == "they are being called about something else"
    assert clinic.kept(second).chain.asked[-1].answer.rule == "chain.on-the-phone"
    clinic.ended(first, Disposition.REACHED, result="confirmed")
    clinic.decides(first)
    ended_at = clinic.now
    clinic.rings(second)
    assert clinic.kept(second).chain.asked[-1].answer.rule == ""
    assert any(asked.answer.rule == "chain.apart" for asked in clinic.kept(second).chain.asked)
    assert clinic.now >= ended_at + timedelta(hours=2)


def test_a_person_who_called_us_just_now_is_not_called_at_once() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    called_us = Contact(clinic.now - timedelta(minutes=5), Channel.CALL, talked=True, inbound=True)
    clinic.store.ledger.add_contact(PHONE, "CA9", called_us)
    step = clinic.decides(chain)
    assert step["until"] == (called_us.at + timedelta(hours=2)).isoformat()
    assert clinic.kept(chain).chain.asked[-1].answer.rule == "chain.apart"


def test_of_two_chains_for_one_person_the_one_with_priority_calls_first() -> None:
    urgent = replace(REMINDER, name="urgent", priority=9)
    clinic = Clinic(others={"urgent": urgent})
    first, second = clinic.begins(1, campaign="reminder"), clinic.begins(2, campaign="urgent")
    assert clinic.decides(first)["do"] == "wait"
    assert clinic.kept(first).chain.asked[-1].answer.rule == "chain.priority"
    assert clinic.decides(second)["do"] == "call"


def test_o6_a_campaign_that_is_paused_calls_nobody_and_goes_on_at_once_when_it_is_resumed() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    assert clinic.decides(chain)["do"] == "call"
    clinic.store.set_standing("reminder", Standing(Running.PAUSED, "ann", "lunch", clinic.now))
    assert clinic.calls(chain)["wait_s"] == 900
    assert clinic.outbound.orders == []
    clinic.passes(seconds=10)
    clinic.store.set_standing("reminder", Standing(since=clinic.now))
    assert clinic.decides(chain)["do"] == "call"


def test_a_chain_that_waits_for_its_time_waits_on_when_its_campaign_is_resumed() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.store.set_standing("reminder", Standing(Running.PAUSED, "ann", "lunch", clinic.now))
    clinic.decides(chain)
    clinic.store.set_standing("reminder", Standing(since=clinic.now))
    clinic.rings(chain)
    clinic.ended(chain, Disposition.BUSY)
    assert clinic.decides(chain)["wait_s"] == 600


def test_o6_a_campaign_that_is_cancelled_ends_its_chains() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    clinic.store.set_standing("reminder", Standing(Running.CANCELLED, "ann", "wrong list", clinic.now))
    clinic.calls(chain)
    assert clinic.outbound.orders == []
    assert clinic.decides(chain)["ended"] == "cancelled"


def test_o6_a_day_has_no_more_calls_than_its_ceiling_and_goes_on_the_next() -> None:
    clinic = Clinic(replace(REMINDER, ceilings=Ceilings(calls=1, cents=10_000, call_cents=30)))
    first, second = clinic.begins(1), clinic.begins(2, person={"phone": "+14155550143", "name": "Bob"})
    day = clinic.now.date()
    clinic.rings(first)
    clinic.ended(first, Disposition.REACHED, result="confirmed")
    clinic.rings(second)
    assert clinic.now.date() == day + timedelta(days=1)


def test_o6_a_day_spends_no_more_than_its_ceiling() -> None:
    clinic = Clinic(replace(REMINDER, ceilings=Ceilings(calls=100, cents=59, call_cents=30)))
    first, second = clinic.begins(1), clinic.begins(2, person={"phone": "+14155550143", "name": "Bob"})
    clinic.rings(first)
    assert clinic.calls(second)["do"] == "wait"
    assert clinic.kept(second).chain.asked[-1].answer.rule == "chain.ceiling"


def test_o6_a_failing_line_stops_its_campaign_which_says_why() -> None:
    clinic = Clinic()
    chains = [clinic.begins(n, person={"phone": f"+1415555014{n}", "name": "Ann"}) for n in range(3)]
    for chain in chains[:2]:
        clinic.rings(chain)
        clinic.ended(chain, Disposition.FAILED)
        clinic.decides(chain)
    standing = clinic.store.standing("reminder")
    assert (standing.running, standing.by) == (Running.STOPPED, "switchboard")
    assert standing.why == "2 of the last 2 calls in 30 minutes could not be connected; the limit is 50%"
    assert clinic.calls(chains[2])["do"] == "wait"
    clinic.store.set_standing(
        "reminder", Standing(by="ann", why="line mended", since=clinic.now + timedelta(minutes=1))
    )
    clinic.passes(minutes=2)
    clinic.rings(chains[2])
    clinic.ended(chains[2], Disposition.REACHED, result="confirmed")
    clinic.decides(chains[2])
    assert clinic.store.standing("reminder").running is Running.RUNNING


def test_a_message_is_left_by_the_first_attempt_or_by_the_last_as_the_file_says() -> None:
    clinic = Clinic(replace(REMINDER, message=LeaveMessage.LAST))
    chain = clinic.begins()
    for number in (1, 2, 3):
        clinic.rings(chain, number)
        clinic.ended(chain, Disposition.BUSY, number)
    assert [attempt.leave_message for attempt in clinic.store.attempts(chain)] == [False, False, True]


def test_o2_calls_that_reach_nobody_are_repeated_as_the_outcome_says_and_end_with_a_result() -> None:
    clinic = Clinic()
    chain = clinic.begins()
    rung = []
    for number, disposition in enumerate((Disposition.BUSY, Disposition.NO_ANSWER, Disposition.BUSY), start=1):
        clinic.rings(chain, number)
        rung.append(clinic.now)
        clinic.ended(chain, disposition, number)
    assert clinic.waits(chain)["ended"] == "exhausted"
    assert timedelta(minutes=10) <= rung[1] - rung[0] < timedelta(minutes=11)
    assert timedelta(hours=2) <= rung[2] - rung[1] < timedelta(hours=2, minutes=1)
    assert len(clinic.outbound.orders) == 3
