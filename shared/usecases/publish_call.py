"""Tell the event bus that a call has finished: never not at all, and once unless something breaks in between.

First the event is published, then the log says so. Whoever finds that line publishes no more; whoever dies between the
two publishes again, under the same id.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from shared.ports import CallStore, EventBus, LogEntry
from shared.usecases.call_finished import KIND, NotFinished, call_finished
from shared.usecases.report_call import report_call

PUBLISHED: Final = "published"

log = logging.getLogger(__name__)


def publish_call(
    store: CallStore, bus: EventBus, call_sid: str, *, transcript: Mapping[str, str], now: datetime
) -> bool:
    """Make the report once more, over the whole log, and publish; False if that was done before.

    `transcript` says where the log is. Raises NotFinished for a call that is unknown or has not ended; ProviderError.
    """
    lines = store.log(call_sid)
    if any(line.kind == PUBLISHED and line.data.get("event") == KIND for line in lines):
        return False
    report_call(store, call_sid)
    call = store.get(call_sid)
    if call is None:
        raise NotFinished
    event = call_finished(call, lines, transcript)
    bus.publish(event)
    store.append(call_sid, [LogEntry(f"{PUBLISHED}-{KIND}", PUBLISHED, now, {"event": KIND})])
    log.info("call_published", extra={"call_sid": call_sid, "late_ms": round((now - event.at).total_seconds() * 1000)})
    return True
