"""A transfer: nobody waits for ever, nobody rings for nothing, and an attempt rings once."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.core.agent import Destination, DestinationKind, Route
from shared.core.transfer import BRIEFING_MS, JOINING_MS, MAX_ATTEMPTS, SLACK_MS, Returned, Transfer
from shared.core.transfer_events import (
    Accepted,
    CallerBack,
    CallerGone,
    Claimed,
    Effect,
    Ended,
    Event,
    Fetch,
    Free,
    HangUpLeg,
    Looked,
    Note,
    Phase,
    PickedUp,
    Ring,
    Rung,
    StreamOver,
    Why,
)

DESK = Destination(DestinationKind.NUMBER, "+15550100001", "the desk")
BOSS = Destination(DestinationKind.SIP, "sip:boss@example.com", "the boss")
TEAM = Destination(DestinationKind.TEAM, "billing", "billing")
QUEUE = Destination(DestinationKind.QUEUE, "WW" + "1" * 32, "the queue")
ANN = Destination(DestinationKind.PERSON, "ann", "ann")
ROUTE = Route("front", "people", (), "One moment.", "Leave a message.", (DESK, BOSS), nobody="Nobody is free.")
RING_MS, WAIT_MS = ROUTE.ring_ms, ROUTE.wait_ms


def begun(*destinations: Destination, warm: bool = True) -> Transfer:
    transfer, effects = Transfer.begin(replace(ROUTE, destinations=destinations, warm=warm), "asked", 0)
    assert effects == [Ring(1, destinations[0], ())]
    return transfer


def after(transfer: Transfer, *events: Event, at_ms: int = 1_000) -> tuple[Transfer, list[Effect]]:
    effects: list[Effect] = []
    for event in events:
        transfer, more = transfer.after(event, at_ms)
        effects += more
    return transfer, effects


def test_whoever_accepts_is_put_together_with_the_caller() -> None:
    transfer, effects = after(begun(DESK), Rung(1, "leg"), PickedUp(1, "leg"), Accepted(1))
    assert transfer.phase is Phase.TOGETHER
    assert effects == [Note({"to": "the desk", "attempt": 1, "person": ""}), Fetch()]


@pytest.mark.parametrize("why", [Why.BUSY, Why.NO_ANSWER, Why.DECLINED, Why.FAILED])
def test_when_one_does_not_take_the_call_the_next_one_is_rung(why: Why) -> None:
    transfer, effects = after(begun(DESK, BOSS), Rung(1, "leg"), Ended(1, why))
    assert effects == [Ring(2, BOSS, ())]
    assert transfer.tried == (("the desk", str(why)),)


def test_when_nobody_takes_the_call_the_caller_is_fetched_back_and_the_agent_told_why() -> None:
    transfer, effects = after(begun(DESK), Rung(1, "leg"), Ended(1, Why.BUSY))
    assert (transfer.phase, transfer.returned) == (Phase.BACK, Returned("front", Why.BUSY))
    assert effects == [Note({"back": "busy", "tried": [["the desk", "busy"]]}), Fetch()]


def test_people_of_a_team_are_rung_one_after_the_other_and_none_twice() -> None:
    transfer, effects = after(begun(TEAM), Claimed(1, "ann"), Rung(1, "leg"), Ended(1, Why.NO_ANSWER))
    assert effects == [Free("ann"), Ring(2, TEAM, ("ann",))]
    transfer, effects = after(transfer, Ended(2, Why.NOBODY_FREE))
    assert (transfer.phase, transfer.why) == (Phase.BACK, Why.NOBODY_FREE)


def test_a_phone_that_rings_too_long_is_hung_up_and_the_next_one_rung() -> None:
    transfer, _ = after(begun(DESK, BOSS), Rung(1, "leg"))
    assert after(transfer, Looked(), at_ms=RING_MS + SLACK_MS - 1) == (transfer, [])
    _, effects = after(transfer, Looked(), at_ms=RING_MS + SLACK_MS)
    assert effects == [HangUpLeg("leg"), Ring(2, BOSS, ())]


def test_who_picks_up_and_says_nothing_as_voicemail_does_has_declined() -> None:
    transfer, _ = after(begun(DESK), PickedUp(1, "leg"))
    transfer, effects = after(transfer, Looked(), at_ms=1_000 + BRIEFING_MS)
    assert (transfer.phase, transfer.why) == (Phase.BACK, Why.DECLINED)
    assert HangUpLeg("leg") in effects


def test_who_accepts_and_never_joins_is_given_up() -> None:
    transfer, _ = after(begun(DESK), PickedUp(1, "leg"), Accepted(1))
    transfer, effects = after(transfer, Looked(), at_ms=1_000 + JOINING_MS)
    assert transfer.phase is Phase.BACK
    assert [HangUpLeg("leg"), Fetch()] == [one for one in effects if not isinstance(one, Note)]


def test_when_the_person_hangs_up_the_carrier_itself_asks_what_comes_next() -> None:
    transfer, effects = after(begun(DESK), PickedUp(1, "leg"), Accepted(1), Ended(1, Why.FAILED))
    assert transfer.returned == Returned("front", Why.FINISHED)
    assert effects.count(Fetch()) == 1  # of the acceptance


def test_a_caller_who_hangs_up_leaves_no_phone_ringing_and_nobody_claimed() -> None:
    transfer, _ = after(begun(TEAM), Claimed(1, "ann"), Rung(1, "leg"))
    transfer, effects = after(transfer, CallerGone())
    assert (transfer.phase, effects) == (Phase.OVER, [HangUpLeg("leg"), Free("ann")])


def test_a_phone_that_begins_to_ring_after_the_caller_has_gone_is_hung_up() -> None:
    transfer, _ = after(begun(TEAM), CallerGone())
    assert after(transfer, Claimed(1, "ann")) == (transfer, [Free("ann")])
    assert after(transfer, Rung(1, "leg")) == (transfer, [HangUpLeg("leg")])
    assert after(transfer, PickedUp(1, "leg")) == (transfer, [HangUpLeg("leg")])


def test_a_caller_may_come_back_instead_of_waiting() -> None:
    transfer, _ = after(begun(DESK), Rung(1, "leg"))
    transfer, effects = after(transfer, CallerBack(Why.ASKED_BACK))
    assert transfer.returned == Returned("front", Why.ASKED_BACK)
    assert effects[0] == HangUpLeg("leg")


def test_a_person_by_name_is_asked_and_nobody_else_is_rung_in_their_place() -> None:
    transfer = begun(ANN, warm=False)
    assert transfer.asks
    transfer, effects = after(transfer, Claimed(1, "p-ann"), Rung(1, "leg"), Ended(1, Why.NO_ANSWER))
    assert (transfer.phase, effects[0]) == (Phase.BACK, Free("p-ann"))


def test_a_caller_given_back_is_fetched_from_hold_and_leaves_a_room_by_its_end() -> None:
    ringing, _ = after(begun(ANN), Claimed(1, "p-ann"), Rung(1, "leg"))
    _, effects = after(ringing, CallerBack(Why.GIVEN_BACK))
    note = Note({"back": "given-back", "tried": []})
    assert effects == [HangUpLeg("leg"), Free("p-ann"), note, Fetch()]
    talking, _ = after(ringing, PickedUp(1, "leg"), Accepted(1))
    given_back, effects = after(talking, CallerBack(Why.GIVEN_BACK))
    assert effects == [HangUpLeg("leg"), Free("p-ann"), note]
    assert after(given_back, Ended(1, Why.FINISHED)) == (given_back, [])
    assert given_back.returned == Returned("front", Why.GIVEN_BACK)


def test_a_queue_is_waited_in_until_waiting_ends() -> None:
    transfer = begun(QUEUE)
    assert not transfer.asks
    assert after(transfer, Looked(), at_ms=WAIT_MS - 1) == (transfer, [])
    assert after(transfer, Looked(), at_ms=WAIT_MS)[0].why is Why.NO_ANSWER


def test_a_person_who_is_not_asked_is_connected_by_the_carrier_and_nobody_is_fetched() -> None:
    _, effects = after(begun(DESK, warm=False), PickedUp(1, "leg"), Accepted(1), Ended(1, Why.FINISHED))
    assert Fetch() not in effects


def ahead(*destinations: Destination, before: Transfer | None = None) -> Transfer:
    return Transfer.begin(replace(ROUTE, destinations=destinations), "asked", 0, ahead=True, before=before)[0]


def test_who_accepts_while_the_agent_still_says_it_waits_for_the_caller_who_comes_by_themself() -> None:
    transfer, effects = after(ahead(DESK), Rung(1, "leg"), PickedUp(1, "leg"), Accepted(1))
    assert transfer.phase is Phase.TOGETHER
    assert Fetch() not in effects
    arrived, effects = after(transfer, StreamOver(), at_ms=9_000)
    assert (arrived.phase, effects) == (Phase.TOGETHER, [])
    assert arrived.deadline_ms == 9_000 + JOINING_MS


def test_nobody_free_does_not_cut_off_the_agent_who_says_that_the_caller_is_put_through() -> None:
    transfer, effects = after(ahead(TEAM), Ended(1, Why.NOBODY_FREE))
    assert (transfer.phase, transfer.why) == (Phase.BACK, Why.NOBODY_FREE)
    assert [type(effect) for effect in effects] == [Note]


def test_once_the_agent_has_said_it_everything_is_as_if_it_had_begun_then() -> None:
    transfer, _ = after(ahead(DESK), Rung(1, "leg"), StreamOver())
    assert transfer == after(begun(DESK), Rung(1, "leg"))[0]


def test_a_caller_who_thinks_better_of_it_leaves_no_phone_ringing_and_may_be_put_through_later() -> None:
    ringing, _ = after(ahead(TEAM), Claimed(1, "ann"), Rung(1, "leg"))
    off, effects = after(ringing, CallerBack(Why.CALLED_OFF))
    assert off.called_off
    assert effects == [HangUpLeg("leg"), Free("ann"), Note({"back": "called-off", "tried": []})]
    again = ahead(TEAM, before=off)
    assert (again.attempt, again.asked, again.called_off) == (2, (), False)
    assert after(again, PickedUp(1, "leg")) == (again, [HangUpLeg("leg")])


def test_whoever_was_claimed_by_an_attempt_given_up_is_free_again_unless_this_one_has_them() -> None:
    transfer, _ = after(begun(TEAM), Ended(1, Why.FAILED))
    assert after(transfer, Claimed(1, "ann")) == (transfer, [Free("ann")])
    transfer, _ = after(transfer, Claimed(2, "ann"))
    assert after(transfer, Claimed(1, "ann")) == (transfer, [])


NAMES = st.sampled_from(["leg-1", "leg-2"])
EVENTS = st.one_of(
    st.builds(Claimed, st.integers(1, 3), st.sampled_from(["ann", "bob"])),
    st.builds(Rung, st.integers(1, 3), NAMES),
    st.builds(PickedUp, st.integers(1, 3), NAMES),
    st.builds(Accepted, st.integers(1, 3)),
    st.builds(Ended, st.integers(1, 3), st.sampled_from(Why)),
    st.builds(CallerBack, st.sampled_from(Why)),
    st.just(CallerGone()),
    st.just(Looked()),
    st.just(StreamOver()),
)


@given(st.lists(st.tuples(EVENTS, st.integers(0, 40_000)), max_size=25), st.booleans())
def test_any_order_of_any_callbacks_is_survived_and_kept_as_json(happens: list[tuple[Event, int]], warm: bool) -> None:
    at_ms, transfer = 0, begun(TEAM, DESK, BOSS, QUEUE, warm=warm)
    rung = [1]
    for event, ms in happens:
        at_ms += ms
        before = transfer
        transfer, effects = transfer.after(event, at_ms)
        rung += [effect.attempt for effect in effects if isinstance(effect, Ring)]
        assert Transfer.restore(transfer.snapshot()) == transfer
        assert not (before.settled and transfer != before)
    assert rung == list(range(1, len(rung) + 1))
    assert len(rung) <= MAX_ATTEMPTS


@dataclass(slots=True)
class Phone:
    """A person's phone, as the carrier has it."""

    attempt: int
    state: str = "ordered"


