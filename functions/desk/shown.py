"""What the page is told, as JSON values: in answers and in news, under the same names."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.adapters.dynamodb_desk.calls import CallLine
from shared.adapters.dynamodb_desk.follow_ups import FollowUp
from shared.adapters.dynamodb_desk.people import AtDesk
from shared.core.agent import Agent, Slot
from shared.core.tasks import SECRETS
from shared.ports import CallRecord, LogEntry

HIDDEN = frozenset({"stream-status", "model_usage", "published", "assist"})
"""Kinds of lines that say nothing to a person."""


def person(at_desk: AtDesk) -> Mapping[str, Any]:
    someone = at_desk.person
    return {
        "id": someone.id,
        "name": someone.name,
        "teams": someone.teams,
        "presence": at_desk.presence,
        "there": at_desk.there,
        "since": at_desk.since,
        "call_sid": at_desk.call_sid,
    }


def call(line: CallLine) -> Mapping[str, Any]:
    return {name: value for name, value in asdict(line).items() if name != "expires_at"}


def follow_up(what: FollowUp) -> Mapping[str, Any]:
    return asdict(what)


def record(state: CallRecord) -> Mapping[str, Any]:
    """As `call` shows a line of a list."""
    return {
        "sid": state.call_sid,
        "caller": state.caller,
        "called": state.called,
        "agent": state.agent,
        "status": state.status,
        "at": state.created_at.isoformat(),
        "language": state.language,
        "ended_at": state.ended_at and state.ended_at.isoformat(),
        "outcome": state.outcome,
        "summary": (state.report or {}).get("summary"),
    }


def line(entry: LogEntry) -> Mapping[str, Any]:
    return {**asdict(entry), "at": entry.at.isoformat()}


def under_way(task: Any) -> Any:
    """The task of a call's progress, and those after it, without what is not for people."""
    if not isinstance(task, Mapping) or not {"task", "route"} & task.keys():
        return None  # nothing is, though something may come later
    kept = {name: value for name, value in task.items() if name != SECRETS}
    return kept | ({"later": [under_way(one) for one in task["later"]]} if "later" in task else {})


def form(agent: Agent) -> Mapping[str, Any]:
    """The tasks of an agent, each with what it asks for."""
    tasks = [
        {"name": task.name, "run": task.run, "slots": [_slot(slot) for slot in task.slots if not slot.secret]}
        for task in agent.tasks
    ]
    return {"business": agent.business, "tasks": tasks}


def _slot(slot: Slot) -> Mapping[str, Any]:
    return {"name": slot.name, "kind": slot.kind, "about": slot.description, "choices": list(slot.choices)}
