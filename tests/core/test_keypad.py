"""Digits become entries."""

from shared.core.agent import Slot, SlotKind
from shared.core.keypad import Keypad

PHONE = Slot("phone", SlotKind.PHONE, "?")
PIN = Slot("pin", SlotKind.DIGITS, "?", max_digits=4)


def typed(digits: str, slot: Slot | None) -> list[str | None]:
    keypad = Keypad()
    return [keypad.press(digit, slot) for digit in digits]


def test_t8_the_terminator_ends_an_entry() -> None:
    assert typed("4155#", PHONE) == [None, None, None, None, "4155"]


def test_t8_the_greatest_length_ends_an_entry_by_itself() -> None:
    assert typed("12345", PIN) == [None, None, None, "1234", None]


def test_t8_one_key_is_enough_for_a_choice_or_when_nothing_was_asked() -> None:
    assert typed("2", None) == ["2"]
    assert typed("2", Slot("service", SlotKind.CHOICE, "?")) == ["2"]


def test_t8_a_star_begins_anew() -> None:
    assert typed("19*4155#", PHONE)[-1] == "4155"


def test_an_empty_entry_is_none() -> None:
    assert Keypad().press("#", PHONE) is None
    assert Keypad().finish() is None
