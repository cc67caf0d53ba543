"""What the language model is told: who it is, what it knows, where the conversation stands, and what it may name.

The model only understands and names things. It fills slots in the caller's own words; which values count, what is read
back, whom a route reaches and what a tool does is decided here and by configuration.
"""

from collections.abc import Mapping
from datetime import datetime

from shared.core.actions import Message, ToolSpec
from shared.core.agent import Agent, Route, Slot, SlotKind, Task
from shared.core.answering import Claim
from shared.core.events import JsonValue
from shared.core.tasks import CANCELLED, CHECKED, CONFIRMATION, Progress

TRANSFER, END_CALL, NOT_UNDERSTOOD = "transfer", "end_call", "not_understood"
CHANGE_LANGUAGE = "change_language"
STOP_CALLING = "stop_calling"
CLAIMS = {"it_is_them": Claim.IT_IS_ME, "they_are_not_there": Claim.NOT_THERE, "wrong_number": Claim.WRONG_NUMBER}
"""What somebody may say of who they are, by the tool that the model names for it."""

_RULES = """\
You hear the caller through speech recognition, so words may be missing or wrong; your words are spoken aloud.
- Answer in one or two short sentences of plain speech: no lists, no symbols, no emoji.
- Say only what stands under "What you know" or in this conversation. If it is not there, say that you do not know.
- When the caller wants one of the jobs you have a tool for, call that tool with whatever they said so far, in their own
  words, and write nothing. The tool asks for the rest and reads the details back. Corrections call it again.
- Never say that something is booked, changed or passed on: only a tool can do it, and it says so itself.
- If you cannot tell what the caller wants or said, call `not_understood`."""

_ASSIST_RULES = """\
You read what is recognised of their conversation, so words may be missing or wrong. The assistant's messages are the
person's; the caller does not hear you.
- Write what the person could say next: one or two short sentences of plain speech, no lists, no symbols.
- Say only what stands under "What you know" or in this conversation. If it is not there, suggest nothing.
- When the caller says something that belongs to one of the jobs you have a tool for, call that tool with it, in the
  caller's own words. It fills a form that the person sees; nothing is booked or changed by it.
- If nothing is to be suggested, call `not_understood`."""

_FORMATS = {
    SlotKind.DATE: "date",
    SlotKind.TIME: "time",
    SlotKind.NAME: "person-name",
    SlotKind.PHONE: "phone",
    SlotKind.DIGITS: "digits",
    SlotKind.NUMBER: "number",
    SlotKind.EMAIL: "email",
    SlotKind.YES_NO: "yes-no",
    SlotKind.TEXT: "text",
}


_STRANGER = """\
You have called {person}, and do not know yet whom you hear; you hear them through speech recognition.
- Name the tool that says who they are, and write nothing.
- If they only ask something, answer in one short sentence of plain speech. What it is about you may only tell {person}:
  say so.
- If you cannot tell what they said, call `not_understood`."""


def system_message(
    agent: Agent, now: datetime, progress: Progress | None, about: Mapping[str, str] | None = None
) -> Message:
    """The system message of one request; its beginning is the same all call long, so that vendors can cache it.

    `about` is what a call that the agent makes is about.
    """
    facts = "\n".join(f"- {fact.about}: {fact.answer}" for fact in agent.facts) or "- Nothing in particular."
    rules = f"{_RULES}\n{agent.speaks.for_the_model}"
    parts = [
        f"You are {agent.name}, {agent.role} of {agent.business}, {_DOES[about is not None]}.\n{rules}",
        f"## What you know\n{facts}",
        *((f"## This call\n{_called_about(about)}",) if about else ()),
        f"## Now\n{now:%A} {now.day} {now:%B %Y}, {now:%H:%M}",
    ]
    if progress is not None and progress.waiting_for is not None:
        parts.append(f"## State\n{_state(progress)}")
    return {"role": "system", "content": "\n\n".join(parts)}


_DOES = ("answering the telephone", "on the telephone with somebody you have called")


def _called_about(about: Mapping[str, str]) -> str:
    return "\n".join(f"- {name.replace('_', ' ')}: {said}" for name, said in about.items())


def stranger_message(agent: Agent, person: str) -> Message:
    """The system message before it is known who picked up: it holds nothing that only `person` may hear."""
    rules = f"{_STRANGER.format(person=person or 'somebody')}\n{agent.speaks.for_the_model}"
    return {"role": "system", "content": f"You are {agent.name}, {agent.role} of {agent.business}.\n{rules}"}


def claim_specs() -> tuple[ToolSpec, ...]:
    """The tools of that time."""
    return (
        _tool("it_is_them", f"They are the person you asked for.{_examples(_IT_IS_ME)}", {}),
        _tool("they_are_not_there", f"Somebody else; the person is not there.{_examples(_NOT_THERE)}", {}),
        _tool("wrong_number", f"Nobody there knows the person.{_examples(_WRONG_NUMBER)}", {}),
        _stop_calling_tool(),
        _not_understood_tool(),
    )


