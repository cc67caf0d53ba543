"""A chain: what happens and what comes next; and, over every interleaving, what never happens."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.core.attempt import Disposition, Outcome
from shared.core.campaign import (
    HOUR_MS,
    MINUTE_MS,
    Attempts,
    Campaign,
    Ceilings,
    LeaveMessage,
    Pace,
    Stop,
    TextStep,
    When,
)
from shared.core.chain import ANSWERS_KEPT, MOST_NOT_DIALLED, OVERDUE_MS, Chain
from shared.core.chain_events import (
    Answer,
    Call,
    CalledOff,
    Changed,
    Claimed,
    Ended,
    Event,
    Finished,
    Freed,
    Looked,
    OutcomeOf,
    Over,
    Phase,
    Published,
    Reconcile,
    Slotted,
    Step,
    Text,
    TextClaimed,
    Unsettled,
    Wait,
)
from shared.core.occasion import Occasion
from shared.core.rules.person import Channel, Purpose
from shared.core.rules.question import Verdict

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1_000)
CAMPAIGN = Campaign(
    name="reminder",
    event="appointment.upcoming",
    purpose=Purpose.REMINDER,
    agent="reminder",
    line="+15550100100",
    attempts=Attempts(
        most=3,
        again_ms={
            Disposition.BUSY: 10 * MINUTE_MS,
            Disposition.MESSAGE_LEFT: HOUR_MS,
            Disposition.REACHED: HOUR_MS,
            Disposition.NOT_DIALLED: MINUTE_MS,
        },
    ),
    when=When(start_ms=None, until_ms=24 * HOUR_MS),
    pace=Pace(1, 1),
    ceilings=Ceilings(1, 1, 1),
    stop=Stop(MINUTE_MS, 1),
    ends=frozenset({"confirmed"}),
    texts=(TextStep("missed", "Hello.", frozenset({"busy"})), TextStep("thanks", "Thanks.", frozenset({"confirmed"}))),
)
PLAIN = replace(CAMPAIGN, texts=())
ALLOWED = Looked(Answer(Verdict.NOW))
OCCASION = Occasion("appointment.upcoming", "e1", "A-1", NOW, "+14155550142", facts={"name": "Ann"})


def begun(campaign: Campaign = PLAIN) -> Chain:
    return Chain.begin("reminder-1", OCCASION, campaign, NOW_MS)


def after(chain: Chain, *events: Event, at_ms: int = NOW_MS, campaign: Campaign = PLAIN) -> tuple[Chain, Step]:
    step: Step = Over(Ended.FAILED)
    for event in events:
        chain, step = chain.after(event, campaign, at_ms)
    return chain, step


def ended(disposition: Disposition, result: str = "", attempt: int = 1) -> OutcomeOf:
    return OutcomeOf(attempt, Outcome(disposition, result))


def test_a_chain_that_is_due_and_allowed_calls() -> None:
    chain, step = after(begun(), ALLOWED)
    assert step == Call(1)
    assert chain.phase is Phase.WAITING


def test_nothing_is_asked_before_it_is_due() -> None:
    chain = Chain.begin("c", OCCASION, replace(PLAIN, when=When(HOUR_MS, 2 * HOUR_MS)), NOW_MS)
    assert chain.asks(NOW_MS) is None
    assert after(chain, ALLOWED) == (chain, Wait(NOW_MS + HOUR_MS, "the next call is not due yet"))
    assert chain.asks(NOW_MS + HOUR_MS) is Channel.CALL


def test_an_attempt_is_claimed_once() -> None:
    chain, step = after(begun(), Claimed(1))
    assert (chain.phase, chain.attempts, step) == (Phase.CALLING, 1, Wait(NOW_MS + OVERDUE_MS, "a call is under way"))
    assert after(chain, Claimed(1))[0] == chain
    assert after(chain, Claimed(2))[0] == chain


@pytest.mark.parametrize("attempt", [0, 2, 3])
def test_only_the_attempt_that_is_next_is_claimed(attempt: int) -> None:
    assert after(begun(), Claimed(attempt))[0] == begun()


def test_what_belongs_to_another_attempt_changes_nothing() -> None:
    chain, _ = after(begun(), Claimed(1))
    for stale in (ended(Disposition.BUSY, attempt=2), Unsettled(0)):
        assert after(chain, stale)[0] == chain
    waiting, _ = after(chain, ended(Disposition.BUSY))
    assert after(waiting, ended(Disposition.REACHED, "confirmed"))[0] == waiting


def test_an_outcome_that_is_overdue_is_asked_for_again_and_again() -> None:
    chain, _ = after(begun(), Claimed(1))
    assert after(chain, Looked(), at_ms=NOW_MS + OVERDUE_MS)[1] == Reconcile(1)
    chain, step = after(chain, Unsettled(1), at_ms=NOW_MS + OVERDUE_MS)
    assert step == Wait(NOW_MS + 2 * OVERDUE_MS, "a call is under way")


def test_o2_the_next_call_comes_after_the_time_that_goes_with_the_outcome() -> None:
    chain, step = after(begun(), Claimed(1), ended(Disposition.BUSY))
    assert step == Wait(NOW_MS + 10 * MINUTE_MS, "the next call is not due yet")
    assert after(chain, ALLOWED, at_ms=NOW_MS + 10 * MINUTE_MS)[1] == Call(2)


@pytest.mark.parametrize(
    ("disposition", "result", "end", "why"),
    [
        (Disposition.REACHED, "confirmed", Ended.DONE, "confirmed"),
        (Disposition.WRONG_PERSON, "", Ended.DONE, "wrong-person"),
        (Disposition.UNREACHABLE, "", Ended.DONE, "unreachable"),
        (Disposition.OPTED_OUT, "", Ended.FORBIDDEN, "opted-out"),
    ],
)
def test_an_outcome_that_needs_no_other_call_ends_the_chain(
    disposition: Disposition, result: str, end: Ended, why: str
) -> None:
    chain, step = after(begun(), Claimed(1), ended(disposition, result))
    assert step == Over(end)
    assert (chain.ended, chain.why, chain.disposition, chain.result) == (end, why, str(disposition), result)
    assert chain.over_ms == NOW_MS


def test_a_talk_that_came_to_nothing_yet_is_followed_by_another() -> None:
    chain, _ = after(begun(), Claimed(1), ended(Disposition.REACHED, "later"))
    assert (chain.live, chain.due_ms) == (True, NOW_MS + HOUR_MS)


def test_o2_the_last_attempt_is_the_last() -> None:
    chain, at_ms = begun(), NOW_MS
    for attempt in (1, 2, 3):
        chain, step = after(chain, Claimed(attempt), ended(Disposition.BUSY, attempt=attempt), at_ms=at_ms)
        at_ms += 10 * MINUTE_MS
    assert step == Over(Ended.EXHAUSTED)
    assert (chain.why, chain.attempts) == ("attempts", 3)


def test_what_was_not_dialled_is_tried_again_beyond_the_attempts_but_not_for_ever() -> None:
    chain, at_ms, step = begun(), NOW_MS, None
    for attempt in range(1, MOST_NOT_DIALLED + 1):
        chain, step = after(chain, Claimed(attempt), ended(Disposition.NOT_DIALLED, attempt=attempt), at_ms=at_ms)
        at_ms += MINUTE_MS
    assert step == Over(Ended.EXHAUSTED)


def test_a_call_that_would_come_too_late_is_not_made() -> None:
    late = begun().until_ms - MINUTE_MS
    chain, step = after(begun(), Claimed(1), ended(Disposition.BUSY), at_ms=late)
    assert (step, chain.why) == (Over(Ended.EXHAUSTED), "time")
    assert after(begun(), ALLOWED, at_ms=begun().until_ms + 1)[1] == Over(Ended.EXHAUSTED)


def test_o3_a_rule_that_says_later_is_asked_again_then() -> None:
    later = Looked(Answer(Verdict.LATER, "us.tcpa.hours", "before eight", NOW_MS + HOUR_MS))
    chain, step = after(begun(), later)
    assert step == Wait(NOW_MS + HOUR_MS, "before eight")
    assert chain.asks(NOW_MS + HOUR_MS - 1) is None
    assert chain.asked[-1].answer.rule == "us.tcpa.hours"


def test_what_held_it_up_alone_can_set_it_free() -> None:
    chain, _ = after(begun(), Looked(Answer(Verdict.LATER, "a rule", "", NOW_MS + HOUR_MS)))
    assert chain.held_up_by("a rule", NOW_MS)
    assert not chain.held_up_by("another", NOW_MS)
    assert not chain.held_up_by("a rule", NOW_MS + HOUR_MS)
    assert not begun().held_up_by("a rule", NOW_MS)
    assert after(chain, Freed(), at_ms=NOW_MS + 1)[0].asks(NOW_MS + 1) is Channel.CALL
    calling, _ = after(begun(), Claimed(1))
    assert after(calling, Freed())[0] == calling


def test_o3_a_rule_that_allows_it_too_late_or_never_ends_the_chain_by_its_name() -> None:
    late = Looked(Answer(Verdict.LATER, "us.tcpa.hours", "closed", begun().until_ms + 1))
    chain, step = after(begun(), late)
    assert (step, chain.why) == (Over(Ended.EXHAUSTED), "us.tcpa.hours")
    chain, step = after(begun(), Looked(Answer(Verdict.NEVER, "us.dnc", "listed")))
    assert (step, chain.why) == (Over(Ended.FORBIDDEN), "us.dnc")


def test_what_the_rules_said_is_kept_the_last_few_times_it_changed() -> None:
    chain = begun()
    for minute in range(30):
        said = Answer(Verdict.LATER, "r", "", NOW_MS + minute)
        chain, _ = after(chain, Looked(said), Looked(said), at_ms=NOW_MS + minute)
    assert len(chain.asked) == ANSWERS_KEPT
    assert len({one.answer.until_ms for one in chain.asked}) == ANSWERS_KEPT


def test_a_text_comes_before_the_next_call() -> None:
    chain, _ = after(begun(CAMPAIGN), Claimed(1), ended(Disposition.BUSY), campaign=CAMPAIGN)
    assert chain.asks(NOW_MS) is Channel.SMS
    chain, step = after(chain, ALLOWED, campaign=CAMPAIGN)
    assert step == Text("missed")
    chain, step = after(chain, TextClaimed("missed"), campaign=CAMPAIGN)
    assert (chain.texts, step) == (("missed",), Wait(NOW_MS + 10 * MINUTE_MS, "the next call is not due yet"))
    assert after(chain, TextClaimed("missed"), campaign=CAMPAIGN)[0] == chain


def test_a_text_that_goes_with_the_end_is_sent_and_nobody_called_meanwhile() -> None:
    chain, _ = after(begun(CAMPAIGN), Claimed(1), ended(Disposition.REACHED, "confirmed"), campaign=CAMPAIGN)
    assert (chain.live, chain.ended, chain.text) == (True, Ended.DONE, "thanks")
    assert after(chain, Claimed(2), campaign=CAMPAIGN)[0] == chain
    chain, step = after(chain, ALLOWED, TextClaimed("thanks"), campaign=CAMPAIGN)
    assert (step, chain.result) == (Over(Ended.DONE), "confirmed")


@pytest.mark.parametrize("verdict", [Verdict.LATER, Verdict.NEVER])
def test_a_text_that_may_not_be_sent_in_time_is_left_out(verdict: Verdict) -> None:
    chain, _ = after(begun(CAMPAIGN), Claimed(1), ended(Disposition.REACHED, "confirmed"), campaign=CAMPAIGN)
    said = Looked(Answer(verdict, "r", "", chain.until_ms + 1))
    assert after(chain, said, campaign=CAMPAIGN)[1] == Over(Ended.DONE)


def test_what_is_called_off_calls_and_texts_nobody() -> None:
    off = CalledOff(Ended.STOPPED, "payment.made")
    chain, step = after(begun(), off)
    assert (step, chain.why) == (Over(Ended.STOPPED), "payment.made")
    texting, _ = after(begun(CAMPAIGN), Claimed(1), ended(Disposition.BUSY), campaign=CAMPAIGN)
    assert after(texting, off, campaign=CAMPAIGN)[1] == Over(Ended.STOPPED)
    assert after(chain, CalledOff(Ended.FORBIDDEN, "opted-out"))[0] == chain


def test_what_is_called_off_during_a_call_ends_with_it() -> None:
    chain, step = after(begun(), Claimed(1), CalledOff(Ended.STOPPED, "payment.made"))
    assert step == Reconcile(1)
    assert after(chain, CalledOff(Ended.FORBIDDEN, "opted-out"))[0] == chain
    assert after(chain, Unsettled(1))[1] == Wait(NOW_MS + OVERDUE_MS, "a call is under way")
    chain, step = after(chain, ended(Disposition.REACHED, "confirmed"))
    assert (step, chain.result) == (Over(Ended.STOPPED), "confirmed")


def test_what_was_told_later_counts_and_never_brings_a_call_closer_than_its_spacing() -> None:
    chain, _ = after(begun(), Claimed(1), ended(Disposition.BUSY))
    newer = Changed(NOW_MS + 1, {"place": "room 2"}, NOW_MS + HOUR_MS)
    chain, _ = after(chain, newer)
    assert (chain.facts, chain.due_ms) == ({"name": "Ann", "place": "room 2"}, NOW_MS + 10 * MINUTE_MS)
    assert chain.until_ms == NOW_MS + 25 * HOUR_MS
    assert after(chain, replace(newer, facts={"place": "room 1"}))[0] == chain


def test_a_slot_of_the_line_is_waited_for() -> None:
    chain, step = after(begun(), Slotted(NOW_MS + 500))
    assert step == Wait(NOW_MS + 500, "the next call is not due yet")
    assert chain.slot_ms == NOW_MS + 500


@pytest.mark.parametrize(
    ("policy", "leaves"),
    [
        (LeaveMessage.NEVER, [False, False, False]),
        (LeaveMessage.FIRST, [True, False, False]),
        (LeaveMessage.LAST, [False, False, True]),
    ],
)
def test_o2_a_message_is_left_once_at_most(policy: LeaveMessage, leaves: list[bool]) -> None:
    campaign, chain, at_ms, left = replace(PLAIN, message=policy), begun(), NOW_MS, []
    for attempt in (1, 2, 3):
        leave = chain.leaves_message(campaign)
        left.append(leave)
        disposition = Disposition.MESSAGE_LEFT if leave else Disposition.BUSY
        events = (Claimed(attempt), ended(disposition, attempt=attempt))
        chain, _ = after(chain, *events, at_ms=at_ms, campaign=campaign)
        at_ms += HOUR_MS
    assert left == leaves


def test_what_has_been_told_only_grows() -> None:
    chain, _ = after(begun(), Published(2), Published(1), Finished())
    assert (chain.published, chain.finished) == (2, False)
    over, _ = after(begun(), CalledOff(Ended.STOPPED, "x"), Finished())
    assert over.finished


def untold(chain: Chain) -> Chain:
    """The same, but for what has been told to the company's systems."""
    return replace(chain, published=0, finished=False, facts={})


