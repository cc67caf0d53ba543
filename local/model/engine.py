"""The model: reads a conversation, decides what to say or call. Deterministic; asserts only what it was given."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from local.model.briefing import read_briefing
from local.model.conversation import Called, Conversation, Heard, Result, Said, Step, trailing_results
from local.model.decide import decide, must_call
from local.model.moment import Decision, Moment
from local.model.phrasing import is_apology, tell_result
from local.model.replies import Replies
from local.model.sentences import Sentences
from local.model.task import answered, called, consent_of, find_tool, stated
from local.model.tools import Tool
from local.model.words import utterance

_REPLAYED = 60


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`mode` is auto, none or required; `named` is the one tool to call, or empty."""

    mode: str
    named: str = ""


class Engine:
    """Holds the sentence model; `reply` may be called from any thread, one call at a time runs."""

    def __init__(self) -> None:
        self._sentences = Sentences()
        self._lock = threading.Lock()

    def reply(self, conversation: Conversation, tools: Sequence[Tool], choice: ToolChoice) -> Decision:
        """What to answer: text, tool calls, or both. Never raises for any conversation."""
        with self._lock:
            offered = () if choice.mode == "none" else tuple(tools)
            replies = Replies(offered, read_briefing(conversation.system), self._sentences)
            moment, last = _until_now(replies, conversation.steps[-_REPLAYED:])
            results = trailing_results(conversation.steps)
            if choice.named or (choice.mode == "required" and results):
                return must_call(replies, moment, utterance(last), choice.named)
            if results:
                return Decision(_spoken(results, moment, offered))
            decision = decide(replies, moment, utterance(last))
            if choice.mode == "required" and not decision.calls:
                return must_call(replies, moment, utterance(last), "")
            return decision


def _until_now(replies: Replies, steps: Sequence[Step]) -> tuple[Moment, str]:
    """The moment before the last thing the user said, and that thing."""
    moment, last = Moment(None, "", 0), ""
    own = any(tool.required() for tool in replies.tools)
    heard_at = max((index for index, step in enumerate(steps) if isinstance(step, Heard)), default=-1)
    for index, step in enumerate(steps):
        if isinstance(step, Heard):
            last = step.text
            if index == heard_at:
                moment = replace(moment, task=stated(moment.task, replies.briefing, replies.tools))
            elif own and isinstance(steps[index + 1], Said):
                task = decide(replies, moment, utterance(step.text)).task
                moment = replace(moment, task=task if moment.task is None or moment.task.open else task or moment.task)
        else:
            moment = _after(moment, step, replies.tools)
    return moment, last


def _after(moment: Moment, step: Called | Result | Said, tools: Sequence[Tool]) -> Moment:
    match step:
        case Said(text):
            return replace(moment, question=text, misses=moment.misses + 1 if is_apology(text) else 0)
        case Called(calls):
            return replace(moment, task=called(moment.task, calls, tools))
        case Result():
            return replace(moment, task=answered(moment.task, step))


def _spoken(results: Sequence[Result], moment: Moment, tools: Sequence[Tool]) -> str:
    told = []
    for result in results:
        tool = find_tool(tools, result.tool)
        asks_consent = tool and moment.task and moment.task.asked is consent_of(tool) and moment.task.asked
        if asks_consent and set(result.fields) <= {"status"}:
            told.append(_read_back(moment))
        else:
            told.append(tell_result(result, tool))
    return " ".join(dict.fromkeys(told))


def _read_back(moment: Moment) -> str:
    known = moment.task.known if moment.task else {}
    values = ", ".join(str(value) for value in known.values() if not isinstance(value, bool))
    return f"I have {values}. Is that right?" if values else "Is that right?"
