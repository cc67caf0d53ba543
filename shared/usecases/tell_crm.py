"""A call that is over is noted in the CRM: never not at all, and once.

The call's log says that the CRM is about to be told, before, and that it was, after. Whoever finds only the first asks
the CRM itself, which may have been told by somebody who died then.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.core.attempt import Disposition
from shared.ports import CallStore, LogEntry
from shared.ports.crm import CallNote, Crm, Reached
from shared.usecases.finish_call import Outcome

TELLING: Final = "crm-telling"
TOLD: Final = "crm-told"

_DISPOSITIONS: Final[Mapping[str, Reached]] = {
    Disposition.REACHED: Reached.TALKED,
    Disposition.NOT_THEM: Reached.TALKED,
    Disposition.OPTED_OUT: Reached.TALKED,
    Disposition.HUNG_UP: Reached.TALKED,
    Disposition.WRONG_PERSON: Reached.WRONG_NUMBER,
    Disposition.UNREACHABLE: Reached.WRONG_NUMBER,
    Disposition.MESSAGE_LEFT: Reached.MESSAGE_LEFT,
    Disposition.MAILBOX: Reached.NO_ANSWER,
    Disposition.SCREENED: Reached.NO_ANSWER,
    Disposition.NO_ANSWER: Reached.NO_ANSWER,
    Disposition.BUSY: Reached.BUSY,
    Disposition.FAILED: Reached.NOT_CONNECTED,
    Disposition.NOT_DIALLED: Reached.NOT_CONNECTED,
    Disposition.UNKNOWN: Reached.NOT_CONNECTED,
}

log = logging.getLogger(__name__)


class NotUnderstood(Exception):
    """An event is not one that is noted, or lacks what a note takes."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What noting works with."""

    crm: Crm
    store: CallStore
    now: Callable[[], datetime]


def tell_crm(notes: Notes, kind: str, detail: Mapping[str, Any]) -> bool:
    """Note the call of this event; False if it is noted already, or nobody was rung.

    Raises NotUnderstood, or ProviderError, upon which the event is to come again.
    """
    try:
        note = note_of(kind, detail)
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(f"{kind}: {type(error).__name__}") from None
    if note is None or not note.key:
        return False
    if any(line.kind == TOLD for line in notes.store.log(note.key)):
        return False
    first = _write(notes, note.key, TELLING)
    told = first or not notes.crm.has_call(note.key)
    if told:
        notes.crm.note_call(note)
    _write(notes, note.key, TOLD)
    log.info("crm_told", extra={"call_sid": note.key, "outcome": "first" if first else "again"})
    return told


def note_of(kind: str, detail: Mapping[str, Any]) -> CallNote | None:
    """The note of an event `call.finished` or `attempt.completed`, if it is the one that tells of its call.

    Raises KeyError, TypeError or ValueError.
    """
    match kind:
        case "attempt.completed":
            return _of_attempt(detail)
        case "call.finished":
            return _of_call(detail) if detail.get("attempt") is None else None  # its attempt's event says more
        case _:
            raise ValueError("no such event")


def _of_attempt(detail: Mapping[str, Any]) -> CallNote:
    disposition, result = str(detail["disposition"]), str(detail["result"])
    agreed = [f"{name}: {value}" for name, value in dict(detail["details"]).items()]
    about = f"{detail['campaign']}, call {int(detail['attempt'])} about {detail['reference']}"
    return CallNote(
        key=str(detail["call_sid"]),
        at=datetime.fromisoformat(detail["ended_at"]),
        number=str(detail["called"]),
        line="",
        outgoing=True,
        reached=_DISPOSITIONS[disposition],
        talked_s=int(detail["talked_s"]),
        title=f"{detail['campaign']}: {result or disposition}".replace("_", " "),
        body="\n".join((f"{about}: {disposition}{f', {result}' if result else ''}.", *agreed)),
    )


def _of_call(detail: Mapping[str, Any]) -> CallNote:
    outcome = Outcome(detail["outcome"])
    wanted = ", ".join(str(intent) for intent in detail["intents"]) or "nothing in particular"
    done = [_task(task) for task in detail["tasks"]]
    return CallNote(
        key=str(detail["call_sid"]),
        at=datetime.fromisoformat(detail["ended_at"]),
        number=str(detail["caller"]),
        line=str(detail["line"]),
        outgoing=False,
        reached=Reached.NOT_CONNECTED if outcome is Outcome.NOT_CONNECTED else Reached.TALKED,
        talked_s=int(detail["duration_s"]),
        title=f"Call to {detail['agent']}: {outcome}".replace("_", " "),
        body="\n".join((f"The caller wanted: {wanted}.", *done, f"Mood: {detail['sentiment']}.")).replace("_", " "),
    )


def _task(task: Mapping[str, Any]) -> str:
    result = ", ".join(f"{name} {value}" for name, value in dict(task["result"]).items())
    return f"{task['name']}: {'done' if task['done'] else 'not done'}{f' ({result})' if result else ''}."


def _write(notes: Notes, call_sid: str, kind: str) -> bool:
    return notes.store.append(call_sid, [LogEntry(kind, kind, notes.now(), {})])
