"""An agent that calls people, small enough to see whole: a reminder, and the same with something to prove."""

from dataclasses import replace

from shared.core.agent import Agent, Slot, SlotKind, Task
from shared.core.facts import EventFact, FactKind
from shared.core.outbound import Identity, Outbound, Verification
from tests.agents import CALL_BACK, SMALL
from tests.playbook import Playbook

CONFIRM = Task(
    name="confirm",
    language="en-US",
    purpose="Confirm the visit",
    callers_say=(),
    slots=(),
    confirm="It's your visit on {day}. Can you come?",
    run="confirm_visit",
    done="See you on {day}.",
    declined="Move it, or cancel?",
    result="confirmed",
    passes_on=("reference",),
)
CANCEL = Task("cancel", "en-US", "Cancel the visit", (), (), "", "It's off.", result="cancelled", ends=True)
RATE = Task(
    "rate",
    "en-US",
    "Rate us",
    (),
    (Slot("score", SlotKind.NUMBER, "How was it, one to five?"),),
    "",
    "Thanks.",
    result="rated",
    ends=True,
)

OUTBOUND = Outbound(
    introduction="Ava of Maple Clinic, a machine.",
    opt_out="Say stop calling, or press 9.",
    opted_out="We won't call again.",
    facts=(
        EventFact("first_name", FactKind.NAME),
        EventFact("day", FactKind.DATE),
        EventFact("reference"),
        EventFact("birth_date", FactKind.DATE, secret=True, optional=True),
        EventFact("zip", FactKind.DIGITS, secret=True, optional=True),
    ),
    identity=Identity("{first_name}", "Is this {person}?", "Another time.", "Sorry. We'll note it.", "I'll hold."),
    begins_with="confirm",
    voicemail="Ava of Maple Clinic for {first_name}: please call us.",
    screening="Maple Clinic for {first_name}, about a visit.",
    results=("confirmed", "cancelled", "rated"),
)
LAW = (OUTBOUND.introduction, OUTBOUND.opt_out)
FACTS = {"first_name": "Grace", "day": "2026-11-24", "reference": "B7"}

REMINDER = replace(SMALL, tasks=(CONFIRM, CANCEL, CALL_BACK), outbound=OUTBOUND)
SURVEY = replace(SMALL, tasks=(RATE,), outbound=replace(OUTBOUND, identity=None, begins_with="rate"))
COLLECTOR = replace(
    REMINDER,
    outbound=replace(
        OUTBOUND,
        verify=(
            Verification("birth_date", "Your date of birth?", "Once more, your date of birth?"),
            Verification("zip", "Your ZIP code?", "Once more, your ZIP code?"),
        ),
        unverified="Then please call us.",
        disclosure="This is from a debt collector.",
    ),
)


def dialled(agent: Agent = REMINDER, **facts: str) -> Playbook:
    """Somebody, or something, has picked up a call of this agent's."""
    return Playbook(agent, facts={**FACTS, **facts}).call_starts()
