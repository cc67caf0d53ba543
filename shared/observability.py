"""Structured logs: one JSON object a line, on stdout, that cannot carry what a caller said, typed, or is called by.

Code logs through the standard library, as an event with keys:

    log = logging.getLogger(__name__)
    log.info("stream_failed", extra={"call_sid": call_sid, "code": 31920})

An event is a fixed name; content goes only under the keys of `KEYS`, each with a rule for what it may hold. Anything
else is left out: a message with words in it becomes `withheld`, an exception becomes its type and the places it
passed through. Libraries' own messages are of unknown content, so of theirs only the place is shown, from a warning on.

Metrics are made of the same lines: an event of `METRICS` also says, in CloudWatch's embedded metric format, which of
its values to count, so that a figure and the lines behind it never disagree.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

OURS = ("functions", "shared", "streaming")
"""Packages whose messages are event names."""

WITHHELD = "withheld"

_EVENT = re.compile(r"[a-z]+(_[a-z]+){1,5}")
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_CHAIN = re.compile(r"[a-z][a-z0-9-]{0,39}-[0-9a-f]{20}", re.ASCII)
_LABEL = re.compile(r"(?!.*\d{3})[A-Za-z/][\w./:-]{0,79}", re.ASCII)
_MAX_FRAMES = 12


def mask_number(number: str) -> str:
    """A telephone number's last four digits: enough to find a call by, not enough to ring."""
    digits = re.sub(r"\D", "", number)
    return f"...{digits[-4:]}" if len(digits) > 6 else "..."


def _sid(value: object) -> object:
    return value if isinstance(value, str) and _SID.fullmatch(value) else WITHHELD


def _chain(value: object) -> object:
    return value if isinstance(value, str) and _CHAIN.fullmatch(value) else WITHHELD


def _label(value: object) -> object:
    return str(value) if isinstance(value, str) and _LABEL.fullmatch(value) else WITHHELD


def _count(value: object) -> object:
    good = value is None or (isinstance(value, int | float) and abs(value) < 1e7)
    return value if good else WITHHELD


def _number(value: object) -> object:
    return mask_number(value) if isinstance(value, str) else WITHHELD


type Rule = Callable[[object], object]

KEYS: Mapping[str, Rule] = {
    # who and where
    "call_sid": _sid,
    "stream_sid": _sid,
    "leg_sid": _sid,
    "caller": _number,
    "called": _number,
    "chain": _chain,
    # names of our own: never text from outside
    "agent": _label,
    "campaign": _label,
    "error": _label,
    "field": _label,
    "kind": _label,
    "outcome": _label,
    "path": _label,
    "provider": _label,
    "reason": _label,
    "route": _label,
    "state": _label,
    "tool": _label,
    "language": _label,
    # counts, sizes and times
    "attempt": _count,
    "busy_percent": _count,
    "bytes": _count,
    "calls": _count,
    "chars": _count,
    "clipped_percent": _count,
    "close_code": _count,
    "code": _count,
    "dropped": _count,
    "dropped_ms": _count,
    "duration_ms": _count,
    "end_of_turn_ms": _count,
    "first_ms": _count,
    "gap_ms": _count,
    "gaps": _count,
    "gaps_ms": _count,
    "greeting_ms": _count,
    "heard_ms": _count,
    "input_tokens": _count,
    "lag_ms": _count,
    "late": _count,
    "late_ms": _count,
    "level_dbfs": _count,
    "messages": _count,
    "model_ms": _count,
    "opening_ms": _count,
    "output_tokens": _count,
    "port": _count,
    "segment": _count,
    "silent_percent": _count,
    "status": _count,
    "stream": _count,
    "synthesis_ms": _count,
    "text_ms": _count,
    "tool_ms": _count,
    "turn": _count,
    "words": _count,
}
"""Every key a log line may carry, with what its value may be."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of an event: the value of `key`, or 1 for each event; by service, and also by the value of `split`."""

    name: str
    unit: str = "Count"
    key: str | None = None
    split: str | None = None


_REFUSED = (Metric("Refused", split="reason"),)
_PROVIDER_FAULTS = (Metric("ProviderFaults", split="provider"),)

