"""A person takes a call over from the agent and gives it back: whoever else acts at the same instant, one has it."""

from dataclasses import replace

import pytest

from shared.core.next_step import HandOver, HangUp, NextStep, TurnByTurn
from shared.core.presence import Presence
from shared.core.take_over import TAKE_OVER
from shared.core.transfer import Returned, Transfer
from shared.core.transfer_events import Phase, Why
from shared.ports import LogEntry, Person, Unavailable
from shared.usecases import transfer_legs as legs
from shared.usecases.finish_call import finish_call, stream_stopped
from shared.usecases.next_step import next_step
from shared.usecases.stream_token import hash_token
from shared.usecases.take_over import Said, give_back, take_over
from shared.usecases.transfer import caller_gone
from shared.wire.twiml import ConnectStream, Gather, Hangup, Redirect, Say, Verb
from shared.wire.twiml_dialing import Dial
from tests.usecases.clinic import ADDRESSES, AGENT, CALL_SID, NOW, nobody, streaming
from tests.usecases.switch import DESK, Board

SAM = Person("p-sam", "Sam Rivera", ("front_desk",), "+14155550171", "sam")
KIM = Person("p-kim", "Kim Lee", ("front_desk",), "sip:kim@example.com", "kim")
LEG = f"CA{1:032x}"


def live(*, then: NextStep | None = None) -> Board:
    """A call that the agent holds, and two people at desks, of whom one says they are away."""
    board = Board().reaching(DESK)
    stream = streaming(board.store, then=then)
    board.store.save_progress(CALL_SID, {"language": "en-US"}, stream=stream)
    for person in (SAM, KIM):
        board.people.sign_in(person)
    board.people.be(KIM.id, Presence.FREE)
    return board


def carrier_asks(board: Board) -> tuple[Verb, ...]:
    """What follows the call's stream."""
    return next_step(
        board.store,
        ADDRESSES,
        board.switch.agents,
        CALL_SID,
        token="t",
        now=NOW,
        put_through=lambda call, step: legs.put_through(board.switch, call, step),
        take_payment=nobody,
    )


def accepts(board: Board, leg: str = LEG) -> tuple[Verb, ...]:
    legs.person_picks_up(board.switch, board.call, 1, 1, leg)
    return legs.person_answers(board.switch, board.call, 1, 1, digits="1", speech="")


def kept(board: Board) -> Transfer:
    found = board.transfers.transfer(CALL_SID, 1)
    assert found is not None
    return found.transfer


def free(board: Board, person: Person) -> bool:
    """Whether another call could have them."""
    return board.people.claim(person.id, "CA-other", board.now.replace(year=2027), willing=True)


def test_x3_whoever_takes_over_is_rung_and_the_caller_told_to_wait() -> None:
    board = live()
    assert take_over(board.switch, CALL_SID, SAM) is Said.DONE
    assert board.telephony.redirected == [(CALL_SID, ADDRESSES.next_step)]
    said, hold, _ = carrier_asks(board)
    assert isinstance(said, Say)
    assert said.text == AGENT.phrases.one_moment[0]
    assert isinstance(hold, Gather)
    assert [order.to for order in board.telephony.rung] == [SAM.phone]
    assert (kept(board).person, kept(board).phase) == (SAM.id, Phase.RINGING)


def test_who_has_followed_the_call_hears_no_briefing_and_is_asked_all_the_same_for_a_mailbox_picks_up_too() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    carrier_asks(board)
    gather, _ = legs.person_picks_up(board.switch, board.call, 1, 1, LEG)
    assert isinstance(gather, Gather)
    assert [prompt.text for prompt in gather.prompts if isinstance(prompt, Say)] == [AGENT.phrases.accept]


def test_the_streams_end_is_not_the_calls_when_somebody_takes_it_over() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    assert not stream_stopped(board.store, CALL_SID, NOW)
    assert board.call.ended_at is None
    assert stream_stopped(live().store, CALL_SID, NOW)


