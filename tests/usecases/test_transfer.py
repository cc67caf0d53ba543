"""A caller is put through: who is rung, what each of the two hears, and where everybody is in the end."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.core.next_step import HandOver
from shared.core.presence import Presence
from shared.core.transfer import Returned, Transfer
from shared.core.transfer_events import Phase, Why
from shared.ports import Person, Refused, Unavailable
from shared.ports.transfers import LegOrder
from shared.usecases import transfer_legs as legs
from shared.usecases.finish_call import finish_call
from shared.usecases.next_step import next_step
from shared.usecases.stream_token import assist_token
from shared.usecases.transfer import begin_ahead, call_off, caller_gone
from shared.wire.twiml import ConnectStream, Gather, Hangup, Play, Redirect, Say, StartStream, StopStream, Verb
from shared.wire.twiml_dialing import Conference, Dial, Enqueue, Leave, Number, Sip
from tests.usecases.clinic import ADDRESSES, AGENT, CALL_SID, CALLER, NOW, NUMBER, nobody
from tests.usecases.switch import DESK, QUEUE, SIP, TEAM, Board

LEG = f"CA{1:032x}"
"""The first person rung, as the carrier names their call."""
ANN = Person("ann", "Ann", ("billing",), "+15550100077")
BOB = Person("bob", "Bob", ("billing",), "+15550100078")


def on_hold(verbs: tuple[Verb, ...]) -> bool:
    return isinstance(verbs[0], Gather) and any(isinstance(prompt, Play) for prompt in verbs[0].prompts)


def begin(board: Board) -> tuple[Verb, ...]:
    step = board.handed_over()
    return legs.put_through(board.switch, board.call, step)


def looks(board: Board, *, digits: str = "", fetched: bool = False) -> tuple[Verb, ...]:
    return legs.caller_looks(board.switch, board.call, piece=0, digits=digits, fetched=fetched)


def picks_up(board: Board, attempt: int = 1, leg: str = LEG) -> tuple[Verb, ...]:
    return legs.person_picks_up(board.switch, board.call, 1, attempt, leg)


def answers(board: Board, attempt: int = 1, *, digits: str = "", speech: str = "") -> tuple[Verb, ...]:
    return legs.person_answers(board.switch, board.call, 1, attempt, digits=digits, speech=speech)


def _kept(board: Board) -> Transfer:
    kept = board.transfers.transfer(CALL_SID, 1)
    assert kept is not None
    return kept.transfer


def phase(board: Board) -> Phase:
    return _kept(board).phase


def test_x1_a_person_is_rung_while_the_caller_hears_music() -> None:
    board = Board().reaching(DESK)
    assert on_hold(begin(board))
    (order,) = board.telephony.rung
    assert (order.to, order.caller_id, order.ring_s) == (DESK.address, NUMBER, 20)
    assert parse_qs(urlsplit(order.url).query) == {"call": [CALL_SID], "number": ["1"], "attempt": ["1"]}


def test_a_webhook_that_comes_twice_rings_once() -> None:
    board = Board().reaching(DESK)
    begin(board)
    assert on_hold(legs.put_through(board.switch, board.call, HandOver("reception", "asked")))
    assert len(board.telephony.rung) == 1


def test_x2_the_person_hears_what_it_is_about_and_is_asked() -> None:
    board = Board().reaching(DESK)
    begin(board)
    gather, _ = picks_up(board)
    assert isinstance(gather, Gather)
    heard = [prompt.text for prompt in gather.prompts if isinstance(prompt, Say)]
    assert heard == ["A caller of Hillside Clinic: people.", AGENT.phrases.accept]
    assert phase(board) is Phase.BRIEFING


@pytest.mark.parametrize(("digits", "speech"), [("1", ""), ("", "Yes, please.")])
def test_x1_whoever_accepts_by_key_or_word_meets_the_caller_in_one_room(digits: str, speech: str) -> None:
    board = Board().reaching(DESK)
    begin(board)
    picks_up(board)
    (persons,) = answers(board, digits=digits, speech=speech)
    assert board.telephony.redirected == [(CALL_SID, ADDRESSES.of_transfer("wait", fetched="yes"))]
    listens, callers = looks(board, fetched=True)
    assert isinstance(listens, StartStream)
    rooms = [dial.nouns[0] for dial in (persons, callers) if isinstance(dial, Dial)]
    assert [room.name for room in rooms if isinstance(room, Conference)] == [f"{CALL_SID}-1-1"] * 2
    assert all(room.end_conference_on_exit for room in rooms if isinstance(room, Conference))


@pytest.mark.parametrize(("digits", "speech"), [("2", ""), ("", "No."), ("", "Leave a message"), ("", "")])
def test_x1_who_says_no_or_nothing_as_a_voicemail_does_never_hears_the_caller(digits: str, speech: str) -> None:
    board = Board().reaching(DESK)
    begin(board)
    picks_up(board)
    assert answers(board, digits=digits, speech=speech) == (Hangup(),)
    assert phase(board) is Phase.BACK


@pytest.mark.parametrize(
    ("status", "why"),
    [("busy", Why.BUSY), ("no-answer", Why.NO_ANSWER), ("failed", Why.FAILED), ("completed", Why.DECLINED)],
)
def test_x1_a_caller_nobody_takes_is_back_with_the_agent_who_knows_why(status: str, why: Why) -> None:
    board = Board().reaching(DESK)
    begin(board)
    legs.leg_is_over(board.switch, board.call, 1, 1, status)
    assert looks(board, fetched=True) == (Redirect(ADDRESSES.next_step),)
    assert board.call.next_step is None
    assert Returned.read(board.call.progress or {}) == Returned("reception", why)


def test_a_caller_who_is_back_gets_a_stream_without_its_counting_as_a_reconnect() -> None:
    board = Board().reaching(DESK)
    begin(board)
    legs.leg_is_over(board.switch, board.call, 1, 1, "busy")
    looks(board, fetched=True)
    agents = {"front_door": board.agent}
    verbs = next_step(
        board.store, ADDRESSES, agents, CALL_SID, token="t", now=NOW, put_through=nobody, take_payment=nobody
    )
    assert isinstance(verbs[0], ConnectStream)
    assert {entry.kind for entry in board.store.log(CALL_SID)} == {"transfer", "returned"}


def test_when_one_does_not_answer_the_next_is_rung_and_the_caller_hears_no_difference() -> None:
    board = Board().reaching(DESK, SIP)
    begin(board)
    legs.leg_is_over(board.switch, board.call, 1, 1, "no-answer")
    assert on_hold(looks(board))
    assert board.telephony.rung[1].to.startswith(f"{SIP.address}?X-Switchboard-Call={CALL_SID}")


def test_a_phone_whose_end_nobody_told_us_of_is_hung_up_when_its_time_is_over() -> None:
    board = Board().reaching(DESK)
    begin(board)
    board.passes(31)
    looks(board)
    assert board.telephony.hung_up == [LEG]
    assert phase(board) is Phase.BACK


def test_a_carrier_that_refuses_to_ring_sends_the_caller_back_at_once() -> None:
    board = Board().reaching(DESK)
    board.telephony.refuse(Unavailable("down"))
    assert begin(board) == (Redirect(ADDRESSES.next_step),)
    assert Returned.read(board.call.progress or {}) == Returned("reception", Why.FAILED)


def test_a_carrier_that_takes_no_orders_is_not_asked_for_the_next_person_while_the_caller_waits() -> None:
    board = Board().reaching(TEAM, DESK, SIP)
    board.people.sign_in(ANN)
    board.people.be(ANN.id, Presence.FREE)
    board.telephony.refuse(Unavailable("no answer"))
    assert begin(board) == (Redirect(ADDRESSES.next_step),)
    assert _kept(board).attempt == 1
    assert [person.id for person in board.people.free("billing", board.now)] == [ANN.id]


def test_a_number_the_carrier_will_not_ring_is_passed_over() -> None:
    board = Board().reaching(DESK, SIP)
    board.telephony.refuse(Refused("21211"))
    begin(board)
    assert _kept(board).tried == (("the desk", "failed"), ("the exchange", "failed"))


def test_a_caller_who_presses_star_is_back_with_the_agent_and_the_phone_is_silent() -> None:
    board = Board().reaching(DESK)
    begin(board)
    assert looks(board, digits="*") == (Redirect(ADDRESSES.next_step),)
    assert board.telephony.hung_up == [LEG]
    assert picks_up(board) == (Say(AGENT.phrases.not_needed, voice="Polly.Joanna-Neural", language="en-US"), Hangup())


def test_a_caller_being_fetched_is_not_moved_by_their_own_document_as_well() -> None:
    board = Board().reaching(DESK)
    begin(board)
    picks_up(board)
    answers(board, digits="1")
    assert on_hold(looks(board))
    board.passes(4)
    assert isinstance(looks(board)[-1], Dial)


def test_a_caller_who_hangs_up_while_it_rings_leaves_nobody_ringing_and_was_not_transferred() -> None:
    board = Board().reaching(DESK)
    begin(board)
    finish_call(board.store, CALL_SID, NOW)
    caller_gone(board.switch, CALL_SID)
    assert board.telephony.hung_up == [LEG]
    assert board.call.outcome == "caller-left"
    caller_gone(board.switch, CALL_SID)
    assert board.telephony.hung_up == [LEG]


def test_a_caller_who_hangs_up_after_talking_to_people_was_transferred() -> None:
    board = Board().reaching(DESK)
    begin(board)
    picks_up(board)
    answers(board, digits="1")
    finish_call(board.store, CALL_SID, NOW)
    assert board.call.outcome == "transferred"


def test_x3_their_conversation_is_listened_to_on_both_tracks_where_there_is_a_streaming_service() -> None:
    board = Board().reaching(DESK)
    begin(board)
    picks_up(board)
    answers(board, digits="1")
    stream, _ = looks(board, fetched=True)
    assert isinstance(stream, StartStream)
    assert (stream.url, stream.track) == ("wss://stream.example.com/assist", "both_tracks")
    assert stream.parameters == {"token": assist_token(board.call, 1), "attempt": "1"}
    assert assist_token(board.call, 1) != assist_token(board.call, 2)
    nowhere = replace(board.switch, addresses=replace(ADDRESSES, stream=None))
    board.agent = replace(board.agent, streaming=False)
    for switch in (nowhere, board.switch):
        (room,) = legs.caller_looks(switch, board.call, piece=0, fetched=True)
        assert isinstance(room, Dial)


def test_when_the_person_hangs_up_the_caller_is_asked_what_else_there_is() -> None:
    board = Board().reaching(DESK)
    begin(board)
    picks_up(board)
    answers(board, digits="1")
    looks(board, fetched=True)
    stop, then = legs.caller_left_room(board.switch, board.call, 1, "answered")
    assert (stop, then) == (StopStream("01-assist-01"), Redirect(ADDRESSES.next_step))
    assert Returned.read(board.call.progress or {}) == Returned("reception", Why.FINISHED)


def test_who_waits_alone_in_the_room_is_not_left_there() -> None:
    board = Board().reaching(DESK)
    begin(board)
    picks_up(board)
    answers(board, digits="1")
    legs.alone(board.switch, board.call, 1, LEG)
    assert board.telephony.hung_up == []
    caller_gone(board.switch, CALL_SID)
    board.telephony.hung_up.clear()
    legs.alone(board.switch, board.call, 1, LEG)
    assert board.telephony.hung_up == [LEG]


def test_a_person_is_claimed_for_one_call_and_free_again_after_it() -> None:
    board = Board().reaching(TEAM)
    for person in (ANN, BOB):
        board.people.sign_in(person)
        board.people.be(person.id, Presence.FREE)
    begin(board)
    rung = board.telephony.rung[0].to
    assert rung in (ANN.phone, BOB.phone)
    assert rung not in [person.phone for person in board.people.free("billing", board.now)]
    legs.leg_is_over(board.switch, board.call, 1, 1, "no-answer")
    assert {order.to for order in board.telephony.rung} == {ANN.phone, BOB.phone}
    assert rung in [person.phone for person in board.people.free("billing", board.now)]


def test_people_of_a_team_are_rung_at_their_own_phone_even_where_others_are_not_asked() -> None:
    board = Board().reaching(TEAM, DESK, warm=False)
    board.people.sign_in(ANN)
    board.people.be(ANN.id, Presence.FREE)
    assert on_hold(begin(board))
    assert [order.to for order in board.telephony.rung] == [ANN.phone]
    legs.leg_is_over(board.switch, board.call, 1, 1, "no-answer")
    (dial,) = looks(board)
    assert isinstance(dial, Dial)
    assert [noun.phone_number for noun in dial.nouns if isinstance(noun, Number)] == [DESK.address]


def test_x4_a_team_with_nobody_at_a_desk_sends_the_caller_back_at_once() -> None:
    board = Board().reaching(TEAM)
    assert begin(board) == (Redirect(ADDRESSES.next_step),)
    assert Returned.read(board.call.progress or {}) == Returned("reception", Why.NOBODY_FREE)


def test_x1_a_cold_transfer_is_dialled_by_the_carrier_with_a_whisper() -> None:
    board = Board().reaching(DESK, warm=False)
    (dial,) = begin(board)
    assert isinstance(dial, Dial)
    assert (dial.caller_id, dial.timeout, dial.hangup_on_star) == (CALLER, 20, True)
    assert [noun.phone_number for noun in dial.nouns if isinstance(noun, Number)] == [DESK.address]
    assert board.telephony.rung == []
    (whisper,) = picks_up(board)
    assert isinstance(whisper, Say)
    assert board.telephony.redirected == []


def test_t11_x2_a_cold_transfer_to_sip_takes_a_reference_and_no_name_along() -> None:
    board = Board().reaching(SIP, warm=False)
    (dial,) = begin(board)
    assert isinstance(dial, Dial)
    (noun,) = dial.nouns
    assert isinstance(noun, Sip)
    assert noun.headers == {
        "X-Switchboard-Call": CALL_SID,
        "X-Switchboard-About": "people",
        "X-Switchboard-Mood": "neutral",
    }


def test_a_cold_transfer_nobody_takes_goes_to_the_next_and_then_back() -> None:
    board = Board().reaching(DESK, SIP, warm=False)
    begin(board)
    (second,) = legs.caller_left_room(board.switch, board.call, 1, "busy")
    assert isinstance(second, Dial)
    assert legs.caller_left_room(board.switch, board.call, 2, "no-answer") == (Redirect(ADDRESSES.next_step),)


def test_x1_a_caller_in_a_queue_may_come_back_by_a_key() -> None:
    board = Board().reaching(QUEUE)
    begin(board)
    assert legs.in_queue(board.switch, board.call, attempt=1, piece=2, digits="*") == (Leave(),)
    assert legs.caller_left_room(board.switch, board.call, 1, "leave") == (Redirect(ADDRESSES.next_step),)
    assert Returned.read(board.call.progress or {}) == Returned("reception", Why.ASKED_BACK)


def test_x1_a_queue_gets_what_is_known_and_is_left_when_waiting_ends() -> None:
    board = Board().reaching(QUEUE)
    (enqueue,) = begin(board)
    assert isinstance(enqueue, Enqueue)
    assert (enqueue.workflow_sid, enqueue.task["about"]) == (QUEUE.address, "people")
    assert on_hold(legs.in_queue(board.switch, board.call, attempt=1, piece=0))
    board.passes(91)
    assert legs.in_queue(board.switch, board.call, attempt=1, piece=9) == (Leave(),)
    assert legs.caller_left_room(board.switch, board.call, 1, "leave") == (Redirect(ADDRESSES.next_step),)


def at_desk(board: Board, person: Person) -> None:
    board.people.sign_in(person)
    board.people.be(person.id, Presence.FREE)


def ahead(board: Board) -> HandOver:
    """The agent says that the caller is put through."""
    step = board.handed_over()
    begin_ahead(board.switch, CALL_SID, step, 1)
    return step


def test_x1_people_are_rung_while_the_agent_still_says_so_and_the_caller_finds_it_under_way() -> None:
    board = Board().reaching(DESK)
    step = ahead(board)
    assert len(board.telephony.rung) == 1
    assert on_hold(legs.put_through(board.switch, board.call, step))
    assert len(board.telephony.rung) == 1
    picks_up(board)
    answers(board, digits="1")
    assert len(board.telephony.redirected) == 1


def test_x1_who_accepts_before_the_agent_has_said_it_waits_in_the_room_and_the_caller_comes() -> None:
    board = Board().reaching(DESK)
    step = ahead(board)
    picks_up(board)
    (persons,) = answers(board, digits="1")
    assert board.telephony.redirected == []
    listens, callers = legs.put_through(board.switch, board.call, step)
    assert isinstance(listens, StartStream)
    rooms = [dial.nouns[0] for dial in (persons, callers) if isinstance(dial, Dial)]
    assert [room.name for room in rooms if isinstance(room, Conference)] == [f"{CALL_SID}-1-1"] * 2


def test_x1_nobody_free_is_known_at_once_and_told_when_the_agent_has_finished() -> None:
    board = Board().reaching(TEAM)
    step = ahead(board)
    assert (phase(board), board.telephony.redirected) == (Phase.BACK, [])
    assert legs.put_through(board.switch, board.call, step) == (Redirect(ADDRESSES.next_step),)
    assert Returned.read(board.call.progress or {}) == Returned("reception", Why.NOBODY_FREE)


def test_a_person_is_written_down_before_the_carrier_is_asked_so_that_their_desk_is_told() -> None:
    board = Board().reaching(TEAM)
    at_desk(board, ANN)
    known: list[str] = []
    ring = board.telephony.ring

    def look_and_ring(order: LegOrder) -> str:
        known.append(_kept(board).person)
        return ring(order)

    board.telephony.ring = look_and_ring  # type: ignore[method-assign]
    ahead(board)
    assert known == ["ann"]


def test_x1_a_caller_who_thinks_better_of_it_frees_everybody_and_may_be_put_through_later() -> None:
    board = Board().reaching(TEAM)
    at_desk(board, ANN)
    step = ahead(board)
    call_off(board.switch, CALL_SID, 1)
    assert board.telephony.hung_up == [LEG]
    assert board.people.free("billing", board.now)
    picks_up(board)
    assert board.telephony.hung_up == [LEG, LEG]
    begin_ahead(board.switch, CALL_SID, step, 1)
    assert [parse_qs(urlsplit(order.url).query)["attempt"] for order in board.telephony.rung] == [["1"], ["2"]]
    assert on_hold(legs.put_through(board.switch, board.call, step))


def test_a_transfer_called_off_begins_anew_when_the_stream_ends_with_one() -> None:
    board = Board().reaching(DESK)
    step = ahead(board)
    call_off(board.switch, CALL_SID, 1)
    assert on_hold(legs.put_through(board.switch, board.call, step))
    assert len(board.telephony.rung) == 2


def test_nothing_is_begun_for_a_call_that_is_over_goes_elsewhere_or_has_another_stream() -> None:
    board = Board().reaching(DESK)
    step = board.handed_over()
    begin_ahead(board.switch, CALL_SID, HandOver("elsewhere", "asked"), 1)
    begin_ahead(board.switch, CALL_SID, step, 2)
    finish_call(board.store, CALL_SID, NOW)
    begin_ahead(board.switch, CALL_SID, step, 1)
    call_off(board.switch, CALL_SID, 1)
    assert board.telephony.rung == []


def test_t11_a_caller_who_hangs_up_while_the_agent_says_so_leaves_no_phone_ringing() -> None:
    board = Board().reaching(DESK)
    ahead(board)
    caller_gone(board.switch, CALL_SID)
    assert (phase(board), board.telephony.hung_up) == (Phase.OVER, [LEG])


def test_t11_whoever_is_claimed_for_a_caller_who_has_just_gone_is_not_rung() -> None:
    board = Board().reaching(TEAM)
    at_desk(board, ANN)
    claim = board.people.claim

    def claim_and_caller_goes(person_id: str, call_sid: str, until: datetime, *, willing: bool = False) -> bool:
        claimed = claim(person_id, call_sid, until, willing=willing)
        caller_gone(board.switch, CALL_SID)
        return claimed

    board.people.claim = claim_and_caller_goes  # type: ignore[method-assign]
    ahead(board)
    assert board.telephony.rung == []
    assert board.people.free("billing", board.now)
