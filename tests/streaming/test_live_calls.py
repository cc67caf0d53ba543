"""Admission, ownership and draining."""

from streaming.live_calls import Leave, LiveCalls


def test_places_are_counted_and_given_back() -> None:
    calls = LiveCalls(2)

    assert [calls.admit() for _ in range(3)] == [True, True, False]
    assert not calls.accepting
    calls.release()
    assert calls.accepting
    assert calls.admit()


def test_the_newest_stream_owns_the_call_and_the_older_is_told_once() -> None:
    calls, told = LiveCalls(9), list[tuple[int, Leave]]()

    assert calls.own("CA1", 1, lambda why: told.append((1, why)))
    assert calls.own("CA1", 3, lambda why: told.append((3, why)))
    assert not calls.own("CA1", 2, lambda why: told.append((2, why)))
    assert told == [(1, Leave.SUPERSEDED)]


def test_a_stream_that_lost_its_call_cannot_give_it_away() -> None:
    calls, told = LiveCalls(9), list[Leave]()
    calls.own("CA1", 1, lambda why: None)
    calls.own("CA1", 2, told.append)

    calls.disown("CA1", 1)
    calls.leave_all()
    assert told == [Leave.DRAINED]

    calls.disown("CA1", 2)
    calls.leave_all()
    assert told == [Leave.DRAINED]


def test_draining_admits_nobody_and_touches_nobody() -> None:
    calls, told = LiveCalls(9), list[Leave]()
    calls.admit()
    calls.own("CA1", 1, told.append)

    calls.drain()

    assert not calls.admit()
    assert (calls.count, told) == (1, [])


def test_a_call_still_coming_up_when_all_are_let_go_is_let_go_too() -> None:
    calls, told = LiveCalls(9), list[Leave]()
    calls.admit()
    calls.drain()
    calls.leave_all()

    assert calls.own("CA1", 1, told.append)
    assert told == [Leave.DRAINED]
