"""A call of the clinic that has ended, with everything in it that may and may not be told."""

from collections.abc import Mapping
from datetime import timedelta

from shared.core.events import JsonValue
from shared.core.next_step import HangUp
from shared.ports import CallStore, LogEntry
from shared.usecases.finish_call import finish_call
from tests.usecases.clinic import CALL_SID, NOW, streaming

ENDED = NOW + timedelta(seconds=161)
TRANSCRIPT = {"table": "calls", "pk": f"call#{CALL_SID}"}
WORDS = "my name is Ada Lovelace and that is great thank you"
TYPED = "4155550177"

_BOOKED = {"service": "check-up", "day": "2026-11-24", "time": "10:30", "reference": "9f86d081"}
_ARGUMENTS = {"service": "check-up", "name": "Ada Lovelace", "phone": TYPED}
_LINES: tuple[tuple[str, Mapping[str, JsonValue]], ...] = (
    ("intent", {"intent": "book_appointment"}),
    ("caller", {"turn": 1, "text": WORDS, "confidence": 0.9}),
    ("tool", {"name": "book_appointment", "arguments": _ARGUMENTS, "result": {"problem": "taken"}}),
    ("tool", {"name": "book_appointment", "arguments": _ARGUMENTS, "result": {**_BOOKED, "options": ["11:00"]}}),
    ("intent", {"intent": "transfer:reception"}),
    ("outcome", {"outcome": "finished"}),
)


def finished(store: CallStore) -> None:
    """Write it, in the order in which things happen."""
    streaming(store, then=HangUp())
    for number, (kind, data) in enumerate(_LINES):
        store.append(CALL_SID, [LogEntry(f"01-{number:05}", kind, NOW + timedelta(seconds=number), data)])
    finish_call(store, CALL_SID, ENDED)
