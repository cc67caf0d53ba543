"""What to do with one utterance at one moment of a conversation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.model.acts import Act, act_of
from local.model.arguments.agreement import agreement
from local.model.arguments.choices import find_choices, nearest_option
from local.model.arguments.fill import Filling, Reading, Value, is_consent
from local.model.briefing import Briefing
from local.model.conversation import Call
from local.model.intents import (
    Known,
    Wanted,
    general_option,
    goodbye_tool,
    is_question,
    known_facts,
    lost_tool,
    person_tool,
    wanted_tools,
)
from local.model.phrasing import UNKNOWN, answer_from, ask_for, is_yes_no, not_understood, small_talk
from local.model.sentences import Sentences
from local.model.task import Task
from local.model.tools import Kind, Parameter, Tool
from local.model.words import Utterance, clauses

WANTED = 0.50
SURELY_WANTED = 0.68
KNOWN_ASKED, KNOWN_STATED = 0.42, 0.62
_QUESTION_BONUS = 0.06
_CHANGE = re.compile(
    r"^(?:(?:oh|no|wait|sorry|and|yes|yeah|but|okay|hang on|hold on) )*"
    r"(?:actually|make (?:it|that)|let's make|(?:can|could) (?:we|you|i) (?:make|change|move)|change"
    r"|i mean|i meant|i said|not )"
)
_IN_PASSING = frozenset(
    (Act.GOODBYE, Act.HUMAN, Act.WAIT, Act.REPEAT, Act.WHO, Act.HEARD, Act.NOW, Act.HOW_ARE_YOU, Act.DROP, Act.ABLE)
)
_IN_FREE_TEXT = frozenset((Act.GOODBYE, Act.HUMAN, Act.WAIT, Act.REPEAT))


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the conversation stands: the task under way, what the assistant said last, how often it just missed."""

    task: Task | None
    question: str
    misses: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Text to say, tools to call, and the task the model itself keeps asking for."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    task: Task | None = None


type Move = Wanted | Known | Act


