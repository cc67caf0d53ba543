"""A caller who books a cleaning: what they want, and what they say and press, in the order the agent will ask.

They wait for the agent to finish, as people do, except twice: they answer before all the free times are read out, and
begin to type while they are still being told that they may.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from cli.verdict import Appointment

VOICE = "Polly.Matthew-Neural"
PHONE = "4155550142"

_OPEN = range(5)
_PAUSE_MS = 700
"""The agent has finished when it has been quiet for so long: more than between two of its sentences."""
_PATIENCE_MS = 15_000


def day_for(today: date) -> date:
    """The next day the clinic is open, at least two days off, so that its weekday says which one is meant."""
    day = today + timedelta(days=2)
    while day.weekday() not in _OPEN:
        day += timedelta(days=1)
    return day


def wanted(day: date) -> Appointment:
    return Appointment(service="cleaning", day=day.isoformat(), time="08:00", name="Grace Miller", phone=PHONE)


def steps(day: date) -> list[Mapping[str, Any]]:
    """The script of the caller's phone (see `local/carrier/phones/script.py`)."""
    return [
        _listen(),
        _say(f"Hi, I'd like to book a cleaning on {day:%A}, please."),
        {"do": "interrupt", "text": "Eight in the morning, please.", "voice": VOICE, "after_ms": 2_500, **_WITHIN},
        _listen(),
        _say("Before that, do you have parking?"),
        _listen(),
        _say("My name is Grace Miller."),
        {"do": "listen", "quiet_ms": 0, **_WITHIN},
        {"do": "press", "digits": f"{PHONE}#", "gap_ms": 120},
        _listen(),
        _say("Yes, that's right."),
        _listen(),
        _say("No, that's all. Goodbye."),
        _listen(),
        {"do": "hang_up"},
    ]


_WITHIN = {"within_ms": _PATIENCE_MS}


def _say(text: str) -> Mapping[str, Any]:
    return {"do": "say", "text": text, "voice": VOICE}


def _listen() -> Mapping[str, Any]:
    return {"do": "listen", "quiet_ms": _PAUSE_MS, **_WITHIN}
