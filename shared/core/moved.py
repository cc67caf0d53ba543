"""What a call takes with it when it moves from one stream to another, or to and from talking turn by turn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from shared.core.events import JsonValue
from shared.core.lines import Line

_KEY = "moved"


@dataclass(frozen=True, slots=True)
class Moved:
    unsaid: tuple[Line, ...] = ()
    """What the agent was saying, from the first segment not heard to its end."""
    heard: str = ""
    """What the caller has said that was not answered yet."""

    def into(self, progress: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """The progress of the call with this in it."""
        return {**progress, _KEY: {"unsaid": [asdict(line) for line in self.unsaid], "heard": self.heard}}

    @classmethod
    def read(cls, progress: Mapping[str, JsonValue]) -> Self | None:
        """None if the call was not moved but lost."""
        kept = progress.get(_KEY)
        if not isinstance(kept, Mapping):
            return None
        unsaid, heard = kept.get("unsaid"), kept.get("heard")
        lines = tuple(map(_line, unsaid)) if isinstance(unsaid, list) else ()
        return cls(lines, heard if isinstance(heard, str) else "")


def _line(kept: object) -> Line:
    if not isinstance(kept, Mapping):
        return Line(str(kept))
    return Line(str(kept.get("text", "")), kept.get("fixed") is True, kept.get("protected") is True)