class Decider:
    """Decides with one request's tools and briefing."""

    def __init__(self, tools: Sequence[Tool], briefing: Briefing, sentences: Sentences) -> None:
        self.tools = tools
        self.briefing = briefing
        self._sentences = sentences

    def decide(self, moment: Moment, said: Utterance) -> Decision:
        """What to say or call in answer to `said`."""
        if not said.words:
            return self._missed(moment)
        if moment.task and moment.task.open:
            return self._in_task(moment, moment.task, said)
        return self._free(moment, said)

    def must_call(self, moment: Moment, said: Utterance, name: str) -> Decision:
        """A call even where none is plainly wanted, of the tool named, else the likeliest; only with what was said."""
        under_way = moment.task.tool if moment.task and moment.task.open else None
        wanted = [each.tool for each in wanted_tools(said, self.tools, self._sentences)]
        tool = next((each for each in self.tools if each.name == name), None) or under_way or wanted[0]
        known = moment.task.known if moment.task and moment.task.tool is tool else {}
        asked = moment.task.asked if moment.task and moment.task.tool is tool else None
        return Decision(calls=(Call(tool.name, {**known, **self._fill(tool, said, asked, moment).values}),))

    # -- while a task is under way

    def _in_task(self, moment: Moment, task: Task, said: Utterance) -> Decision:
        act = act_of(said)
        free_text = task.asked is not None and task.asked.kind is Kind.TEXT
        if act and act in (_IN_FREE_TEXT if free_text else _IN_PASSING):
            return self._act_in_task(act, moment, task, said)
        asides, rest = self._asides(said, free_text)
        answer = " ".join(answer_from(known.fact, said, self._sentences) for known in asides)
        if rest is None:
            return Decision(answer, task=task)
        filling = self._fill(task.tool, rest, task.asked, moment)
        if other := self._other_want(task, rest, filling):
            return self._begin(other, rest, moment, answer)
        if changes := self._changes(task, filling):
            return self._call(task.tool, {**task.known}, changes, answer)
        if answer:
            return Decision(answer, task=task)
        return self._unfilled(moment, task, said, act)

    def _act_in_task(self, act: Act, moment: Moment, task: Task, said: Utterance) -> Decision:
        if act is Act.GOODBYE:
            return self._goodbye()
        if act is Act.HUMAN:
            return self._human(said)
        if act is Act.DROP:
            return self._drop(task, moment)
        return Decision(small_talk(act, self.briefing, moment.question, self.tools), task=task)

    def _drop(self, task: Task, moment: Moment) -> Decision:
        """The caller gives the task up: told to the tool where it has a way to hear it."""
        leave = re.compile(r"\b(?:cancel\w*|abandon\w*|drop\w*|giv\w+ up|stop\w*)\b", re.IGNORECASE)
        for parameter in task.tool.parameters:
            if parameter.kind is Kind.YES_NO and leave.search(
                f"{parameter.name.replace('_', ' ')} {parameter.description}"
            ):
                return Decision(calls=(Call(task.tool.name, {parameter.name: True}),))
        if task.asked and is_consent(task.asked):
            return Decision(calls=(Call(task.tool.name, {task.asked.name: False}),))
        return Decision(small_talk(Act.DROP, self.briefing, moment.question, self.tools))

    def _asides(self, said: Utterance, free_text: bool) -> tuple[list[Known], Utterance | None]:
        """Questions the briefing answers, and what is left of the utterance without them."""
        parts = [said] if free_text else clauses(said)
        asides, rest = [], []
        for part in parts:
            fact = self._fact(part)
            wanted = wanted_tools(part, self.tools, self._sentences)
            if (
                fact
                and is_question(part)
                and not (wanted and wanted[0].score > max(fact.score + _QUESTION_BONUS, SURELY_WANTED))
            ):
                asides.append(fact)
            else:
                rest.append(part)
        if not asides:
            return [], said
        meaningful = [part for part in rest if act_of(part) not in (Act.THANKS, Act.GREETING, Act.WAIT)]
        return asides, meaningful[0] if meaningful else None

    def _other_want(self, task: Task, said: Utterance, filling: Filling) -> Wanted | None:
        """Another tool, when it is plainly wanted and the words are not an answer."""
        others = [tool for tool in self.tools if tool.name != task.tool.name]
        wanted = wanted_tools(said, others, self._sentences)
        if not wanted or len(said.words) < 3 or (is_yes_no(task.asked) and agreement(said.plain) is not None):
            return None
        own = wanted_tools(said, [task.tool], self._sentences)[0].score
        free_text = task.asked is not None and task.asked.kind is Kind.TEXT
        enough = SURELY_WANTED if filling.values or free_text else WANTED
        answered = filling.values and filling.coverage(said) > 0.6 and not free_text
        return wanted[0] if wanted[0].score >= enough and wanted[0].score > own + 0.05 and not answered else None

    def _changes(self, task: Task, filling: Filling) -> dict[str, Value]:
        """What is new in a filling; consent counts only when nothing else changed."""
        changes = {
            name: value
            for name, value in filling.values.items()
            if str(task.known.get(name)).lower() != str(value).lower()
        }
        if task.asked and is_consent(task.asked) and task.asked.name in filling.values:
            if others := {name: value for name, value in changes.items() if name != task.asked.name}:
                return others
            return {task.asked.name: filling.values[task.asked.name]}
        if task.asked and task.asked.name in filling.values:
            changes[task.asked.name] = filling.values[task.asked.name]
        return changes

    def _unfilled(self, moment: Moment, task: Task, said: Utterance, act: Act | None) -> Decision:
        if is_question(said):
            return Decision(UNKNOWN[moment.misses % len(UNKNOWN)], task=task)
        if act and act is not Act.DONE:
            return Decision(small_talk(act, self.briefing, moment.question, self.tools), task=task)
        if agreement(said.plain) is False:
            return Decision("All right. What would you like instead?", task=task)
        return self._missed(moment)

    # -- with no task under way

    def _free(self, moment: Moment, said: Utterance) -> Decision:
        if moment.task and _CHANGE.match(said.plain):
            filling = self._fill(moment.task.tool, said, None, moment)
            others = wanted_tools(said, self.tools, self._sentences)
            if filling.values and (others[0].tool is moment.task.tool or others[0].score < SURELY_WANTED):
                return self._call(moment.task.tool, {**moment.task.known}, filling.values, "")
        moves = self._moves(said)
        tools = [(part, move) for part, move in moves if isinstance(move, Wanted)]
        facts = [(part, move) for part, move in moves if isinstance(move, Known)]
        acts = [move for _, move in moves if isinstance(move, Act)]
        if Act.HUMAN in acts and not tools:
            return self._human(said)
        answer = " ".join(dict.fromkeys(answer_from(known.fact, part, self._sentences) for part, known in facts))
        if tools:
            return self._begin_all(tools, said, moment, answer)
        if answer:
            return Decision(answer)
        return self._talk(moment, said, acts)

    def _moves(self, said: Utterance) -> list[tuple[Utterance, Move]]:
        """What each clause does, or the whole utterance where clauses alone say less."""
        parts = clauses(said)
        moves = [(part, move) for part in parts if (move := self._move(part))]
        telling = [move for _, move in moves if not isinstance(move, Act)]
        if len(parts) > 1 and len(telling) < 2:
            whole = self._move(said)
            if whole and not isinstance(whole, Act) and (not telling or _score(whole) >= _score(telling[0])):
                return [(said, whole)]
        return _standing(moves)

    def _move(self, said: Utterance) -> Move | None:
        if act := act_of(said):
            return act
        wanted = wanted_tools(said, self.tools, self._sentences)
        fact = self._fact(said)
        best = wanted[0] if wanted and wanted[0].score >= WANTED else None
        if fact and (
            best is None or fact.score + (_QUESTION_BONUS if is_question(said) else -_QUESTION_BONUS) > best.score
        ):
            return fact
        return best

    def _fact(self, said: Utterance) -> Known | None:
        facts = known_facts(said, self.briefing.facts, self._sentences)
        least = KNOWN_ASKED if is_question(said) else KNOWN_STATED
        return facts[0] if facts and facts[0].score >= least else None

    def _begin_all(
        self, tools: list[tuple[Utterance, Wanted]], said: Utterance, moment: Moment, answer: str
    ) -> Decision:
        names = list(dict.fromkeys(wanted.tool.name for _, wanted in tools))
        if len(names) == 1:
            return self._begin(max((wanted for _, wanted in tools), key=_score), said, moment, answer)
        begun = [self._begin(wanted, part, moment, "") for part, wanted in tools]
        asked = next((decision for decision in begun if not decision.calls), None)
        texts = [answer, asked.text if asked else ""]
        calls = tuple(call for decision in begun for call in decision.calls)
        return Decision(" ".join(text for text in texts if text), calls, asked.task if asked else None)

    def _begin(self, wanted: Wanted, said: Utterance, moment: Moment, answer: str) -> Decision:
        if wanted.tool is goodbye_tool(self.tools):
            return self._goodbye()
        filling = self._fill(wanted.tool, said, None, moment)
        values = dict(filling.values)
        if wanted.parameter and wanted.option and wanted.parameter.name not in values:
            values[wanted.parameter.name] = wanted.option.value
        if wanted.tool is person_tool(self.tools):
            values = {**self._route(wanted.tool, said), **values}
        return self._call(wanted.tool, {}, values, answer)

    def _talk(self, moment: Moment, said: Utterance, acts: list[Act]) -> Decision:
        agreed = agreement(said.plain) if len(said.words) <= 6 else None
        refused = agreed is False and re.search(r"\b(?:else|help you)\b", moment.question)
        if Act.GOODBYE in acts or Act.DONE in acts or refused:
            return self._goodbye()
        if telling := [act for act in acts if act not in (Act.GREETING, Act.THANKS)] or acts:
            return Decision(small_talk(telling[0], self.briefing, moment.question, self.tools))
        if agreed is not None:
            return Decision("Of course. What can I do for you?" if agreed else "All right. What can I do for you?")
        if is_question(said) and moment.misses == 0:
            return Decision(UNKNOWN[len(said.words) % len(UNKNOWN)])
        return self._missed(moment)

    # -- shared by both

    def _fill(self, tool: Tool, said: Utterance, asked: Parameter | None, moment: Moment) -> Filling:
        return Reading(said, tool, asked, moment.question, self._sentences).fill()

    def _call(self, tool: Tool, known: dict[str, object], values: dict[str, Value], answer: str) -> Decision:
        """The call, or, where the schema requires more than was said, the question for it."""
        required = tool.required()
        if not required:
            return Decision(answer, (Call(tool.name, values),))
        merged = {**known, **values}
        missing = next((each for each in required if each.name not in merged), None)
        if missing is None:
            return Decision(answer, (Call(tool.name, merged),))
        return Decision(f"{answer} {ask_for(missing)}".strip(), task=Task(tool, merged, missing, open=True))

    def _goodbye(self) -> Decision:
        if tool := goodbye_tool(self.tools):
            return Decision(calls=(Call(tool.name, {}),))
        return Decision(small_talk(Act.GOODBYE, self.briefing, "", self.tools))

    def _human(self, said: Utterance) -> Decision:
        tool = person_tool(self.tools)
        if tool is None:
            return Decision(small_talk(Act.HUMAN, self.briefing, "", self.tools))
        return self._call(tool, {}, self._route(tool, said), "")

    def _route(self, tool: Tool, said: Utterance) -> dict[str, Value]:
        """For each choice of a tool: the option named, else the one meant, else the one for anybody."""
        chosen: dict[str, Value] = {}
        for parameter in tool.parameters:
            named = find_choices(said, parameter.options)
            near = nearest_option(said, parameter.options, self._sentences)
            option = near or general_option(parameter)
            if named or option:
                chosen[parameter.name] = named[-1].value if named else option.value if option else ""
        return chosen

    def _missed(self, moment: Moment) -> Decision:
        if tool := lost_tool(self.tools):
            return Decision(calls=(Call(tool.name, {}),), task=moment.task)
        return Decision(not_understood(moment.misses, self.tools), task=moment.task)


def _score(move: Move) -> float:
    return 0.0 if isinstance(move, Act) else move.score


def _standing(moves: list[tuple[Utterance, Move]]) -> list[tuple[Utterance, Move]]:
    """The moves left when a later clause takes an earlier one back: "billing... wait, no, sales"."""
    back = re.compile(r"^(?:(?:oh|um|and|but) )*(?:no|wait|actually|sorry|scratch|i mean|i meant|never ?mind|forget)\b")
    for index in range(len(moves) - 1, 0, -1):
        part, move = moves[index]
        if isinstance(move, Wanted) and back.match(part.plain):
            return moves[index:]
    return moves
