"""An agent that knows what one call is about."""

from collections.abc import Mapping
from dataclasses import replace

from shared.core.agent import Agent
from shared.core.facts import spoken
from shared.core.lines import filled
from shared.core.outbound import PERSON, Outbound


def said_of(agent: Agent, outbound: Outbound, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts that may be said, in the agent's language, and whom the call is for."""
    said = spoken(outbound.facts, facts, agent.speaks, agent.timezone)
    return said | ({PERSON: filled(outbound.identity.person, said).text} if outbound.identity else {})


def informed(agent: Agent, facts: Mapping[str, str]) -> Agent:
    """Its tasks say these facts, and pass on those that they are to."""
    if agent.outbound is None:
        return agent
    said = said_of(agent, agent.outbound, facts)
    tasks = tuple(
        replace(
            task,
            said=said,
            given={name: facts[name] for name in task.passes_on if name in facts},
            pay=task.pay and task.pay.of(facts),
        )
        for task in agent.tasks
    )
    return replace(agent, tasks=tasks, siblings=tuple(informed(sibling, facts) for sibling in agent.siblings))
