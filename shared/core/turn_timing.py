"""How long the caller waited for an answer, and for what: one line of the record per answered turn.

All in ms. The heard gap runs from the caller's last voiced sound to the first sound of the answer on the wire;
fillers are not answers and are not counted.
"""

from dataclasses import dataclass

from shared.core.events import JsonValue


@dataclass(slots=True)
class TurnTiming:
    """Moments of one turn, in ms since the stream began; None until they happen.

    What was prepared before the turn was taken has cost the caller no time.
    """

    voice_ended: int
    taken: int
    """The turn was over, and its words known."""
    understood: int | None = None
    """The model's first text or tool; None when no model was needed."""
    spoken: int | None = None
    """Synthesis of the first segment was asked for."""
    tool: int = 0
    """Spent in tools before that."""
    by_keypad: bool = False
    """The turn was typed: it begins with the last key, so that there is no end of speech to wait for."""

    def summary(self, turn: int, heard_at: int) -> dict[str, JsonValue]:
        """The split of the heard gap, whose parts add up to it."""
        understood = max(self.taken, self.understood or 0)
        spoken = max(understood + self.tool, self.spoken or 0)
        return {
            "turn": turn,
            "gap_ms": heard_at - self.voice_ended,
            "end_of_turn_ms": self.taken - self.voice_ended,
            "model_ms": understood - self.taken,
            "tool_ms": self.tool,
            "text_ms": spoken - understood - self.tool,
            "synthesis_ms": heard_at - spoken,
            **({"by_keypad": True} if self.by_keypad else {}),
        }