@dataclass(slots=True)
class World:
    """What effects do to the world."""

    phones: dict[str, Phone] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    caller: str = "on hold"


class EveryInterleaving(RuleBasedStateMachine):
    """People accept, decline, ignore, are voicemail, hang up; callers wait, ask back, hang up; answers come late or
    never: whatever comes, in whatever order, the caller is with somebody, on the way to somebody, or gone."""

    def __init__(self) -> None:
        super().__init__()
        self.at_ms = 0
        self.world = World()
        self.orders: list[Ring] = []

    @initialize(destinations=st.sampled_from([(TEAM, DESK, BOSS), (ANN,)]), ahead=st.booleans())
    def begins(self, destinations: tuple[Destination, ...], ahead: bool) -> None:
        """By a route of the agent's, perhaps while it still says so, or because Ann takes the call over."""
        self.route = replace(ROUTE, destinations=destinations)
        self.transfer, effects = Transfer.begin(self.route, "asked", 0, ahead=ahead)
        self.world.caller = "hears the agent" if ahead else "on hold"
        self.perform(effects)

    def happens(self, event: Event) -> None:
        self.transfer, effects = self.transfer.after(event, self.at_ms)
        self.perform(effects)

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Ring():
                    self.orders.append(effect)
                case HangUpLeg(leg):
                    self.world.phones[leg].state = "over"
                case Free(person):
                    self.world.claimed.discard(person)
                case Fetch():
                    assert self.world.caller != "hears the agent"
                    self.caller_looks()
                case Note():
                    pass

    def ringing(self) -> list[tuple[str, Phone]]:
        return [(leg, phone) for leg, phone in self.world.phones.items() if phone.state == "ringing"]

    def briefed(self) -> list[tuple[str, Phone]]:
        return [(leg, phone) for leg, phone in self.world.phones.items() if phone.state == "briefed"]

    @rule()
    def time_passes(self) -> None:
        self.at_ms += 4_000

    @precondition(lambda self: self.orders)
    @rule(claimed=st.sampled_from(["ann", "bob"]))
    def carrier_rings(self, claimed: str) -> None:
        order = self.orders.pop(0)
        if order.destination is ANN:
            claimed = "ann"
        at_desk = order.destination in (TEAM, ANN)
        person = claimed if at_desk and claimed not in order.asked else ""
        if at_desk and not person:
            self.happens(Ended(order.attempt, Why.NOBODY_FREE))
            return
        if person:
            self.world.claimed.add(person)
            self.happens(Claimed(order.attempt, person))
            if self.transfer.person != person:
                return
        leg = f"leg-{order.attempt}"
        self.world.phones[leg] = Phone(order.attempt, "ringing")
        self.happens(Rung(order.attempt, leg))

    @precondition(lambda self: self.world.caller == "hears the agent")
    @rule()
    def the_agent_has_said_it_or_our_task_has_died(self) -> None:
        self.world.caller = "on hold"
        self.happens(StreamOver())
        self.caller_looks()

    @precondition(lambda self: self.world.caller == "hears the agent")
    @rule()
    def caller_thinks_better_of_it(self) -> None:
        self.world.caller = "with the agent"
        self.happens(CallerBack(Why.CALLED_OFF))
        assert self.transfer.settled
        assert not self.world.claimed

    @precondition(lambda self: self.world.caller == "with the agent" and self.transfer.called_off)
    @rule(ahead=st.booleans())
    def caller_asks_for_people_again(self, ahead: bool) -> None:
        self.world.caller = "hears the agent" if ahead else "on hold"
        self.transfer, effects = Transfer.begin(self.route, "asked", self.at_ms, ahead=ahead, before=self.transfer)
        self.perform(effects)

    @precondition(lambda self: self.orders)
    @rule()
    def our_task_dies_before_it_rings(self) -> None:
        self.orders.pop(0)

    @precondition(lambda self: self.ringing())
    @rule(data=st.data())
    def somebody_picks_up(self, data: st.DataObject) -> None:
        leg, phone = data.draw(st.sampled_from(self.ringing()))
        phone.state = "briefed"
        self.happens(PickedUp(phone.attempt, leg))

    @precondition(lambda self: self.briefed())
    @rule(data=st.data())
    def somebody_accepts(self, data: st.DataObject) -> None:
        _, phone = data.draw(st.sampled_from(self.briefed()))
        self.happens(Accepted(phone.attempt))

    @precondition(lambda self: self.ringing() or self.briefed())
    @rule(data=st.data(), why=st.sampled_from([Why.BUSY, Why.DECLINED, Why.NO_ANSWER, Why.FAILED]), told=st.booleans())
    def somebody_does_not_take_it_or_hangs_up(self, data: st.DataObject, why: Why, told: bool) -> None:
        _, phone = data.draw(st.sampled_from(self.ringing() + self.briefed()))
        phone.state = "over"
        if told:
            self.happens(Ended(phone.attempt, why))

    @precondition(lambda self: self.world.caller == "on hold")
    @rule()
    def caller_looks(self) -> None:
        self.transfer, effects = self.transfer.after(Looked(), self.at_ms)
        if self.transfer.phase is Phase.BACK:
            self.world.caller = "with the agent"
        self.perform(effects)

    @precondition(lambda self: self.world.caller == "on hold")
    @rule()
    def caller_asks_back(self) -> None:
        self.happens(CallerBack(Why.ASKED_BACK))
        self.world.caller = "with the agent"

    @precondition(lambda self: self.transfer.person)
    @rule()
    def the_person_gives_the_caller_back(self) -> None:
        self.happens(CallerBack(Why.GIVEN_BACK))
        assert self.transfer.phase is Phase.BACK
        assert not self.world.claimed

    @rule()
    def caller_hangs_up(self) -> None:
        self.world.caller = "gone"
        self.happens(CallerGone())

    @invariant()
    def nobody_is_rung_for_a_caller_who_is_not_waiting(self) -> None:
        if self.transfer.settled:
            assert not self.ringing()
            assert not self.briefed()

    @invariant()
    def only_one_phone_rings_at_a_time(self) -> None:
        assert len(self.ringing()) + len(self.briefed()) <= 1

    def teardown(self) -> None:
        """A caller who goes on waiting is with somebody in the end."""
        self.orders.clear()
        if self.world.caller == "hears the agent":
            self.the_agent_has_said_it_or_our_task_has_died()
        for _ in range(100):
            if self.world.caller != "on hold":
                break
            self.time_passes()
            self.caller_looks()
            self.orders.clear()
        assert self.world.caller != "on hold"


TestEveryInterleaving = EveryInterleaving.TestCase