@pytest.mark.parametrize("step", [HangUp(), HandOver("reception", "asked"), TurnByTurn("stream-error")])
def test_what_the_agent_decides_after_that_counts_no_more(step: NextStep) -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    assert not board.store.set_next_step(CALL_SID, step, stream=1)
    assert not board.store.take_turn(CALL_SID, {}, HangUp(), turn=2)
    assert board.call.next_step == HandOver(TAKE_OVER, TAKE_OVER, person="sam")


@pytest.mark.parametrize(
    ("step", "said"), [(HangUp(), Said.OVER), (HandOver("reception", "asked"), Said.TAKEN)], ids=["goodbye", "people"]
)
def test_a_call_that_ends_or_goes_elsewhere_just_now_does_that_and_the_person_is_free(
    step: NextStep, said: Said
) -> None:
    board = live(then=step)
    assert take_over(board.switch, CALL_SID, SAM) is said
    assert board.call.next_step == step
    assert board.telephony.redirected == []
    assert free(board, SAM)


def test_a_call_that_is_held_turn_by_turn_can_be_taken_over() -> None:
    board = live(then=TurnByTurn("ear"))
    assert take_over(board.switch, CALL_SID, SAM) is Said.DONE


def test_x3_of_two_desks_one_has_the_call_and_the_other_is_told_and_free() -> None:
    board = live()
    assert [take_over(board.switch, CALL_SID, person) for person in (SAM, KIM)] == [Said.DONE, Said.TAKEN]
    assert take_over(board.switch, CALL_SID, SAM) is Said.DONE  # a second click changes nothing
    assert board.telephony.redirected == [(CALL_SID, ADDRESSES.next_step)]
    assert free(board, KIM)
    assert not free(board, SAM)


def test_the_loser_of_a_race_at_the_very_write_is_told_and_free() -> None:
    board = live()
    switch = board.switch

    class Slow:
        """Kim is quicker, after Sam has looked."""

        def __getattr__(self, name: str) -> object:
            return getattr(board.store, name)

        def take_over(self, call_sid: str, step: HandOver, *, stream: int) -> bool:
            assert board.store.take_over(call_sid, HandOver(TAKE_OVER, TAKE_OVER, person="kim"), stream=stream)
            return board.store.take_over(call_sid, step, stream=stream)

    assert take_over(replace(switch, calls=Slow()), CALL_SID, SAM) is Said.TAKEN  # type: ignore[arg-type]
    assert free(board, SAM)


def test_nobody_takes_over_who_cannot_be_rung_or_has_a_call_or_when_there_is_none() -> None:
    board = live()
    assert take_over(board.switch, CALL_SID, replace(SAM, phone="")) is Said.NO_PHONE
    assert board.people.claim(KIM.id, "CA-other", board.now.replace(year=2027))
    assert take_over(board.switch, CALL_SID, KIM) is Said.BUSY
    assert take_over(board.switch, "CA" + "9" * 32, SAM) is Said.OVER
    finish_call(board.store, CALL_SID, NOW)
    assert take_over(board.switch, CALL_SID, SAM) is Said.OVER
    assert board.telephony.redirected == []


def test_a_carrier_that_takes_no_orders_leaves_the_caller_with_the_agent() -> None:
    board = live()
    board.telephony.refuse(Unavailable("down"))
    assert take_over(board.switch, CALL_SID, SAM) is Said.UNREACHABLE
    assert (board.call.next_step, board.call.progress) == (None, {"language": "en-US"})
    assert free(board, SAM)


def test_when_their_phone_is_not_answered_the_caller_is_back_with_the_agent_who_goes_on() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    carrier_asks(board)
    legs.leg_is_over(board.switch, board.call, 1, 1, "no-answer")
    verbs = legs.caller_looks(board.switch, board.call, piece=0, fetched=True)
    assert verbs == (Redirect(ADDRESSES.next_step),)
    assert Returned.read(board.call.progress or {}) == Returned(TAKE_OVER, Why.NO_ANSWER)
    assert isinstance(carrier_asks(board)[0], ConnectStream)
    assert free(board, SAM)


