"""People in a rehearsal: their phones cannot be reached, so that a caller who wants them is back with the agent."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from shared.core.events import JsonValue
from shared.core.transfer import Transfer
from shared.ports import Person, Refused
from shared.ports.transfers import KeptTransfer, LegOrder


class Transfers:
    """In memory; a rehearsal has one thread."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], KeptTransfer] = {}

    def open_transfer(
        self, call_sid: str, number: int, transfer: Transfer, briefing: Mapping[str, JsonValue], at: datetime
    ) -> bool:
        new = KeptTransfer(transfer, dict(briefing), 1)
        return self._kept.setdefault((call_sid, number), new) is new

    def transfer(self, call_sid: str, number: int) -> KeptTransfer | None:
        return self._kept.get((call_sid, number))

    def save_transfer(self, call_sid: str, number: int, transfer: Transfer, *, version: int) -> bool:
        kept = self._kept.get((call_sid, number))
        if kept is None or kept.version != version:
            return False
        self._kept[call_sid, number] = replace(kept, transfer=transfer, version=version + 1)
        return True


class NobodysPhone:
    """Every order is refused."""

    def ring(self, order: LegOrder) -> str:
        raise Refused("a rehearsal has no other phones")

    def redirect(self, account_sid: str, call_sid: str, url: str) -> None:
        """The caller's own document asks again anyway."""

    def hang_up(self, account_sid: str, call_sid: str) -> None:
        """Nobody was rung."""


class NobodyThere:
    """No team has anybody at a desk."""

    def free(self, team: str, now: datetime) -> tuple[Person, ...]:
        return ()

    def person(self, username: str) -> Person | None:
        return None

    def claim(self, person_id: str, call_sid: str, until: datetime, *, willing: bool = False) -> bool:
        return False

    def release(self, person_id: str, call_sid: str) -> None:
        """Nobody was claimed."""
