"""What the carrier reports of a media stream. Besides its alerts this is the only place where it names a failure."""

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.core.agent import Agent
from shared.core.next_step import HangUp, TurnByTurn
from shared.ports import CallRecord, CallStore, LogEntry
from shared.usecases.answers import way_out
from shared.usecases.finish_call import finish_call

INCURABLE_CODES = frozenset({31922, 31923, 31940, 31941, 31942, 31952})
"""Errors of our own configuration (scheme, address, connector, track, extension): another stream would fail alike."""

INCURABLE = TurnByTurn("stream-error")
"""What follows: not even later is a stream tried again."""

MAX_ERROR_CHARS = 300

log = logging.getLogger(__name__)


class StreamEvent(StrEnum):
    STARTED = "stream-started"
    STOPPED = "stream-stopped"
    ERROR = "stream-error"


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One stream status callback. `error` is the carrier's own text, empty but for an error."""

    call_sid: str
    stream_sid: str
    event: StreamEvent
    at: datetime
    error: str = ""

    @property
    def code(self) -> int | None:
        """The carrier's five-digit error code, if its text names one."""
        found = re.search(r"\b3[12]\d{3}\b", self.error)
        return int(found[0]) if found else None


def record_stream_status(store: CallStore, agents: Mapping[str, Agent], report: StreamReport) -> None:
    """Record it; finish a call whose goodbye was said; spare a caller the reconnects that cannot succeed."""
    store.append(report.call_sid, [_entry(report)])
    if report.event is StreamEvent.ERROR:
        log.error("stream_failed", extra={"call_sid": report.call_sid, "code": report.code})
    if report.event is StreamEvent.STARTED:
        return
    call = store.get(report.call_sid)
    if call is None or call.ended_at is not None:
        return
    if isinstance(call.next_step, HangUp):
        finish_call(store, report.call_sid, report.at)
    elif call.next_step is None and report.code in INCURABLE_CODES:
        _give_up_streaming(store, agents, call)


def _give_up_streaming(store: CallStore, agents: Mapping[str, Agent], call: CallRecord) -> None:
    agent = agents.get(call.agent)
    step = way_out(agent, "stream-error") if agent is None else INCURABLE
    store.set_next_step(call.call_sid, step, stream=call.streams)


def _entry(report: StreamReport) -> LogEntry:
    """A stream starts and stops once, but may fail in several ways: errors are told apart by their text."""
    error = report.error[:MAX_ERROR_CHARS]
    key = f"{report.event}-{report.stream_sid}"
    if error:
        key += "-" + hashlib.sha256(error.encode("utf-8", "replace")).hexdigest()[:12]
    data = {"stream_sid": report.stream_sid, **({"error": error, "code": report.code} if error else {})}
    return LogEntry(key, "stream-status", report.at, {"event": str(report.event), **data})
