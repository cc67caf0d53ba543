import json
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta

import pytest

from functions.desk.push import MOST_BYTES, messages, push
from shared.core.agent import Destination, DestinationKind, Route
from shared.core.call_status import CallStatus
from shared.core.presence import Presence
from shared.core.transfer import Transfer
from shared.core.transfer_events import CallerBack, Claimed, Why
from shared.ports import FollowUpKind, LogEntry, Unavailable
from tests.functions.desk.conftest import KIM, NOON, SAM, Desk


@pytest.fixture
def senders() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def said(key: str, text: str, kind: str = "caller") -> LogEntry:
    return LogEntry(key, kind, NOON, {"text": text, "turn": 1})


def test_x3_every_page_hears_that_a_call_comes_and_ends(desk: Desk, senders: Executor) -> None:
    desk.connect("c-sam", SAM)
    desk.connect("c-kim", KIM)
    sid = desk.ring()
    push(desk.deps, desk.events(), senders)
    desk.deps.store.finish(sid, "goodbye", desk.pass_by(60))
    push(desk.deps, desk.events(), senders)

    for connection in ("c-sam", "c-kim"):
        ringing, over = (news["call"] for news in desk.lines.told(connection, "call"))
        assert (ringing["sid"], ringing["caller"], ringing["status"], ringing["ended_at"]) == (
            sid, "+14155550001", "ringing", None,
        )  # fmt: skip
        assert (over["outcome"], over["ended_at"] is not None) == ("goodbye", True)


def test_x3_what_is_said_goes_to_those_who_watch_the_call_and_to_nobody_else(desk: Desk, senders: Executor) -> None:
    one, other = desk.ring(1), desk.ring(2)
    desk.connect("c-sam", SAM, watching=one)
    desk.connect("c-kim", KIM, watching=other)

    desk.deps.store.append(one, [said("01-1", "Hello"), said("01-2", "Good day", "agent")])
    push(desk.deps, desk.events(), senders)

    ((told),) = desk.lines.told("c-sam", "lines")
    assert told["call_sid"] == one
    assert [(line["kind"], line["data"]["text"]) for line in told["lines"]] == [
        ("caller", "Hello"),
        ("agent", "Good day"),
    ]
    assert desk.lines.told("c-kim", "lines") == []


def test_lines_that_say_nothing_to_a_person_are_kept_back(desk: Desk, senders: Executor) -> None:
    sid = desk.ring()
    desk.connect("c-sam", SAM, watching=sid)

    desk.deps.store.append(sid, [LogEntry("01-1", "model_usage", NOON, {"input_tokens": 5})])
    push(desk.deps, desk.events(), senders)

    assert desk.lines.told("c-sam", "lines") == []


def test_the_form_fills_itself_for_those_who_watch(desk: Desk, senders: Executor) -> None:
    sid = desk.ring()
    stream = desk.deps.store.claim_stream(sid, "hash", NOON - timedelta(seconds=1))
    assert stream == 1
    desk.connect("c-sam", SAM, watching=sid)
    desk.connect("c-kim", KIM)
    task = {"task": "book", "values": {"service": "cleaning"}, "waiting_for": "day"}
    kept = {**task, "secrets": {"zip": "10027"}}
    desk.deps.store.save_progress(sid, {"task": kept, "runs": 0}, stream=stream)
    push(desk.deps, desk.events(), senders)
    desk.deps.store.save_progress(sid, {"task": kept, "runs": 1}, stream=stream)
    push(desk.deps, desk.events(), senders)

    assert [news["task"] for news in desk.lines.told("c-sam", "form")] == [task]
    assert desk.lines.told("c-kim", "form") == []


def test_what_a_list_does_not_show_is_not_told(desk: Desk, senders: Executor) -> None:
    sid = desk.ring()
    push(desk.deps, desk.events(), senders)
    desk.connect("c-sam", SAM)
    push(desk.deps, desk.events(), senders)
    desk.lines.sent.clear()

    desk.deps.store.renew_token(sid, "other", desk.pass_by(60))
    desk.deps.people.seen(SAM.id)
    push(desk.deps, desk.events(), senders)

    assert desk.lines.sent == {}


def test_presence_and_what_is_to_be_done_is_told_to_everybody(desk: Desk, senders: Executor) -> None:
    desk.connect("c-sam", SAM)
    push(desk.deps, desk.events(), senders)
    desk.deps.people.be(SAM.id, Presence.FREE)
    desk.deps.follow_ups.add(FollowUpKind.CALLBACK, "CA1", "the bill", NOON)
    push(desk.deps, desk.events(), senders)

    assert desk.lines.told("c-sam", "person")[-1]["person"]["presence"] == "free"
    (follow_up,) = desk.lines.told("c-sam", "follow-up")
    assert (follow_up["follow_up"]["kind"], follow_up["follow_up"]["about"]) == ("callback", "the bill")


