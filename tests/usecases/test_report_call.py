"""The report of a call is made from the whole of its log."""

from datetime import UTC, datetime

from shared.ports import LogEntry
from shared.usecases.report_call import report_call
from tests.fakes import FakeCallStore
from tests.usecases import clinic

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def test_a1_a_report_from_a_longer_log_replaces_one_from_a_shorter_and_never_the_other_way_round() -> None:
    store = FakeCallStore()
    call_sid = clinic.CALL_SID
    clinic.answered(store)
    store.append(call_sid, [LogEntry("1", "caller", NOW, {"text": "hello"})])
    assert report_call(store, call_sid)
    store.append(call_sid, [LogEntry("2", "caller", NOW, {"text": "bye"})])
    assert report_call(store, call_sid)
    assert not report_call(store, call_sid)

    call = store.get(call_sid)
    assert call is not None
    assert call.report is not None
    assert call.report["turns"] == 2


def test_a_call_nobody_knows_has_no_report() -> None:
    assert not report_call(FakeCallStore(), "CA" + "0" * 32)
