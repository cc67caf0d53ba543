"""What a person is told of a caller before they take over (X2): a whisper for the ear, headers for SIP, a page to read.

Made of the call's record and progress alone, so it says nothing that was not said or done.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from shared.core.agent import Agent, Route
from shared.core.events import JsonValue
from shared.core.lines import filled
from shared.core.report import Line, report
from shared.core.slots import say

WHISPER_CHARS = 180
"""Some 12 s of speech (65 ms a character), so that with the question after it nobody listens for over 15."""
HEADER_CHARS = 200
"""Of one SIP header; all together stay under 1,024 (twilio-protocol 3.4)."""
LAST_TURNS = 8
_SPEAK = ("caller", "agent", "person")


@dataclass(frozen=True, slots=True)
class Briefing:
    """What is known when the caller is handed over."""

    about: str
    """What the caller wants, in the agent's language."""
    summary: str
    intents: tuple[str, ...]
    sentiment: str
    caller: str
    """Their number."""
    slots: tuple[tuple[str, str], ...]
    """What was collected: each slot's name, and its value as it is said."""
    identity: str = ""
    """Who the caller has proved to be, or that they have not, in words; empty if nobody checked."""
    last_turns: tuple[tuple[str, str], ...] = ()
    """Who said what, in the end."""
    tried: tuple[str, ...] = ()
    """What tools have done, or could not."""

    @classmethod
    def of(
        cls, agent: Agent, route: Route, caller: str, lines: Iterable[Line], progress: Mapping[str, JsonValue]
    ) -> Self:
        """From the call's record, in order, and its progress."""
        kept = list(lines)
        found = report(kept)
        intents = _texts(found["intents"])
        wanted = [name for name in intents if name not in route.first]
        tasks = [task for name in wanted if (task := agent.task(name)) is not None]
        slots = _slots(agent, found["collected"], progress.get("task"))
        identity = next((str(data["identity"]) for kind, data in reversed(kept) if kind == "identity"), "")
        if identity:
            identity = filled(agent.phrases.verified, {"identity": identity}).text
        elif route.first:
            identity = agent.phrases.not_verified
        said = [(kind, str(data["text"])) for kind, data in kept if kind in _SPEAK and data.get("text")]
        return cls(
            about="; ".join(task.purpose for task in tasks) or route.purpose,
            summary=str(found["summary"]),
            intents=intents,
            sentiment=str(found["sentiment"]),
            caller=caller,
            slots=slots,
            identity=identity,
            last_turns=tuple(said[-LAST_TURNS:]),
            tried=tuple(_tried(data) for kind, data in kept if kind == "tool"),
        )

    def whisper(self, agent: Agent) -> str:
        """For the ear of whoever picks up: short, the most important first."""
        details = [self.identity, *(value for _, value in self.slots)]
        about = self.about
        for detail in dict.fromkeys(filter(None, details)):
            if len(about) + len(detail) + 2 > WHISPER_CHARS - len(agent.phrases.whisper) - len(agent.business):
                break
            about += f", {detail}"
        return filled(agent.phrases.whisper, {"business": agent.business, "about": about[:WHISPER_CHARS]}).text

    def sip_headers(self, call_sid: str) -> dict[str, str]:
        """A reference, what it is about, and how the caller feels. Who they are is not for the wire."""
        about = {
            "X-Switchboard-Call": call_sid,
            "X-Switchboard-About": self.about,
            "X-Switchboard-Mood": self.sentiment,
        }
        return {name: value.encode("ascii", "ignore").decode()[:HEADER_CHARS] for name, value in about.items()}

    def page(self) -> dict[str, JsonValue]:
        """As JSON values."""
        return asdict(self) | {
            "intents": list(self.intents),
            "slots": [{"name": name, "value": value} for name, value in self.slots],
            "last_turns": [{"who": who, "text": text} for who, text in self.last_turns],
            "tried": list(self.tried),
        }

    @classmethod
    def read(cls, page: Mapping[str, JsonValue]) -> Self:
        """What `page` wrote."""
        return cls(
            about=str(page.get("about", "")),
            summary=str(page.get("summary", "")),
            intents=_texts(page.get("intents")),
            sentiment=str(page.get("sentiment", "")),
            caller=str(page.get("caller", "")),
            slots=tuple((str(one["name"]), str(one["value"])) for one in _mappings(page.get("slots"))),
            identity=str(page.get("identity", "")),
            last_turns=tuple((str(one["who"]), str(one["text"])) for one in _mappings(page.get("last_turns"))),
            tried=_texts(page.get("tried")),
        )


def _slots(agent: Agent, collected: object, task: object) -> tuple[tuple[str, str], ...]:
    """Values of the tasks that were done, and then of the one under way, as they are said; no secrets."""
    found = {**_mapping(collected)}
    if isinstance(task, Mapping):
        found |= {**_mapping(task.get("proposed")), **_mapping(task.get("values"))}
    kinds = {slot.name: slot.kind for each in agent.tasks for slot in each.slots if not slot.secret}
    spoken = {name: say(kinds[name], str(value), agent.speaks) for name, value in found.items() if name in kinds}
    return tuple(spoken.items())


def _tried(tool: Mapping[str, JsonValue]) -> str:
    problem = _mapping(tool.get("result")).get("problem")
    return f"{tool.get('name')}: {problem or 'done'}"


def _mapping(value: object) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Sequence[Mapping[str, JsonValue]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
