"""The sentences the model says. Every fact in them comes from the request; nothing else is asserted."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from local.model.acts import Act
from local.model.briefing import Briefing, Fact, sentences_of
from local.model.conversation import Result
from local.model.sentences import Sentences
from local.model.tools import Parameter, Tool
from local.model.words import Utterance, utterance

MISSED = (
    "I'm sorry, I didn't get that.",
    "Sorry, I still didn't understand that.",
    "I'm afraid I'm not following you.",
)
UNKNOWN = ("I'm sorry, I don't know that.", "I'm afraid I don't have that information.")
_SPOKEN_KEYS = ("say", "message", "answer", "text", "reply", "summary")
_QUIET_KEYS = frozenset(("status", "ok", "success", "id", "waiting_for", *_SPOKEN_KEYS))
_LONGEST_ANSWER = 45


def ask_for(parameter: Parameter) -> str:
    """The question for one argument, from its description."""
    words = described(parameter)
    choices = [option.words for option in parameter.options]
    listed = f" You can choose {_listed(choices, 'or')}." if 0 < len(choices) <= 6 else ""
    return f"Could you tell me {words}?{listed}"


def described(parameter: Parameter) -> str:
    """An argument as it is called in a sentence to the user."""
    description = re.split(r"[.;(\n]|, (?:in|as|e\.g|for example|such as)\b", parameter.description)[0].strip()
    words = _to_you(description) or parameter.name.replace("_", " ").replace("-", " ").strip() or "more"
    words = words[0].lower() + words[1:]
    begun = re.match(r"(?:the|a|an|your|what|which|when|where|who|how|whether|if|any)\b", words)
    return words if begun else f"the {words}"


def _to_you(text: str) -> str:
    text = re.sub(r"\b(?:the )?(?:user|caller|customer|guest|patient)'s\b", "your", text, flags=re.IGNORECASE)
    wants = r"\bthe (?:user|caller|customer|guest|patient) (wants|needs|likes|has|is|was)\b"
    text = re.sub(wants, lambda match: "you " + _YOURS[match[1]], text)
    return re.sub(r"\bthe (?:user|caller|customer|guest|patient)\b", "you", text, flags=re.IGNORECASE)


_YOURS = {"wants": "want", "needs": "need", "likes": "like", "has": "have", "is": "are", "was": "were"}


def not_understood(misses: int, tools: Sequence[Tool]) -> str:
    """An apology that changes as it repeats; from the second on it says what can be done."""
    apology = MISSED[misses % len(MISSED)]
    return f"{apology} {abilities(tools)}".strip() if misses else f"{apology} Could you say it another way?"


def abilities(tools: Sequence[Tool]) -> str:
    """What the tools allow, in their own words: "I can book an appointment, or transfer the call."."""
    purposes = [purpose for tool in tools[:5] if (purpose := _short(tool.purpose))]
    return f"I can {_listed(purposes, 'or')}." if purposes else ""


def _short(purpose: str) -> str:
    """The first sentence of a purpose when it reads as an order ("Book an appointment."), else nothing."""
    first = re.split(r"[.;:\n(]", purpose)[0].strip()
    if (
        not first
        or len(first.split()) > 12
        or re.match(r"(?:the|a|an|this|when|if|use|call|caller)\b", first, re.IGNORECASE)
    ):
        return ""
    words = _to_you(first)
    return words[0].lower() + words[1:]


def _listed(items: Sequence[str], joint: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}"


def answer_from(fact: Fact, said: Utterance, sentences: Sentences) -> str:
    """A fact in its own words: all of a short one, of a long one the sentence nearest the question and the next."""
    parts = sentences_of(fact.text)
    if len(fact.text.split()) <= _LONGEST_ANSWER or len(parts) < 2:
        return fact.text
    near = sentences.nearness(said.plain, [utterance(part).plain for part in parts])
    best = near.index(max(near))
    return " ".join(parts[best : best + 2])


def small_talk(act: Act, briefing: Briefing, question: str, tools: Sequence[Tool]) -> str:
    """The answer to an act that needs no tool."""
    match act:
        case Act.GREETING:
            return "Hello. How can I help you?"
        case Act.HOW_ARE_YOU:
            return "I'm doing well, thank you. How can I help you?"
        case Act.THANKS:
            return "You're welcome. Is there anything else?"
        case Act.GOODBYE | Act.DONE:
            return "Thank you. Goodbye."
        case Act.WAIT:
            return "Of course, take your time."
        case Act.HEARD:
            return f"Yes, I can hear you. {question}".strip()
        case Act.REPEAT:
            return question or "I hadn't said anything yet. How can I help you?"
        case Act.WHO:
            return (f"I'm {_to_you(briefing.persona)}. " if briefing.persona else "") + "I'm an automated assistant."
        case Act.ABLE:
            return (
                abilities(tools) + " What would you like?"
                if abilities(tools)
                else "I can answer questions. What would you like to know?"
            )
        case Act.NOW:
            return f"It is {briefing.now}." if briefing.now else UNKNOWN[0]
        case Act.HUMAN:
            return "I'm sorry, I can't connect you to a person."
        case Act.DROP:
            return "All right, we'll leave that. What else can I do for you?"


def tell_result(result: Result, tool: Tool | None) -> str:
    """What a tool answered, in its own words; a question or a read-back where it asks for one."""
    fields = result.fields
    for key in _SPOKEN_KEYS:
        if isinstance(fields.get(key), str) and fields[key].strip():
            return str(fields[key]).strip()
    waiting = fields.get("waiting_for")
    if tool and isinstance(waiting, str) and (parameter := tool.parameter(waiting)):
        return ask_for(parameter)
    error = fields.get("error") or fields.get("reason")
    if error:
        words = error.get("message") if isinstance(error, dict) else error
        return f"I'm sorry, that didn't work: {_value(words)}."
    if not fields:
        return _sentence(_value(result.value)) if result.value not in (None, "", [], {}) else "That came back empty."
    told = [
        f"{_key(key)}: {_value(value)}"
        for key, value in fields.items()
        if key not in _QUIET_KEYS and value not in (None, "", [], {})
    ]
    if told:
        return _sentence(", ".join(told))
    return _sentence(f"The answer was {_value(fields['status'])}") if fields.get("status") else "That is done."


def _key(key: str) -> str:
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", key).strip().lower()
    return spelled or key


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{_key(str(key))} {_value(each)}" for key, each in value.items())
    if isinstance(value, list):
        return _listed([_value(each) for each in value], "and") if value else "none"
    return str(value).strip().rstrip(".")


def _sentence(text: str) -> str:
    return (text[:1].upper() + text[1:]).rstrip(".") + "."


def is_apology(text: str) -> bool:
    """Whether the model itself said, with this text, that it did not understand."""
    return text.startswith(MISSED)