def test_x3_the_caller_given_back_is_with_the_agent_who_knows_and_the_person_is_free() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    carrier_asks(board)
    assert isinstance(accepts(board)[-1], Dial)
    assert not free(board, SAM)
    assert give_back(board.switch, CALL_SID, KIM) is Said.NOT_THEIRS
    assert give_back(board.switch, CALL_SID, SAM) is Said.DONE
    assert board.telephony.hung_up == [LEG]  # which ends the room, and the caller's leg goes on
    assert legs.caller_left_room(board.switch, board.call, 1, "answered")[-1] == Redirect(ADDRESSES.next_step)
    assert Returned.read(board.call.progress or {}) == Returned(TAKE_OVER, Why.GIVEN_BACK)
    assert isinstance(carrier_asks(board)[0], ConnectStream)
    assert free(board, SAM)
    assert give_back(board.switch, CALL_SID, SAM) is Said.OVER


def test_x3_the_agent_is_told_what_was_heard_while_the_person_had_the_call_and_what_they_wrote_counts_more() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    carrier_asks(board)
    accepts(board)
    for key, slots in (("1", {"day": "2026-11-23", "name": "Grace"}), ("2", {"day": "2026-11-24"})):
        board.store.append(CALL_SID, [LogEntry(key, "noted", NOW, {"task": "book", "slots": slots})])
    for key, written in (
        ("c1", {"book.name": "Nobody"}),
        ("c2", {"book.name": "Grace Miller", "move.day": "2026-11-30"}),
    ):
        board.store.append(CALL_SID, [LogEntry(key, "corrected", NOW, {"slots": written})])
    give_back(board.switch, CALL_SID, SAM)
    legs.caller_left_room(board.switch, board.call, 1, "answered")
    returned = Returned.read(board.call.progress or {})
    assert returned is not None
    assert returned.heard == {
        "book": {"day": "2026-11-24", "name": "Grace Miller"},
        "move": {"day": "2026-11-30"},
    }


def test_a_caller_who_is_just_on_the_way_back_is_not_taken_over_until_the_agent_has_them() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    carrier_asks(board)
    legs.leg_is_over(board.switch, board.call, 1, 1, "busy")
    legs.caller_looks(board.switch, board.call, piece=0, fetched=True)
    assert take_over(board.switch, CALL_SID, KIM) is Said.MOVING
    assert free(board, KIM)
    stream = carrier_asks(board)[0]
    assert isinstance(stream, ConnectStream)
    assert board.store.claim_stream(CALL_SID, hash_token(stream.parameters["token"]), NOW) == 2
    assert take_over(board.switch, CALL_SID, SAM) is Said.DONE


def test_who_gives_back_before_they_have_picked_up_leaves_nobody_on_hold() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    carrier_asks(board)
    give_back(board.switch, CALL_SID, SAM)
    assert board.telephony.hung_up == [LEG]
    assert board.telephony.redirected[-1] == (CALL_SID, ADDRESSES.of_transfer("wait", fetched="yes"))
    assert legs.person_picks_up(board.switch, board.call, 1, 1, LEG)[-1] == Hangup()


@pytest.mark.parametrize("rung", [False, True])
def test_a_caller_who_hangs_up_while_they_are_taken_over_leaves_nobody_ringing_and_nobody_held(rung: bool) -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    if rung:
        carrier_asks(board)
    finish_call(board.store, CALL_SID, NOW)
    caller_gone(board.switch, CALL_SID)
    assert board.telephony.hung_up == ([LEG] if rung else [])
    assert free(board, SAM)
    assert board.call.outcome == "caller-left"


def test_a_call_that_was_taken_over_was_transferred() -> None:
    board = live()
    take_over(board.switch, CALL_SID, SAM)
    carrier_asks(board)
    accepts(board)
    finish_call(board.store, CALL_SID, NOW)
    assert board.call.outcome == "transferred"
    assert board.call.next_step == HandOver(TAKE_OVER, TAKE_OVER, answered=True, person="sam")
