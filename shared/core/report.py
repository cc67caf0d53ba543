"""What a call came to, from its event log: the part of the record that business systems read (A1).

Built from facts alone, so it says nothing that did not happen: what the caller wanted, what was collected and done,
how it ended, how it felt, and how well we did. The transcript itself stays in the log.
"""

from collections.abc import Iterable, Mapping
from statistics import median

from shared.core import languages
from shared.core.events import JsonValue
from shared.core.words import words_of

type Line = tuple[str, Mapping[str, JsonValue]]
"""One line of the event log: its kind and its data."""


def report(lines: Iterable[Line]) -> dict[str, JsonValue]:
    """The report of a call, as JSON values. Lines of kinds it does not know are left out."""
    kept = list(lines)
    intents = list(dict.fromkeys(str(data.get("intent")) for data in _of(kept, "intent")))
    actions = [dict(data) for data in _of(kept, "tool")]
    outcome = next((str(data.get("outcome")) for data in reversed(_of(kept, "outcome"))), None)
    spoken = [data for data in _of(kept, "turn_timing") if not data.get("by_keypad")]
    gaps = [gap for data in spoken if isinstance(gap := data.get("gap_ms"), int | float)]
    collected: dict[str, JsonValue] = {}
    for action in actions:
        arguments = action.get("arguments")
        collected |= arguments if isinstance(arguments, dict) else {}
    unsaid = {data.get("turn") for kind in ("cut_off", "misheard") for data in _of(kept, kind)}
    said = [data for data in _of(kept, "caller") if data.get("turn") not in unsaid]
    sentiment = _sentiment([str(data.get("text", "")) for data in said])
    result: dict[str, JsonValue] = {
        "intents": intents,
        "collected": collected,
        "actions": actions,
        "outcome": outcome,
        "sentiment": sentiment,
        "turns": len(said),
        "interruptions": sum(bool(data.get("interrupted")) for data in _of(kept, "agent")),
        "not_understood": len(_of(kept, "not_understood")),
        "faults": len(_of(kept, "fault")),
        "heard_gap_ms": {"median": round(median(gaps)), "longest": max(gaps)} if gaps else None,
    }
    return result | {"summary": _summary(intents, actions, outcome, sentiment)}


def _of(lines: list[Line], kind: str) -> list[Mapping[str, JsonValue]]:
    return [data for found, data in lines if found == kind]


def _sentiment(texts: list[str]) -> str:
    """positive, neutral or negative, by the words the caller chose, in whichever language."""
    pleased = frozenset[str]().union(*(language.pleased for language in languages.every()))
    upset = frozenset[str]().union(*(language.upset for language in languages.every()))
    words = [word for text in texts for word in words_of(text)]
    score = sum(word in pleased for word in words) - 2 * sum(word in upset for word in words)
    return "neutral" if score == 0 else "positive" if score > 0 else "negative"


def _summary(intents: list[str], actions: list[dict[str, JsonValue]], outcome: str | None, sentiment: str) -> str:
    wanted = ", ".join(_plain(intent) for intent in intents) or "nothing in particular"
    parts = [f"The caller wanted: {wanted}."]
    for action in actions:
        result, arguments = action.get("result"), action.get("arguments")
        refused = result.get("problem") if isinstance(result, Mapping) else None
        details = ", ".join(f"{key} {value}" for key, value in arguments.items()) if isinstance(arguments, dict) else ""
        done = f"not done ({refused})" if refused else "done"
        parts.append(f"{_plain(str(action.get('name')))}: {done}{f', {details}' if details else ''}.")
    parts.append(f"It ended: {_plain(outcome)}." if outcome else "The caller left.")
    if sentiment == "negative":
        parts.append("The caller sounded upset.")
    return " ".join(parts).replace("  ", " ")


def _plain(name: str) -> str:
    return name.replace("_", " ").replace(":", ": ").replace("-", " ")