METRICS: Mapping[str, tuple[Metric, ...]] = {
    "call_created": (Metric("Calls"),),
    "call_finished": (Metric("CallsFinished", split="outcome"),),
    "task_asked": (Metric("TasksAsked"),),
    "task_missing": (Metric("TasksMissing"),),
    "call_published": (Metric("CallsPublished"), Metric("PublishDelay", "Milliseconds", "late_ms")),
    "chain_begun": (Metric("Chains", split="campaign"),),
    "chain_finished": (Metric("ChainsFinished", split="outcome"),),
    "attempt_dialled": (Metric("Attempts"),),
    "attempt_ended": (Metric("AttemptsEnded", split="outcome"),),
    "attempt_ambiguous": (Metric("AttemptsAmbiguous"),),
    "campaign_stopped": (Metric("CampaignsStopped", split="campaign"),),
    "opted_out": (Metric("OptOuts"),),
    "event_accepted": (Metric("EventsAccepted", split="kind"),),
    "event_refused": (Metric("EventsRefused"),),
    "chain_woken": (Metric("ChainsWoken", split="outcome"),),
    "stream_started": (Metric("Admitted"),),
    "upgrade_refused": _REFUSED,
    "stream_refused": _REFUSED,
    "service_busy": (Metric("BusyPercent", "Percent", "busy_percent"), Metric("LiveCalls", key="calls")),
    "loop_lag": (Metric("LoopLag", "Milliseconds", "lag_ms"),),
    "greeting_started": (
        Metric("Opening", "Milliseconds", "opening_ms"),
        Metric("GreetingDelay", "Milliseconds", "greeting_ms"),
    ),
    "turn_timing": (
        Metric("HeardGap", "Milliseconds", "gap_ms"),
        Metric("EndOfTurn", "Milliseconds", "end_of_turn_ms"),
    ),
    "audio_in": (Metric("AudioLost", "Milliseconds", "gaps_ms"), Metric("AudioDropped", "Milliseconds", "dropped_ms")),
    "audio_faulty": (Metric("AudioFaulty", split="reason"),),
    "recognition_lost": (Metric("Reconnects", split="provider"),),
    "vendor_failed": (Metric("VendorFaults", split="provider"),),
    "provider_failed": _PROVIDER_FAULTS,
    "tool_failed": _PROVIDER_FAULTS,
    "claim_failed": _PROVIDER_FAULTS,
    "record_lost": _PROVIDER_FAULTS,
    "next_step_lost": _PROVIDER_FAULTS,
    "finish_lost": _PROVIDER_FAULTS,
}
"""Figures by the event they come from. Besides, each line that tells of an error counts as one of `FAULTS`."""

FAULTS = Metric("Faults")


class JsonFormatter(logging.Formatter):
    """Writes one record as a line of JSON; with a `namespace`, its metrics too.

    `timestamp` and `level` are named as Lambda's own JSON format names them: it then takes a line as it is.
    """

    def __init__(self, service: str, namespace: str = "") -> None:
        super().__init__()
        self._service = service
        self._namespace = namespace

    def format(self, record: logging.LogRecord) -> str:
        ours = _is_ours(record)
        line: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "event": _event(record) if ours else WITHHELD,
            "at": f"{record.name}:{record.lineno}",
        }
        if ours:
            line |= {key: rule(record.__dict__[key]) for key, rule in KEYS.items() if key in record.__dict__}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _exception(record.exc_info[1])
        if ours and self._namespace:
            line |= _embedded(line, record, self._namespace)
        return json.dumps(line)


def configure(service: str, *, namespace: str = "", level: int = logging.INFO, output: TextIO | None = None) -> None:
    """Make the process log to `output` (stdout), replacing whatever was configured. Called once, by an entry point.

    `namespace` is CloudWatch's for the metrics; without one there are none.
    """
    handler = logging.StreamHandler(output or sys.stdout)
    handler.setFormatter(JsonFormatter(service, namespace))
    handler.addFilter(lambda record: _is_ours(record) or record.levelno >= logging.WARNING)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


def _event(record: logging.LogRecord) -> str:
    fixed = isinstance(record.msg, str) and not record.args and _EVENT.fullmatch(record.msg)
    return record.msg if fixed else WITHHELD


def _embedded(line: Mapping[str, object], record: logging.LogRecord, namespace: str) -> dict[str, object]:
    """The line's metrics as CloudWatch extracts them ("embedded metric format"); nothing if it has none."""
    metrics = METRICS.get(str(line["event"]), ()) + ((FAULTS,) if record.levelno >= logging.ERROR else ())
    values = {metric: 1 if metric.key is None else line.get(metric.key) for metric in metrics}
    found = {metric: value for metric, value in values.items() if isinstance(value, int | float)}
    if not found:
        return {}
    directives = [
        {
            "Namespace": namespace,
            "Dimensions": [["service"], ["service", metric.split]] if metric.split in line else [["service"]],
            "Metrics": [{"Name": metric.name, "Unit": metric.unit}],
        }
        for metric in found
    ]
    embedded: dict[str, object] = {metric.name: value for metric, value in found.items()}
    embedded["_aws"] = {"Timestamp": int(record.created * 1000), "CloudWatchMetrics": directives}
    return embedded


def _exception(error: BaseException) -> dict[str, object]:
    """The type, and the innermost places; never the message, which may quote what a caller said.

    Of a group, the first that went wrong.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    return {
        "exception": type(error).__name__,
        "trace": [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
