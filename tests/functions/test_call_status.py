"""The call status callback, as Twilio sends it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.call_status import CallStatus
from tests.fakes import FakeCallStore
from tests.functions.carrier import COMPLETED, STATUS, application, post
from tests.usecases.clinic import CALL_SID, NOW, state, streaming


async def test_a_status_is_recorded_with_its_time_and_details_and_needs_no_reply() -> None:
    store = FakeCallStore()
    streaming(store)

    reply = await post(application(store), STATUS, {**COMPLETED, "SipResponseCode": "200"})

    assert (reply.status_code, reply.content) == (204, b"")
    (entry,) = store.log(CALL_SID)
    assert entry.at == datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    assert entry.data == {"status": "completed", "duration_s": 49, "sip_code": 200}
    assert state(store).status is CallStatus.COMPLETED
    assert state(store).ended_at == entry.at


async def test_callbacks_out_of_order_and_twice_end_up_in_order_and_once() -> None:
    store = FakeCallStore()
    streaming(store)
    app = application(store)
    ringing, answered = (
        {
            **COMPLETED,
            "CallStatus": status,
            "SequenceNumber": number,
            "Timestamp": f"Fri, 20 Nov 2026 09:30:0{number} +0000",
        }
        for status, number in (("ringing", "1"), ("in-progress", "2"))
    )

    for fields in (COMPLETED, answered, ringing, answered, COMPLETED):
        await post(app, STATUS, fields)

    assert [entry.data["status"] for entry in store.log(CALL_SID)] == ["ringing", "in-progress", "completed"]
    assert state(store).status is CallStatus.COMPLETED


@pytest.mark.parametrize("status", ["", "answered", "COMPLETED", "completed "])
async def test_an_impossible_status_is_refused(status: str) -> None:
    store = FakeCallStore()
    streaming(store)

    assert (await post(application(store), STATUS, {**COMPLETED, "CallStatus": status})).status_code == 400
    assert store.log(CALL_SID) == []


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone, which must not matter."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("Fri, 20 Nov 2026 10:31:00 +0100", NOW + timedelta(minutes=1)),
        ("Fri, 20 Nov 2026 09:31:00 -0000", NOW + timedelta(minutes=1)),
        ("Sat, 21 Nov 2026 09:29:59 +0000", NOW + timedelta(hours=23, minutes=59, seconds=59)),
        ("Sat, 21 Nov 2026 09:30:00 +0000", NOW),
        ("", NOW),
        ("yesterday", NOW),
        ("Fri, 31 Dec 9999 23:59:59 -2359", NOW),
        ("Fri, 20 Nov 99999999999999999999 09:31:00 +0000", NOW),
        ("Fri, 20 Nov 2026 09:31:00 +9999", NOW),
    ],
)
async def test_the_time_is_the_carriers_if_it_can_be_believed_and_else_the_arrival(
    timestamp: str, at: datetime
) -> None:
    store = FakeCallStore()
    streaming(store)

    await post(application(store), STATUS, {**COMPLETED, "Timestamp": timestamp})

    assert store.log(CALL_SID)[0].at == at
