"""What an utterance means while a task is under way: an answer, a correction, an aside, another want, giving up."""

import re
from collections.abc import Mapping
from dataclasses import replace

from local.model.acts import Act, act_of
from local.model.arguments.agreement import agreement
from local.model.arguments.reading import Filling, Value, is_consent
from local.model.briefing import sentences_of
from local.model.conversation import Call
from local.model.intents import Known, Wanted
from local.model.moment import Decision, Moment
from local.model.phrasing import described
from local.model.replies import Replies
from local.model.task import Task
from local.model.tools import Kind, Parameter
from local.model.topic import is_question, is_request
from local.model.words import Utterance, clauses, content_stems, stem, utterance

WANTED_INSTEAD = 0.46
"""What another tool must score to interrupt a task."""
SURELY_WANTED = 0.68
"""What another tool must score to interrupt a task although the words also fill the argument asked for."""
_AHEAD_OF_TASK = 0.05
_IN_PASSING = frozenset(
    (Act.GOODBYE, Act.HUMAN, Act.WAIT, Act.REPEAT, Act.WHO, Act.HEARD, Act.NOW, Act.HOW_ARE_YOU, Act.DROP, Act.ABLE)
)
_IN_FREE_TEXT = frozenset((Act.GOODBYE, Act.HUMAN, Act.WAIT, Act.REPEAT))
_COURTESIES = frozenset((Act.THANKS, Act.GREETING, Act.WAIT))
_LEAVE = re.compile(r"\b(?:cancel|abandon|drop|giv\w+ up|stop)", re.IGNORECASE)


def decide_in_task(replies: Replies, moment: Moment, task: Task, said: Utterance) -> Decision:
    """What to say or call in answer to `said`."""
    act = act_of(said)
    agreed = task.asked is not None and task.asked.kind is Kind.YES_NO and agreement(said.plain)
    if act and not agreed and act in (_IN_FREE_TEXT if _takes_any_text(task) else _IN_PASSING):
        return _act(replies, act, moment, task, said)
    asides, rest = _asides(replies, moment, task, said)
    answer = replies.answer(asides)
    if rest is None:
        return Decision(answer, task=task)
    filling = replies.fill(task.tool, rest, task.asked, moment)
    if other := _other_want(replies, task, rest, filling):
        return replies.begin(other, rest, moment, answer)
    if changes := _changes(task, filling):
        return replies.call(task.tool, task.known, changes, answer)
    return Decision(answer, task=task) if answer else _unfilled(replies, moment, task, said, act)


def _takes_any_text(task: Task) -> bool:
    return task.asked is not None and task.asked.kind is Kind.TEXT


def _act(replies: Replies, act: Act, moment: Moment, task: Task, said: Utterance) -> Decision:
    """A move apart from the task; a tool without required arguments asks its open question again by itself."""
    if act is Act.GOODBYE:
        return replies.goodbye()
    if act is Act.HUMAN:
        return replies.human(said)
    if act is Act.DROP:
        return _drop(replies, moment, task)
    if task.tool.required():
        return replies.talk(act, moment, task)
    said_before = " ".join(sentence for sentence in sentences_of(moment.question) if not sentence.endswith("?"))
    if act is Act.REPEAT and not said_before:
        return Decision("Of course.", task=task)
    return replies.talk(act, replace(moment, question=said_before), task)


def _drop(replies: Replies, moment: Moment, task: Task) -> Decision:
    """The caller gives the task up: the tool is told where it has a way to hear it."""
    for parameter in task.tool.parameters:
        if parameter.kind is Kind.YES_NO and _LEAVE.search(f"{parameter.name} {parameter.description}"):
            return Decision(calls=(Call(task.tool.name, {parameter.name: True}),))
    if task.asked and is_consent(task.asked):
        return Decision(calls=(Call(task.tool.name, {task.asked.name: False}),))
    return replies.talk(Act.DROP, moment)


def _asides(
    replies: Replies, moment: Moment, task: Task, said: Utterance
) -> tuple[list[tuple[Utterance, Known]], Utterance | None]:
    """Questions the briefing answers, and what is left of the utterance without them."""
    asides, rest = [], []
    for part in [said] if _takes_any_text(task) else clauses(said):
        known = replies.fact(part) if is_question(part) else None
        if known and not _answers(replies, moment, task, part) and not _outdone(replies, part, known):
            asides.append((part, known))
        elif act_of(part) not in _COURTESIES:
            rest.append(part.text)
    if not asides:
        return [], said
    return asides, utterance(" ".join(rest)) if rest else None


def _answers(replies: Replies, moment: Moment, task: Task, said: Utterance) -> bool:
    """Whether a question is an answer put politely: "could we do friday"."""
    return is_request(said) and bool(replies.fill(task.tool, said, task.asked, moment).values)


def _outdone(replies: Replies, said: Utterance, known: Known) -> bool:
    """Whether a tool is wanted more plainly than a fact is asked about."""
    wanted = replies.wanted(said)
    return bool(wanted) and wanted[0].score > max(known.score + _AHEAD_OF_TASK, SURELY_WANTED)


def _other_want(replies: Replies, task: Task, said: Utterance, filling: Filling) -> Wanted | None:
    """Another tool, when it is plainly wanted and the words are not an answer."""
    others = [tool for tool in replies.tools if tool.name != task.tool.name]
    wanted = replies.wanted(said, others) if others else []
    yes_or_no = task.asked is not None and task.asked.kind is Kind.YES_NO and agreement(said.plain) is not None
    if not wanted or len(said.words) < 3 or yes_or_no:
        return None
    free_text = _takes_any_text(task)
    if filling.values and filling.coverage(said) > 0.6 and not free_text:
        return None
    own = max((each.score for each in replies.wanted(said, [task.tool])), default=0.0)
    enough = SURELY_WANTED if filling.values or free_text else WANTED_INSTEAD
    return wanted[0] if wanted[0].score >= max(enough, own + _AHEAD_OF_TASK) else None


def _changes(task: Task, filling: Filling) -> Mapping[str, Value]:
    """What is new in a filling, else what it repeats; consent counts only when nothing else changed."""
    found = filling.values
    new = {name: value for name, value in found.items() if str(task.known.get(name)).lower() != str(value).lower()}
    if task.asked is None or task.asked.name not in found:
        return new or found
    answer = {task.asked.name: found[task.asked.name]}
    if is_consent(task.asked):
        return {name: value for name, value in new.items() if name not in answer} or answer
    return new | answer


def _unfilled(replies: Replies, moment: Moment, task: Task, said: Utterance, act: Act | None) -> Decision:
    if any(is_question(part) for part in clauses(said)):
        return replies.unknown(moment, task)
    if act and act is not Act.DONE:
        return replies.talk(act, moment, task)
    if task.asked and is_consent(task.asked) and (named := _named(task, said)):
        return Decision(f"What should {described(named)} be?", task=task)
    if agreement(said.plain) is False:
        return Decision("All right. What would you like instead?", task=task)
    return replies.missed(moment)


def _named(task: Task, said: Utterance) -> Parameter | None:
    """The parameter the caller names without a value: "the time is wrong"."""
    stems = content_stems(said.texts())
    return next((each for each in task.tool.parameters if stems & {stem(word) for word in each.name.split("_")}), None)
