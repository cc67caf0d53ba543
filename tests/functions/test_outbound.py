"""Twilio's webhooks of the calls that the company makes, over the real application."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette

from shared.core.attempt import Assignment, AttemptKey, Disposition, Outcome
from shared.core.chain_events import Answer
from shared.core.next_step import HangUp
from shared.core.rules.question import Verdict
from shared.ports import CallRecord, LogEntry, Unavailable
from shared.ports.campaigns import Attempt
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.place_call import order
from tests.campaigns import FakeCampaigns
from tests.core.callees import COLLECTOR, FACTS, REMINDER
from tests.fakes import FakeCallStore
from tests.functions.carrier import PUBLIC, application, post
from tests.usecases.clinic import ACCOUNT_SID, CALL_SID, NOW

KEY = AttemptKey("reminder-4f2a", 1)
PERSON, LINE = "+14155550142", "+15550100100"
OTHER_SID = "CA" + "e" * 32
ATTEMPT = Attempt(
    KEY, "reminder", PERSON, LINE, NOW, leave_message=True, answer=Answer(Verdict.NOW), cents=30, facts=FACTS
)
FORM = {"AccountSid": ACCOUNT_SID, "CallSid": CALL_SID, "From": LINE, "To": PERSON, "Direction": "outbound-api"}
TIMESTAMP = "Fri, 20 Nov 2026 09:31:00 +0000"


@dataclass
class Line:
    store: FakeCallStore = field(default_factory=FakeCallStore)
    campaigns: FakeCampaigns = field(default_factory=FakeCampaigns)

    def __post_init__(self) -> None:
        self.claim(ATTEMPT)
        agents = {"reminder": REMINDER, "collector": COLLECTOR, "front_door": replace(REMINDER, outbound=None)}
        self.app: Starlette = application(self.store, Outgoing(self.campaigns, self.campaigns.ledger), agents)

    def claim(self, attempt: Attempt) -> None:
        self.campaigns.claimed(attempt)

    async def asks(self, name: str, agent: str = "reminder", **fields: str) -> str:
        """What the carrier is answered, at the address its order named."""
        placed = order(PUBLIC, agent, ATTEMPT)
        url = {"answer": placed.url, "status": placed.status_url, "machine": placed.machine_url}[name]
        reply = await post(self.app, url.removeprefix(PUBLIC), {**FORM, **fields})
        assert reply.status_code < 300, reply.status_code
        return reply.text

    async def ends(self, status: str, **fields: str) -> None:
        await self.asks("status", CallStatus=status, Timestamp=TIMESTAMP, SequenceNumber="3", **fields)

    @property
    def call(self) -> CallRecord:
        call = self.store.get(CALL_SID)
        assert call is not None
        return call

    @property
    def outcome(self) -> Outcome | None:
        attempt = self.campaigns.attempt(KEY)
        assert attempt is not None
        return attempt.outcome

    def notes(self, *lines: tuple[str, dict[str, object]]) -> None:
        """What a stream has written down."""
        entries = [LogEntry(f"01-{number:05}", kind, NOW, data) for number, (kind, data) in enumerate(lines)]
        self.store.append(CALL_SID, entries)


@pytest.fixture
def line() -> Line:
    return Line()


def test_t12_an_order_names_the_attempt_and_the_agent_in_every_address() -> None:
    placed = order(PUBLIC, "reminder", ATTEMPT)

    assert (placed.to, placed.from_) == (PERSON, LINE)
    for url in (placed.url, placed.status_url, placed.machine_url):
        assert parse_qs(urlsplit(url).query) == {"attempt": ["reminder-4f2a.1"], "agent": ["reminder"]}


async def test_t12_whoever_picks_up_is_connected_to_the_agent_of_the_attempt(line: Line) -> None:
    assert "<Connect " in await line.asks("answer")
    assert (line.call.caller, line.call.called, line.call.agent) == (PERSON, LINE, "reminder")
    assert line.call.assignment == Assignment("reminder-4f2a.1", FACTS)
    attempt = line.campaigns.attempt(KEY)
    assert attempt is not None
    assert attempt.call_sid == CALL_SID


async def test_t12_the_same_request_once_more_is_answered_and_creates_nothing(line: Line) -> None:
    await line.asks("answer")
    assert "<Connect " in await line.asks("answer")


async def test_o1_a_second_call_for_the_same_attempt_is_hung_up_on(line: Line) -> None:
    await line.asks("answer")
    assert "<Hangup " in await line.asks("answer", CallSid=OTHER_SID)
    assert line.store.get(OTHER_SID) is None


@pytest.mark.parametrize(("agent", "to"), [("nobody", PERSON), ("front_door", PERSON), ("reminder", "+14155550199")])
async def test_t12_what_was_never_ordered_is_hung_up_on(line: Line, agent: str, to: str) -> None:
    assert "<Hangup " in await line.asks("answer", agent, To=to)


async def test_o3_an_event_that_lacks_a_fact_is_not_talked_about(line: Line) -> None:
    line.claim(replace(ATTEMPT, facts={"first_name": "Grace"}))
    assert "<Hangup " in await line.asks("answer")


@pytest.mark.parametrize(
    ("status", "sip_code", "disposition"),
    [
        ("busy", "486", Disposition.BUSY),
        ("no-answer", "487", Disposition.NO_ANSWER),
        ("canceled", "", Disposition.NO_ANSWER),
        ("failed", "503", Disposition.FAILED),
        ("failed", "404", Disposition.UNREACHABLE),
    ],
)
async def test_o2_a_call_that_nobody_took_has_an_outcome_without_ever_having_been_here(
    line: Line, status: str, sip_code: str, disposition: Disposition
) -> None:
    await line.ends(status, SipResponseCode=sip_code)
    assert line.outcome == Outcome(disposition, call_sid=CALL_SID)


async def test_t4_statuses_come_in_any_order_and_twice(line: Line) -> None:
    await line.ends("completed", CallDuration="41")
    await line.asks("status", CallStatus="initiated", Timestamp=TIMESTAMP, SequenceNumber="0")
    await line.ends("completed", CallDuration="41")
    assert line.outcome == Outcome(Disposition.HUNG_UP, call_sid=CALL_SID, talked_s=41)


async def test_o5_what_was_agreed_goes_to_the_chain(line: Line) -> None:
    await line.asks("answer")
    line.notes(
        ("picked_up", {"party": "person", "by": "words"}),
        ("reached", {"who": "them"}),
        ("result", {"result": "promised", "details": {"day": "2026-11-30"}}),
    )
    await line.ends("completed", CallDuration="41")
    assert line.outcome == Outcome(Disposition.REACHED, "promised", {"day": "2026-11-30"}, CALL_SID, 41)
    assert line.call.assignment == Assignment("reminder-4f2a.1")  # its facts are forgotten


async def test_o2_a_message_counts_as_left_once_it_was_heard_to_its_end(line: Line) -> None:
    await line.asks("answer")
    line.notes(("picked_up", {"party": "mailbox", "by": "words"}), ("voicemail", {}))
    line.store.set_next_step(CALL_SID, HangUp(), stream=0)
    await line.ends("completed")
    assert line.outcome is not None
    assert line.outcome.disposition is Disposition.MESSAGE_LEFT


async def test_o3_an_opt_out_that_only_the_record_knows_is_made_good(line: Line) -> None:
    await line.asks("answer")
    line.notes(("opt_out", {"by": "said"}))
    await line.ends("completed")
    person = line.campaigns.ledger.person(PERSON)
    assert person.opt_out is not None
    assert (person.opt_out.how, person.opt_out.reference) == ("said", CALL_SID)
    assert line.outcome is not None
    assert line.outcome.disposition is Disposition.OPTED_OUT


async def test_o3_an_end_that_could_not_be_told_is_told_when_it_comes_again(line: Line) -> None:
    await line.asks("answer")
    line.notes(("opt_out", {"by": "said"}))
    line.store.fail(Unavailable("down"))
    with pytest.raises(AssertionError):
        await line.ends("completed")
    line.store.fail(None)
    assert line.outcome is None
    await line.ends("completed")
    assert line.outcome is not None


async def test_o1_the_end_of_another_call_says_nothing_of_this_attempt(line: Line) -> None:
    await line.asks("answer")
    await line.asks("status", CallSid=OTHER_SID, CallStatus="busy", Timestamp=TIMESTAMP)
    assert line.outcome is None


async def test_t12_the_carriers_verdict_is_where_the_live_call_looks_for_it(line: Line) -> None:
    await line.asks("machine", AnsweredBy="machine_end_beep")
    await line.asks("answer")
    assert line.call.answered_by == "machine_end_beep"


async def test_t12_a_verdict_that_nobody_knows_is_refused(line: Line) -> None:
    placed = order(PUBLIC, "reminder", ATTEMPT)
    reply = await post(line.app, placed.machine_url.removeprefix(PUBLIC), {**FORM, "AnsweredBy": "alien"})
    assert reply.status_code == 400


@pytest.mark.parametrize("attempt", ["", "no-number", "UPPER.1", "x.y"])
async def test_t12_an_attempt_that_is_none_is_refused(line: Line, attempt: str) -> None:
    reply = await post(line.app, f"/twilio/outbound/answer?attempt={attempt}&agent=reminder", FORM)
    assert reply.status_code == 400


async def test_o2_a_line_that_is_written_after_the_end_is_waited_for(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.asks("answer")
    line.store.claim_stream(CALL_SID, line.call.token_hash, NOW + timedelta(seconds=1))
    line.notes(("reached", {"who": "them"}))

    def writes(seconds: float) -> None:
        line.store.append(
            CALL_SID,
            [
                LogEntry("01-00008", "result", NOW, {"result": "confirmed", "details": {}}),
                LogEntry("01-00009", "audio_in", NOW, {}),
            ],
        )

    monkeypatch.setattr("functions.outbound.time.sleep", writes)
    await line.ends("completed")
    assert line.outcome is not None
    assert line.outcome.result == "confirmed"
