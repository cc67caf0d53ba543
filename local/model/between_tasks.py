"""What an utterance means while no task is under way: wants, questions, small talk, a second thought."""

import re

from local.model.acts import Act, act_of
from local.model.arguments.agreement import agreement
from local.model.in_task import SURELY_WANTED
from local.model.intents import Known, Wanted
from local.model.moment import Decision, Moment
from local.model.replies import Replies
from local.model.topic import is_question, is_request
from local.model.words import Utterance, clauses, utterance

type Move = Wanted | Known | Act

_QUESTION_BONUS = 0.06
_CHANGE = re.compile(
    r"^(?:(?:oh|no|wait|sorry|and|yes|yeah|but|okay|hang on|hold on) )*"
    r"(?:actually|make (?:it|that)|let's make|(?:can|could) (?:we|you|i) (?:make|change|move)|change"
    r"|i mean|i meant|i said|not )"
)
_TAKING_BACK = re.compile(
    r"^(?:(?:oh|and|but) )*(?:no|wait|actually|sorry|scratch|i mean|i meant|never ?mind|forget)\b"
)


def decide_between_tasks(replies: Replies, moment: Moment, said: Utterance) -> Decision:
    """What to say or call in answer to `said`."""
    if changed := _second_thought(replies, moment, said):
        return changed
    moves = _moves(replies, said)
    wanted = [(part, move) for part, move in moves if isinstance(move, Wanted)]
    asked = [(part, move) for part, move in moves if isinstance(move, Known)]
    acts = [move for _, move in moves if isinstance(move, Act)]
    if Act.HUMAN in acts and not wanted:
        return replies.human(said)
    answer = replies.answer(asked)
    if wanted:
        questions = [part.text for part, _ in asked]
        rest = utterance(" ".join(part.text for part in clauses(said) if part.text not in questions)) if asked else said
        return _begin(replies, moment, wanted, rest, answer)
    return Decision(answer) if answer else _talk(replies, moment, said, acts)


def _second_thought(replies: Replies, moment: Moment, said: Utterance) -> Decision | None:
    """A correction to the task just finished: "actually make it wednesday"."""
    if moment.task is None or not _CHANGE.match(said.plain):
        return None
    values = replies.fill(moment.task.tool, said, None, moment).values
    wanted = replies.wanted(said)
    other = wanted and wanted[0].tool.name != moment.task.tool.name and wanted[0].score >= SURELY_WANTED
    return replies.call(moment.task.tool, moment.task.known, values, "") if values and not other else None


def _moves(replies: Replies, said: Utterance) -> list[tuple[Utterance, Move]]:
    """What each clause does, or the whole utterance where clauses alone say less."""
    parts = clauses(said)
    moves = [(part, move) for part in parts if (move := _move(replies, part))]
    telling = [move for _, move in moves if not isinstance(move, Act)]
    if len(parts) > 1 and len(telling) < 2:
        whole = _move(replies, said)
        if whole and not isinstance(whole, Act) and all(_score(whole) >= _score(move) for move in telling):
            return [(said, whole)]
    return _standing(moves)


def _move(replies: Replies, said: Utterance) -> Move | None:
    wanted = replies.want(said)
    act = act_of(said)
    if act and not (act is Act.DROP and wanted):  # there is nothing to give up: "cancel it" means what a tool does
        return act
    known = replies.fact(said)
    bonus = _QUESTION_BONUS if is_question(said) and not is_request(said) else -_QUESTION_BONUS
    if known and (wanted is None or known.score + bonus > wanted.score):
        return known
    return wanted


def _score(move: Move) -> float:
    return 0.0 if isinstance(move, Act) else move.score


def _standing(moves: list[tuple[Utterance, Move]]) -> list[tuple[Utterance, Move]]:
    """The moves left when a later clause takes the earlier ones back: "billing... wait, no, sales"."""
    for index in range(len(moves) - 1, 0, -1):
        part, move = moves[index]
        instead = isinstance(move, Wanted) or move is Act.HUMAN
        if move is Act.DROP or (instead and _TAKING_BACK.match(part.plain)):
            return moves[index:]
    return moves


def _begin(
    replies: Replies, moment: Moment, wanted: list[tuple[Utterance, Wanted]], said: Utterance, answer: str
) -> Decision:
    """One tool with the whole utterance, or several, each with its clause."""
    if len({want.tool.name for _, want in wanted}) == 1:
        return replies.begin(max((want for _, want in wanted), key=_score), said, moment, answer)
    begun = [replies.begin(want, part, moment, "") for part, want in wanted]
    asking = next((decision for decision in begun if not decision.calls), Decision())
    calls = tuple(call for decision in begun for call in decision.calls)
    return Decision(f"{answer} {asking.text}".strip(), calls, asking.task)


def _talk(replies: Replies, moment: Moment, said: Utterance, acts: list[Act]) -> Decision:
    agreed = agreement(said.plain) if len(said.words) <= 6 else None
    refused = agreed is False and re.search(r"\belse\b", moment.question)
    if Act.GOODBYE in acts or Act.DONE in acts or refused:
        return replies.goodbye()
    if acts:
        return replies.talk(min(acts, key=lambda act: act in (Act.GREETING, Act.THANKS)), moment)
    if agreed is not None:
        return Decision("Of course. What can I do for you?" if agreed else "All right. What can I do for you?")
    return replies.unknown(moment) if is_question(said) else replies.missed(moment)
