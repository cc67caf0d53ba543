"""The replies there are: a call, a question for what a call lacks, a fact, small talk, an admission."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.model.acts import Act
from local.model.arguments.choices import find_choices, nearest_option
from local.model.arguments.fill import fill
from local.model.arguments.reading import Filling, Reading, Value
from local.model.briefing import Briefing
from local.model.conversation import Call
from local.model.intents import Known, Wanted, known_facts, wanted_tools
from local.model.moment import Decision, Moment
from local.model.phrasing import UNKNOWN, answer_from, ask_for, not_understood, small_talk
from local.model.roles import general_option, goodbye_tool, lost_tool, person_tool
from local.model.sentences import Sentences
from local.model.task import Task
from local.model.tools import Parameter, Tool
from local.model.topic import is_question
from local.model.words import Utterance

WANTED, WANTED_AHEAD = 0.385, 0.35
AHEAD, AHEAD_ASKING = 0.11, 0.2
"""A tool is wanted from 0.385 on, or from 0.35 when so much ahead of the next; a question must be further ahead.

The bounds lie between what the tables in the tests mean and what people say about other things.
"""
LEAVING = 0.6
KNOWN_ASKED, KNOWN_STATED = 0.41, 0.62
"""A fact is asked about from 0.41 on when the words are a question, else from 0.62."""


class Replies:
    """Makes replies from one request's tools and briefing."""

    def __init__(self, tools: Sequence[Tool], briefing: Briefing, sentences: Sentences) -> None:
        self.tools = tools
        self.briefing = briefing
        self.sentences = sentences

    def wanted(self, said: Utterance, tools: Sequence[Tool] | None = None) -> list[Wanted]:
        """The tools (all, unless given) by how surely they are wanted; ending the call needs to be plainly said."""
        leave, lost = goodbye_tool(self.tools), lost_tool(self.tools)
        scored = wanted_tools(said, [tool for tool in tools or self.tools if tool is not lost], self.sentences)
        return [each for each in scored if each.tool is not leave or each.score >= LEAVING]

    def want(self, said: Utterance) -> Wanted | None:
        """The tool wanted surely enough by itself, or well ahead of the others."""
        wanted = self.wanted(said)
        if not wanted:
            return None
        ahead = wanted[0].score - (wanted[1].score if len(wanted) > 1 else 0.0)
        enough = AHEAD_ASKING if is_question(said) else AHEAD
        sure = wanted[0].score >= WANTED or (wanted[0].score >= WANTED_AHEAD and ahead >= enough)
        return wanted[0] if sure else None

    def fact(self, said: Utterance) -> Known | None:
        """The fact asked about."""
        facts = known_facts(said, self.briefing.facts, self.sentences)
        least = KNOWN_ASKED if is_question(said) else KNOWN_STATED
        return facts[0] if facts and facts[0].score >= least else None

    def answer(self, asked: Sequence[tuple[Utterance, Known]]) -> str:
        """What is known, for each question once."""
        return " ".join(dict.fromkeys(answer_from(known.fact, said, self.sentences) for said, known in asked))

    def fill(self, tool: Tool, said: Utterance, asked: Parameter | None, moment: Moment) -> Filling:
        return fill(Reading(said, tool, asked, moment.question, self.sentences))

    def call(self, tool: Tool, known: Mapping[str, Any], values: Mapping[str, Value], answer: str) -> Decision:
        """The call, or, where the schema requires more than was said, the question for it."""
        required = tool.required()
        if not required:
            return Decision(answer, (Call(tool.name, values),))
        merged = {**known, **values}
        missing = next((each for each in required if each.name not in merged), None)
        if missing is None:
            return Decision(answer, (Call(tool.name, merged),))
        return Decision(f"{answer} {ask_for(missing)}".strip(), task=Task(tool, merged, missing, open=True))

    def begin(self, wanted: Wanted, said: Utterance, moment: Moment, answer: str) -> Decision:
        """Take up a tool with what was said."""
        if wanted.tool is goodbye_tool(self.tools):
            return self.goodbye()
        values = dict(self.fill(wanted.tool, said, None, moment).values)
        if wanted.parameter and wanted.option and wanted.parameter.name not in values:
            values[wanted.parameter.name] = wanted.option.value
        if wanted.tool is person_tool(self.tools):
            values = {**self._route(wanted.tool, said), **values}
        return self.call(wanted.tool, {}, values, answer)

    def goodbye(self) -> Decision:
        if tool := goodbye_tool(self.tools):
            return Decision(calls=(Call(tool.name, {}),))
        return Decision(small_talk(Act.GOODBYE, self.briefing, "", self.tools))

    def human(self, said: Utterance) -> Decision:
        """Bring a person to the line, the one who fits what was said, or admit that it cannot be done."""
        tool = person_tool(self.tools)
        if tool is None:
            return Decision(small_talk(Act.HUMAN, self.briefing, "", self.tools))
        return self.call(tool, {}, self._route(tool, said), "")

    def talk(self, act: Act, moment: Moment, task: Task | None = None) -> Decision:
        return Decision(small_talk(act, self.briefing, moment.question, self.tools), task=task)

    def unknown(self, moment: Moment, task: Task | None = None) -> Decision:
        """An admission of not knowing."""
        return Decision(UNKNOWN[moment.misses % len(UNKNOWN)], task=task)

    def missed(self, moment: Moment) -> Decision:
        """An admission of not having understood, by the tool for it where there is one."""
        if tool := lost_tool(self.tools):
            return Decision(calls=(Call(tool.name, {}),), task=moment.task)
        return Decision(not_understood(moment.misses, self.tools), task=moment.task)

    def _route(self, tool: Tool, said: Utterance) -> dict[str, Value]:
        """For each choice of a tool: the option named, else the one meant, else the one for anybody."""
        chosen: dict[str, Value] = {}
        for parameter in tool.parameters:
            named = find_choices(said, parameter.options, parameter.vocabulary())
            option = nearest_option(said, parameter.options, self.sentences) or general_option(parameter)
            if named:
                chosen[parameter.name] = named[-1].value
            elif option:
                chosen[parameter.name] = option.value
        return chosen
