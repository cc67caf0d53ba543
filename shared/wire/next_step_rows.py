"""What follows a stream, as it stands in the row of its call."""

from collections.abc import Mapping
from typing import Any, Final, assert_never

from shared.core.events import JsonValue
from shared.core.next_step import Apologise, HandOver, HangUp, NextStep, TakeMessage, TakePayment, TurnByTurn

TURN_BY_TURN: Final = "turn-by-turn"
"""The kind of a call that goes on."""


def step_row(step: NextStep) -> Mapping[str, JsonValue]:
    """As a map of DynamoDB's."""
    match step:
        case HangUp():
            return {"kind": "hang-up"}
        case TakeMessage(say=say, reason=reason):
            return {"kind": "take-message", "say": say, "reason": reason}
        case Apologise(say=say, reason=reason):
            return {"kind": "apologise", "say": say, "reason": reason}
        case TurnByTurn(reason=reason):
            return {"kind": TURN_BY_TURN, "reason": reason}
        case HandOver(route=route, reason=reason, answered=answered, person=person):
            taken = {"person": person} if person else {}
            return {"kind": "hand-over", "route": route, "reason": reason, "answered": answered, **taken}
        case TakePayment(task, amount, currency, description, by_link):
            return {
                "kind": "take-payment",
                "task": task,
                "amount": amount,
                "currency": currency,
                "description": description,
                "by_link": by_link,
            }
    assert_never(step)


def step_of(row: Mapping[str, Any]) -> NextStep:
    """What `step_row` wrote."""
    match row["kind"]:
        case "hand-over":
            return HandOver(row["route"], row["reason"], row["answered"], row.get("person", ""))
        case "take-payment":
            return TakePayment(row["task"], row["amount"], row["currency"], row["description"], row["by_link"])
        case "take-message":
            return TakeMessage(row["say"], row["reason"])
        case "apologise":
            return Apologise(row["say"], row["reason"])
        case "turn-by-turn":
            return TurnByTurn(row["reason"])
    return HangUp()
