"""A caller who books a cleaning: what they want, and what they say and press, in the order the agent will ask.

They wait for the agent to finish, but not always, as people do: they answer before all the free times are read out or a
question is repeated, type while they are still being told that they may, and say goodbye as soon as they are booked.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from cli.verdict import Appointment

VOICE = "Polly.Matthew-Neural"

_OPEN = range(5)
_PAUSE_MS = 500
"""The agent has finished when it has been quiet for so long: more than between two of its sentences."""
_PATIENCE_MS = 15_000


def _day_for(today: date) -> date:
    """The next day the clinic is open, at least two days off, so that its weekday says which one is meant."""
    day = today + timedelta(days=2)
    while day.weekday() not in _OPEN:
        day += timedelta(days=1)
    return day


def wanted(today: date) -> Appointment:
    day = _day_for(today)
    return Appointment(service="cleaning", day=day, time="12:00", name="Grace Miller", phone="4155550142")


def steps(wanted: Appointment) -> list[Mapping[str, Any]]:
    """The script of the caller's phone (see `local/carrier/phones/script.py`).

    Lines have no commas, because the voice would pause at them for as long as others do between two utterances.
    """
    return [
        _listen(),
        _say(f"I'd like to book a cleaning on {wanted.day:%A} please"),
        _interrupt("At noon please", after_ms=2_000),
        _listen(),
        _say("Do you have parking?"),
        _interrupt(f"My name is {wanted.name}", after_ms=2_200),
        _listen(quiet_ms=0),
        {"do": "press", "digits": f"{wanted.phone}#", "gap_ms": 120},
        _listen(),
        _say("Yes that's right"),
        _interrupt("Great thank you goodbye", after_ms=3_200),
        _listen(),
        {"do": "hang_up"},
    ]


_WITHIN = {"within_ms": _PATIENCE_MS}


def _say(text: str) -> Mapping[str, Any]:
    return {"do": "say", "text": text, "voice": VOICE}


def _interrupt(text: str, after_ms: int) -> Mapping[str, Any]:
    return {"do": "interrupt", "text": text, "voice": VOICE, "after_ms": after_ms, **_WITHIN}


def _listen(quiet_ms: int = _PAUSE_MS) -> Mapping[str, Any]:
    return {"do": "listen", "quiet_ms": quiet_ms, **_WITHIN}
