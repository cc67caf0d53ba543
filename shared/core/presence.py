"""Whether a person at a desk takes calls."""

from enum import StrEnum


class Presence(StrEnum):
    """What a person says of themselves. Whether they are there, and in a call, is known apart."""

    FREE = "free"
    AWAY = "away"
    AFTER_CALL = "after-call"
    """Still busy with what the last call left to do."""
