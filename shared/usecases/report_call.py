"""Write what a call came to, from its event log. Called at its end, and again once the log is complete."""

from shared.core.report import report
from shared.ports import CallStore


def report_call(store: CallStore, call_sid: str) -> bool:
    """Keep the report; False if one made from a longer log, or from the same, is there already."""
    log = store.log(call_sid)
    made = report((entry.kind, entry.data) for entry in log)
    return store.save_report(call_sid, made, lines=len(log))
