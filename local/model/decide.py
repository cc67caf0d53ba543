"""What to do with one utterance at one moment of a conversation."""

from local.model.between_tasks import decide_between_tasks
from local.model.conversation import Call
from local.model.in_task import decide_in_task
from local.model.moment import Decision, Moment
from local.model.replies import Replies
from local.model.words import Utterance


def decide(replies: Replies, moment: Moment, said: Utterance) -> Decision:
    """What to say or call in answer to `said`."""
    if not said.words:
        return replies.missed(moment)
    if moment.task and moment.task.open:
        return decide_in_task(replies, moment, moment.task, said)
    return decide_between_tasks(replies, moment, said)


def must_call(replies: Replies, moment: Moment, said: Utterance, name: str) -> Decision:
    """A call even where none is plainly wanted: of the tool named, else of the likeliest; only with what was said."""
    task = moment.task if moment.task and moment.task.open else None
    named = next((tool for tool in replies.tools if tool.name == name), None)
    wanted = [each.tool for each in replies.wanted(said)]
    tool = named or (task.tool if task else None) or next(iter(wanted), replies.tools[0])
    task = task if task and task.tool is tool else None
    values = replies.fill(tool, said, task.asked if task else None, moment).values
    return Decision(calls=(Call(tool.name, {**(task.known if task else {}), **values}),))