_IT_IS_ME = ("Yes, that's me", "Speaking", "You've got her")
_NOT_THERE = ("She's at work", "He isn't home", "This is her husband", "Can I take a message?")
_WRONG_NUMBER = ("You have the wrong number", "There's nobody of that name here", "I don't know who that is")
_STOP = ("Stop calling me", "Take me off your list", "Never call this number again")


def _stop_calling_tool() -> ToolSpec:
    return _tool(STOP_CALLING, f"They do not want to be called by us again, ever.{_examples(_STOP)}", {})


def _not_understood_tool() -> ToolSpec:
    return _tool(NOT_UNDERSTOOD, "What the caller said could not be understood, or makes no sense here.", {})


def _state(progress: Progress) -> str:
    """What was just asked."""
    task = progress.task.name
    if progress.waiting_for == CHECKED:
        return f"You just read `{progress.checking}` of {task} back; you wait for the caller to agree to it."
    what = "the caller to agree to the details" if progress.waiting_for == CONFIRMATION else "it"
    return f"You just asked for `{progress.waiting_for}` of {task}; you wait for {what}."


def tool_specs(agent: Agent, *, outbound: bool = False) -> tuple[ToolSpec, ...]:
    """The tools: one per task, and the ways out; of a call that the agent makes, one more."""
    specs = [_task_tool(task) for task in agent.tasks]
    if agent.routes:
        specs.append(_transfer_tool(agent.routes))
    if agent.siblings:
        specs.append(_language_tool(agent))
    if outbound:
        specs.append(_stop_calling_tool())
    specs.append(_tool(END_CALL, "The caller says goodbye or wants nothing more.", {}))
    specs.append(_not_understood_tool())
    return tuple(specs)


def assist_message(agent: Agent, now: datetime) -> Message:
    """The system message of a request on behalf of a person who talks with a caller themselves."""
    facts = "\n".join(f"- {fact.about}: {fact.answer}" for fact in agent.facts) or "- Nothing in particular."
    parts = [
        f"You are the colleague who sits beside a person of {agent.business} on the telephone.\n{_ASSIST_RULES}"
        f"\n{agent.speaks.for_the_model}",
        f"## What you know\n{facts}",
        f"## Now\n{now:%A} {now.day} {now:%B %Y}, {now:%H:%M}",
    ]
    return {"role": "system", "content": "\n\n".join(parts)}


def assist_tools(agent: Agent) -> tuple[ToolSpec, ...]:
    """The jobs whose form is filled, and the way to suggest nothing."""
    nothing = "What the caller said needs no reply, or cannot be understood."
    return (*(_task_tool(task) for task in agent.tasks), _tool(NOT_UNDERSTOOD, nothing, {}))


def _task_tool(task: Task) -> ToolSpec:
    properties: dict[str, JsonValue] = {slot.name: _parameter(slot) for slot in task.slots}
    if task.confirm is not None or task.pay is not None:
        agreed = "whether the caller agreed to the details just read back"
        properties[CONFIRMATION] = {"type": "boolean", "description": agreed}
    properties[CANCELLED] = {"type": "boolean", "description": "true if the caller gives up or cancels this"}
    return _tool(task.name, f"{task.purpose}.{_examples(task.callers_say)}", properties)


def _transfer_tool(routes: tuple[Route, ...]) -> ToolSpec:
    described = "\n".join(f"{route.name}: {route.purpose}.{_examples(route.callers_say)}" for route in routes)
    to = {"type": "string", "enum": [route.name for route in routes], "description": described}
    return _tool(TRANSFER, "Hand the caller over to people.", {"to": to}, required=["to"])


def _language_tool(agent: Agent) -> ToolSpec:
    names = [sibling.speaks.name for sibling in agent.siblings]
    said = _examples(tuple(f"Can we talk in {name}" for name in names))
    to = {"type": "string", "enum": names, "description": "the language"}
    what = "The caller asks for another language, or does not understand this one; one who only mixes them does not."
    return _tool(CHANGE_LANGUAGE, f"{what}{said}", {"to": to}, required=["to"])


def _parameter(slot: Slot) -> dict[str, JsonValue]:
    described = slot.description or slot.name.replace("_", " ")
    if slot.kind is SlotKind.CHOICE:
        lines = [f"{value}: {', '.join(others)}" for value, others in slot.choices.items() if others]
        return {"type": "string", "enum": list(slot.choices), "description": "\n".join([described, *lines])}
    return {"type": "string", "format": _FORMATS[slot.kind], "description": f"{described}, in the caller's own words"}


def _examples(callers_say: tuple[str, ...]) -> str:
    return f" Callers say things like: {'; '.join(f'"{text}"' for text in callers_say)}." if callers_say else ""


def _tool(name: str, description: str, properties: dict[str, JsonValue], required: list[str] | None = None) -> ToolSpec:
    parameters = {"type": "object", "properties": properties, "required": required or []}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}
