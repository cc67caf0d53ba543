"""English as it is spoken in India: other habits with numbers and spelling."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from shared.core.languages.english import ENGLISH, SIGNS
from shared.core.languages.english import money as english_money

_AS_IN = dict(
    zip("bdeptvmnfs", "Bombay Delhi England Pune Tiger Victor Mumbai Nagpur Father Surat".split(), strict=True)
)


def pairs(digits: str) -> str:
    """In pairs, as mobile numbers are read: 9 8, 7 6, 5 4, 3 2, 1 0. An odd one goes with the last pair."""
    ends = [*range(2, len(digits) - 1, 2), len(digits)]
    return ", ".join(" ".join(digits[start:end]) for start, end in pairwise([0, *ends]))


def grouped(number: int) -> str:
    """In lakhs and crores: 1,50,000 and 2,00,00,000."""
    text = str(number)
    head, tail = text[:-3], text[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
    return ",".join([*reversed(groups), tail])


def spelled(text: str) -> str:
    """Letter by letter: "Bose" is "B for Bombay, O, S for Surat, E for England"."""
    letters = (SIGNS.get(char, char.upper()) for char in text)
    return ", ".join(
        f"{letter} for {_AS_IN[letter.lower()]}" if letter.lower() in _AS_IN else letter for letter in letters
    )


def email(address: str) -> str:
    mailbox, _, host = address.partition("@")
    return f"{spelled(mailbox)}, at {host.replace('.', ' dot ')}"


def money(amount: Decimal, currency: str) -> str:
    """1,50,000 rupees."""
    return english_money(amount, currency, grouped)


INDIAN_ENGLISH = replace(
    ENGLISH,
    for_the_model="- Speak English as people in India do.",
    digits=pairs,
    number=grouped,
    spelled=spelled,
    email=email,
    money=money,
)
