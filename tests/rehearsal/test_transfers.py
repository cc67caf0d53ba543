"""Issue 5's interleavings, through the carrier: {the person accepts, declines, ignores it, is a mailbox, hangs up} x
{the caller waits, speaks, hangs up} x {nothing else, our task dies, an order to the carrier is lost}."""

from itertools import cycle
from typing import Any, Final

import pytest

from rehearsal.evidence import shortcomings
from rehearsal.scenario import Scenario
from rehearsal.virtual_call import day_of, play

BILLING: Final = "+15550100201"
WISH: Final = "I have a question about my bill"
"""Said once more where our task dies before it was written down."""
GREETING: Final = "Harbor billing how can I help"
NOBODY: Final = "nobody in billing can take your call just now"
DECIDED_S: Final = 13.5
"""After dialling: the agent says that it puts the caller through, and has not said it to its end."""

PEOPLE: Final[dict[str, dict[str, Any]]] = {
    "accepts": {"does": ["listen", {"press": "1"}, {"wait": 1}, {"say": GREETING}, {"wait": 3}, "hang up"]},
    "declines": {"does": ["listen", {"say": "No"}, {"wait": 9}]},
    "ignores": {"answer": "never"},
    "mailbox": {"does": [{"say": "You have reached the mailbox of billing leave your name and number"}, {"wait": 60}]},
    "hangs up": {"does": [{"wait": 2}, "hang up"]},
}
CALLERS: Final[dict[str, list[Any]]] = {
    "waits": [{"wait": 75}],
    "speaks": [{"wait": 3}, {"say": WISH}, {"wait": 72}],
    "hangs up": [{"wait": 9}, "hang up"],
}
DISTURBANCES: Final[dict[str, list[Any]]] = {
    "nothing": [],
    "our task dies": [{"at": DECIDED_S, "do": "cut"}],
    "the order is lost": [{"at": DECIDED_S, "do": "lose"}],
}
ALL = [(person, caller) for person in PEOPLE for caller in CALLERS]
SAMPLE = [(*pair, disturbance) for pair, disturbance in zip(ALL, cycle(DISTURBANCES), strict=False)]
"""Every person with every caller, and with every disturbance."""
SAMPLE += [(person, "waits", "nothing") for person in PEOPLE]


@pytest.mark.parametrize(("person", "caller", "disturbance"), list(dict.fromkeys(SAMPLE)))
def test_x1_whatever_everybody_does_the_caller_is_with_somebody_and_no_phone_rings_on(
    person: str, caller: str, disturbance: str
) -> None:
    scenario = Scenario.model_validate(
        {
            "title": f"{person}, {caller}, {disturbance}",
            "agent": "reception",
            "caller": ["listen", {"say": WISH}, *CALLERS[caller]],
            "people": [{"at": BILLING, **PEOPLE[person]}],
            "happenings": DISTURBANCES[disturbance],
            "expect": {"quiet_ms": 3_000},
        }
    )
    seen = play(scenario)
    assert shortcomings(scenario.expect, seen, day_of(scenario)) == []
    assert seen.state is not None
    assert seen.state.ended_at is not None
    if caller != "hangs up":
        with_a_person = any(GREETING in line for line in seen.caller_heard)
        assert with_a_person or NOBODY in " ".join(seen.said("agent"))
        assert with_a_person == (person == "accepts" and disturbance != "the order is lost")