VERDICTS = st.sampled_from(list(Verdict))
DISPOSITIONS = st.sampled_from(list(Disposition))


class EveryInterleaving(RuleBasedStateMachine):
    """Whatever happens, in whatever order, told once, twice, late or never."""

    def __init__(self) -> None:
        super().__init__()
        self.at_ms = NOW_MS
        self.chain = begun(CAMPAIGN)
        self.step: Step = Wait(NOW_MS, "")
        self.dialled: list[int] = []
        self.spaced_until_ms = 0
        self.later_ms = 0
        self.told_off = False
        self.texts: list[str] = []

    def happens(self, event: Event) -> None:
        before = self.chain
        self.chain, self.step = before.after(event, CAMPAIGN, self.at_ms)
        assert Chain.restore(self.chain.snapshot()) == self.chain
        assert before.live or untold(self.chain) == untold(before)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.at_ms += minutes * MINUTE_MS

    @rule(verdict=VERDICTS, minutes=st.integers(0, 600))
    def somebody_looks(self, verdict: Verdict, minutes: int) -> None:
        asked = self.chain.asks(self.at_ms)
        until_ms = self.at_ms + minutes * MINUTE_MS if verdict is Verdict.LATER else 0
        self.happens(Looked(Answer(verdict, "a rule", "", until_ms)))
        if asked is Channel.CALL and verdict is Verdict.LATER:
            self.later_ms = until_ms
        if isinstance(self.step, Call | Text):
            assert verdict is Verdict.NOW

    @precondition(lambda self: isinstance(self.step, Call))
    @rule(twice=st.booleans())
    def the_call_is_made(self, twice: bool) -> None:
        attempt = self.step.attempt if isinstance(self.step, Call) else 0
        before = self.chain
        self.happens(Claimed(attempt))
        if self.chain != before:
            assert self.at_ms >= max(self.spaced_until_ms, self.later_ms)
            assert not self.told_off
            self.dialled.append(attempt)
        if twice:
            before = self.chain
            self.happens(Claimed(attempt))
            assert self.chain == before

    @rule(attempt=st.integers(0, 8))
    def somebody_else_claims(self, attempt: int) -> None:
        before = self.chain
        self.happens(Claimed(attempt))
        if self.chain != before:
            assert self.at_ms >= max(self.spaced_until_ms, self.later_ms)
            assert not self.told_off
            self.dialled.append(attempt)

    @rule(attempt=st.integers(0, 8), disposition=DISPOSITIONS, confirmed=st.booleans())
    def an_outcome_is_told(self, attempt: int, disposition: Disposition, confirmed: bool) -> None:
        result = "confirmed" if confirmed and disposition is Disposition.REACHED else ""
        before = self.chain
        self.happens(OutcomeOf(attempt, Outcome(disposition, result)))
        if self.chain != before:
            assert attempt == before.attempts
            self.spaced_until_ms = self.at_ms + CAMPAIGN.attempts.again_ms.get(disposition, 0)
            self.told_off |= disposition is Disposition.OPTED_OUT

    @rule(text=st.sampled_from(["missed", "thanks"]))
    def a_text_is_claimed(self, text: str) -> None:
        before = self.chain
        self.happens(TextClaimed(text))
        if self.chain != before:
            assert not self.told_off
            self.texts.append(text)

    @rule(end=st.sampled_from([Ended.STOPPED, Ended.FORBIDDEN, Ended.CANCELLED]))
    def it_is_called_off(self, end: Ended) -> None:
        self.happens(CalledOff(end, "somebody said so"))
        self.told_off = True

    @rule(minutes=st.integers(-600, 600))
    def the_facts_change(self, minutes: int) -> None:
        self.happens(Changed(self.at_ms, {"place": "room 2"}, NOW_MS + minutes * MINUTE_MS))
        self.later_ms = 0

    @rule()
    def what_held_it_up_is_gone(self) -> None:
        self.happens(Freed())
        self.later_ms = 0

    @rule(event=st.sampled_from([Published(1), Finished(), Slotted(NOW_MS + HOUR_MS), Unsettled(1), Looked()]))
    def anything_else(self, event: Event) -> None:
        self.happens(event)

    @invariant()
    def nobody_is_rung_twice_for_one_attempt(self) -> None:
        assert self.dialled == list(range(1, len(self.dialled) + 1))

    @invariant()
    def nobody_is_rung_more_often_than_the_campaign_has_it(self) -> None:
        assert len(self.dialled) - self.chain.not_dialled <= CAMPAIGN.attempts.most
        assert self.chain.not_dialled <= MOST_NOT_DIALLED

    @invariant()
    def each_text_is_sent_once(self) -> None:
        assert len(self.texts) == len(set(self.texts))

    @invariant()
    def what_is_over_has_an_end_and_a_reason(self) -> None:
        if not self.chain.live:
            assert self.chain.ended is not None
            assert self.chain.why
            assert self.chain.over_ms

    def teardown(self) -> None:
        """Whoever goes on looking comes to an end."""
        for _ in range(100):
            self.happens(Looked(Answer(Verdict.NOW)))
            match self.step:
                case Over():
                    break
                case Wait(until_ms):
                    self.at_ms = max(self.at_ms + 1, until_ms)
                case Call(attempt):
                    self.happens(Claimed(attempt))
                case Text(name):
                    self.happens(TextClaimed(name))
                case Reconcile(attempt):
                    self.happens(OutcomeOf(attempt, Outcome(Disposition.UNKNOWN)))
        assert isinstance(self.step, Over)


TestEveryInterleaving = EveryInterleaving.TestCase
