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
DIALLED_S: Final = 1.0
"""Before any order of ours."""
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
    "the order is lost": [{"at": DIALLED_S, "do": "lose"}],
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


FIRST_RING_S: Final = 1.0
SAYS_SO: Final = "I'll put you through to billing."
AT_ONCE: Final = {"ring": 0.1, "does": [{"press": "1"}, {"wait": 4}, {"say": GREETING}, {"wait": 3}, "hang up"]}
"""Accepts before the agent has said that it puts the caller through."""
IN_THE_SENTENCE: Final[dict[str, list[Any]]] = {
    "waits": [{"wait": 60}],
    "objects": [{"interrupt": "No stop when are you open"}, {"wait": 15}, "hang up"],
    "presses a key": [{"wait": 1.8}, {"press": "*"}, {"wait": 15}, "hang up"],
    "hangs up": [{"wait": 1.8}, "hang up"],
}


@pytest.mark.parametrize("disturbance", [[], [{"at": DECIDED_S, "do": "cut"}]], ids=["", "our task dies"])
@pytest.mark.parametrize("caller", IN_THE_SENTENCE)
@pytest.mark.parametrize("person", ["ignores", "accepts at once"])
def test_x1_a_phone_rings_while_the_agent_still_says_so_and_whatever_happens_then_rings_no_longer_than_wanted(
    person: str, caller: str, disturbance: list[Any]
) -> None:
    at_phone = AT_ONCE if person == "accepts at once" else PEOPLE[person]
    scenario = Scenario.model_validate(
        {
            "title": f"{person}, {caller}",
            "agent": "reception",
            "caller": ["listen", {"say": WISH}, *IN_THE_SENTENCE[caller]],
            "people": [{"at": BILLING, **at_phone}],
            "happenings": disturbance,
            "expect": {"quiet_ms": 3_000} if caller == "waits" else {},
        }
    )
    seen = play(scenario)
    assert shortcomings(scenario.expect, seen, day_of(scenario)) == []
    decided = next(entry.at for entry in seen.log if entry.kind == "outcome")
    assert (seen.rang[0] - decided).total_seconds() < FIRST_RING_S
    said_so = next((entry.at for entry in seen.log if entry.data.get("text") == SAYS_SO), None)
    assert said_so is None or seen.rang[0] < said_so
    moves = [str(line.get("to") or line["back"]) for line in seen.data("transfer")]
    with_a_person = any(GREETING in line for line in seen.caller_heard)
    if caller == "waits":
        assert with_a_person == (person == "accepts at once")
        assert len(seen.rang) == 1
    elif not disturbance:
        assert not with_a_person
        assert caller == "hangs up" or moves[-1] == "called-off"
