"""Which call something is done for: vendors are told, under their own names for it, so that a call is found there."""

from contextvars import ContextVar
from typing import Final

CALL_SID: Final[ContextVar[str]] = ContextVar("CALL_SID", default="")
"""Set where a call's work begins, inherited by its tasks; empty where something is done for no call."""
