"""Digits typed on the telephone's keypad, gathered into an entry."""

from dataclasses import dataclass

from shared.core.agent import Slot, SlotKind
from shared.core.redaction import LONGEST, PART

BETWEEN_DIGITS_MS = 3_000
"""Silence on the keypad that ends an entry of unknown length."""
_PHONE_DIGITS = 15


@dataclass(slots=True)
class Keypad:
    """One entry under way. `#` ends it, `*` begins it anew, the slot's greatest length ends it by itself."""

    _typed: str = ""

    def press(self, digit: str, slot: Slot | None, *, takes_cards: bool = False) -> str | None:
        """The entry, if `digit` completes it."""
        if digit == "*":
            self._typed = ""
            return None
        if digit == "#":
            return self.finish()
        self._typed += digit
        return self.finish() if len(self._typed) >= longest(slot, takes_cards=takes_cards) else None

    def finish(self) -> str | None:
        """The entry so far, if there is one; the next digit begins another."""
        typed, self._typed = self._typed, ""
        return typed or None


def longest(slot: Slot | None, *, takes_cards: bool = False) -> int:
    """How many digits end an entry by themselves. Where cards are taken a long entry ends as its typist ends it: the
    first digits of a card are nobody's answer."""
    if slot is None:
        return 1
    if slot.kind is SlotKind.DIGITS:
        return max(slot.max_digits, LONGEST) if takes_cards and slot.max_digits >= PART else slot.max_digits
    return _PHONE_DIGITS if slot.kind in (SlotKind.PHONE, SlotKind.NUMBER) else 1