def test_a_call_is_in_the_list_while_it_goes_on_and_in_the_history_after(desk: Desk, senders: Executor) -> None:
    sid = desk.ring()
    desk.deps.store.advance_status(sid, CallStatus.IN_PROGRESS, NOON)
    push(desk.deps, desk.events(), senders)
    assert [(line.sid, line.status) for line in desk.deps.calls.live()] == [(sid, "in-progress")]
    assert desk.deps.calls.former() == []

    desk.deps.store.finish(sid, "goodbye", desk.pass_by(60))
    desk.deps.store.save_report(sid, {"summary": "Booked a cleaning."}, lines=5)
    push(desk.deps, desk.events(), senders)
    assert desk.deps.calls.live() == []
    assert [(line.sid, line.summary) for line in desk.deps.calls.former("CLEANING")] == [(sid, "Booked a cleaning.")]
    assert desk.deps.calls.former("hygiene") == []


def test_events_that_come_again_change_nothing(desk: Desk, senders: Executor) -> None:
    sid = desk.ring()
    desk.deps.store.finish(sid, "goodbye", desk.pass_by(60))
    events = desk.events()

    push(desk.deps, events, senders)
    push(desk.deps, events, senders)

    assert desk.deps.calls.live() == []
    assert len(desk.deps.calls.former()) == 1


def test_a_connection_that_is_gone_is_forgotten_and_its_person_with_it(desk: Desk, senders: Executor) -> None:
    desk.connect("c-sam", SAM)
    desk.connect("c-kim", KIM)
    desk.lines.gone.add("c-sam")

    desk.ring()
    push(desk.deps, desk.events(), senders)

    assert [connection.id for connection in desk.deps.connections.listening()] == ["c-kim"]
    assert {x.person.name: x.there for x in desk.deps.people.everyone()} == {"Sam Rivera": False, "Kim Lee": True}


def test_a_page_that_cannot_be_told_holds_up_neither_the_others_nor_the_lists(desk: Desk, senders: Executor) -> None:
    desk.connect("c-sam", SAM)
    desk.lines.failure = Unavailable("@connections")
    sid = desk.ring()

    push(desk.deps, desk.events(), senders)

    assert [line.sid for line in desk.deps.calls.live()] == [sid]


def test_much_news_goes_in_several_messages_each_small_enough_and_in_order() -> None:
    news = [json.dumps({"number": number, "text": "é" * 10_000}, ensure_ascii=False) for number in range(20)]

    sent = list(messages(news))

    assert all(len(message) <= MOST_BYTES + 100 for message in sent)
    assert [item["number"] for message in sent for item in json.loads(message)["news"]] == list(range(20))
    assert list(messages([])) == []


def test_x3_a_call_about_to_arrive_is_told_with_its_context_and_forgotten_when_the_caller_is_back(
    desk: Desk, senders: Executor
) -> None:
    sid = desk.ring()
    push(desk.deps, desk.events(), senders)
    desk.connect("c-sam", SAM)
    team = Destination(DestinationKind.TEAM, "front_desk", "the front desk")
    waiting, _ = Transfer.begin(Route("people", "people", (), "", "", (team,)), "asked", 1_795_165_800_000)
    ringing, _ = waiting.after(Claimed(1, SAM.id), 1_795_165_801_000)

    assert desk.transfers.open_transfer(sid, 1, ringing, {"about": "a bill"}, NOON)
    push(desk.deps, desk.events(), senders)
    (told,) = (news["transfer"] for news in desk.lines.told("c-sam", "transfer"))
    assert (told["call_sid"], told["phase"], told["person"], told["to"]) == (sid, "ringing", SAM.id, "the front desk")
    assert told["context"] == {"about": "a bill"}
    assert [asdict(line) for line in desk.deps.transfers.under_way()] == [told]
    assert "leg" not in told

    back, _ = ringing.after(CallerBack(Why.ASKED_BACK), 1_795_165_900_000)
    assert desk.transfers.save_transfer(sid, 1, back, version=1)
    push(desk.deps, desk.events(), senders)
    assert desk.lines.told("c-sam", "transfer")[-1]["transfer"]["over"] is True
    assert desk.deps.transfers.under_way() == []
