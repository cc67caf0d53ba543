"""An agent that knows what one call is for."""

from collections.abc import Mapping
from dataclasses import replace

from shared.core.agent import Agent
from shared.core.attempt import Assignment
from shared.core.called_back import talk_to_people
from shared.core.facts import spoken
from shared.core.lines import filled
from shared.core.outbound import PERSON, Outbound


def said_of(agent: Agent, outbound: Outbound, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts that may be said, in the agent's language, and whom the call is for."""
    said = spoken(outbound.facts, facts, agent.speaks, agent.timezone)
    return said | ({PERSON: filled(outbound.identity.person, said).text} if outbound.identity else {})


def informed(agent: Agent, assignment: Assignment) -> Agent:
    """Its tasks say the facts, and pass on those that they are to; it leaves a message if it is to, and offers
    people to those whom it calls back."""
    outbound, facts = agent.outbound, assignment.facts
    if outbound is None:
        return agent
    said = said_of(agent, outbound, facts)
    tasks = tuple(
        replace(
            task,
            said=said,
            given={name: facts[name] for name in task.passes_on if name in facts},
            pay=task.pay and task.pay.of(facts),
        )
        for task in agent.tasks
    )
    if assignment.earlier is not None and outbound.calls_back is not None:
        tasks = (*tasks, talk_to_people(agent, outbound.calls_back))
    outbound = outbound if assignment.leaves_message else replace(outbound, voicemail="")
    siblings = tuple(informed(sibling, assignment) for sibling in agent.siblings)
    return replace(agent, tasks=tasks, outbound=outbound, siblings=siblings)
