"""What companies tell, and what the people they call do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rehearsal.sweep.carrier import Manner
from rehearsal.sweep.company import Told, told
from shared.ports.campaigns import Running

ANA: Final = "+14155550101"
BEN: Final = "+14155550102"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`people` says what each does with one call after the other; `stops`, who texts STOP when (s); `words`, when (s)
    somebody of the company pauses, resumes or cancels the campaign of reminders."""

    name: str
    tells: tuple[Told, ...]
    people: Mapping[str, tuple[Manner, ...]] = field(default_factory=dict)
    stops: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[float, Running] = field(default_factory=dict)


_UPCOMING: Final = told(0, "appointment.upcoming", "A-1", ANA, starts_in_h=40)

SCENARIOS: Final = (
    Scenario("confirms", (_UPCOMING,), {ANA: (Manner.CONFIRMS,)}),
    Scenario("third-time", (_UPCOMING,), {ANA: (Manner.NO_ANSWER, Manner.BUSY, Manner.CONFIRMS)}),
    Scenario("never-there", (_UPCOMING,)),
    Scenario("unheard", (_UPCOMING,), {ANA: (Manner.UNHEARD, Manner.MAILBOX)}),
    Scenario("refused", (_UPCOMING,), {ANA: (Manner.THROTTLED, Manner.REFUSED)}),
    Scenario(
        "opts-out",
        (_UPCOMING, told(30, "survey.due", "S-1", ANA)),
        {ANA: (Manner.OPTS_OUT, Manner.CONFIRMS, Manner.CONFIRMS)},
    ),
    Scenario(
        "texts-stop",
        (_UPCOMING, told(0, "appointment.upcoming", "A-2", BEN, starts_in_h=40)),
        {ANA: (Manner.NO_ANSWER, Manner.CONFIRMS), BEN: (Manner.CONFIRMS,)},
        {ANA: 200.0, BEN: 1.0},
    ),
    Scenario("cancelled", (_UPCOMING, told(100, "appointment.cancelled", "A-1")), {ANA: (Manner.BUSY,)}),
    Scenario(
        "moved",
        (_UPCOMING, told(60, "appointment.updated", "A-1", starts_in_h=60)),
        {ANA: (Manner.BUSY, Manner.CONFIRMS)},
    ),
    Scenario(
        "two-matters",
        (told(0, "survey.due", "S-1", ANA), told(5, "appointment.upcoming", "A-1", ANA, starts_in_h=40)),
        {ANA: (Manner.MAILBOX, Manner.CONFIRMS, Manner.CONFIRMS)},
    ),
    Scenario(
        "paused",
        (_UPCOMING,),
        {ANA: (Manner.BUSY, Manner.CONFIRMS)},
        words={90.0: Running.PAUSED, 3000.0: Running.RUNNING},
    ),
    Scenario("given-up", (_UPCOMING,), {ANA: (Manner.BUSY,)}, words={150.0: Running.CANCELLED}),
)
