"""What the agent says, as lines: texts of the agent file with their placeholders filled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.agent import Agent
from shared.core.segments import segments_of

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say."""

    text: str
    fixed: bool = False
    """Whether it is the same in every call, so that its audio is worth keeping."""
    protected: bool = False
    """Whether it must be heard to its end, whatever the caller says meanwhile."""


def fixed(text: str, *, protected: bool = False) -> Line:
    """A line the file spells out in full."""
    return Line(text, fixed=True, protected=protected)


def filled(text: str, values: Mapping[str, str]) -> Line:
    """A line with its placeholders replaced; one that has no value is left out, for a gap is better than a brace."""
    if not PLACEHOLDER.search(text):
        return Line(text, fixed=True)
    return Line(" ".join(PLACEHOLDER.sub(lambda m: values.get(m[1], ""), text).split()))


def fixed_segments(agent: Agent) -> list[str]:
    """Every segment the agent may say word for word in any call, to be synthesised ahead of the first one."""
    phrases = agent.phrases
    texts = [agent.greeting, agent.disclosure, agent.question]
    texts += [phrases.anything_else, phrases.goodbye, *phrases.one_moment, *phrases.not_understood]
    texts += [*phrases.still_there, phrases.silent_goodbye, phrases.trouble, phrases.cut_off, phrases.time_is_up]
    texts += [phrases.what_to_change, phrases.dropped, phrases.unsure, phrases.use_keypad, phrases.back]
    texts += [phrases.no_card_numbers]
    texts += [text for route in agent.routes for text in (route.say, route.closed, route.nobody)]
    for task in agent.tasks:
        texts += [text for slot in task.slots for text in (slot.ask, slot.ask_again)]
        if task.pay is not None:
            pay = task.pay
            texts += [pay.before, pay.declined, pay.stopped, pay.again, pay.unknown, pay.failed, pay.already]
            texts += [pay.ask_link, pay.link_sent]
        texts += [task.done, *(problem.say for problem in task.problems.values())]
    if (outbound := agent.outbound) is not None:
        texts[:0] = [outbound.introduction, outbound.opt_out]
        texts += [outbound.opted_out, outbound.disclosure, outbound.opening, outbound.voicemail, outbound.screening]
        if outbound.calls_back is not None:
            texts += [outbound.calls_back.ask, outbound.calls_back.declined]
    whole = [text for text in texts if text and not PLACEHOLDER.search(text)]
    return list(dict.fromkeys(segment for text in whole for segment in segments_of(text, agent.speaks)))
