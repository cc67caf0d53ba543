"""Cards' numbers never get past the ear, however they are said; other numbers do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core import languages
from shared.core.agent import Slot, SlotKind
from shared.core.events import FinalHeard, PartialHeard
from shared.core.redaction import CARD, SECURITY_CODE, Redaction, holds_card, is_card, luhn

VISA, MASTERCARD, AMEX = "4111111111111111", "5555555555554444", "378282246310005"
PHONE = Slot("phone", SlotKind.PHONE, "Your number?")
ACCOUNT = Slot("account", SlotKind.DIGITS, "Your account?", max_digits=16)
WORDS = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))


def heard(*texts: str, slot: Slot | None = None, takes_cards: bool = True) -> list[str]:
    """What is left of these utterances of one call."""
    redaction = Redaction(languages.of("en-US"))
    finals = [FinalHeard(f"r{n}", text, ((text, 0.9),)) for n, text in enumerate(texts)]
    return [redaction.of(final, slot, takes_cards=takes_cards).text for final in finals]


def spoken(digits: str) -> str:
    return " ".join(WORDS[digit] for digit in digits)


def grouped(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


@pytest.mark.parametrize("number", [VISA, MASTERCARD, AMEX])
@pytest.mark.parametrize("said", [str, spoken, grouped, "-".join, lambda n: spoken(n).replace("one one", "double one")])
@pytest.mark.parametrize("slot", [None, PHONE, ACCOUNT])
def test_o4_a_card_said_in_one_breath_is_withheld_whatever_was_asked(number: str, said: object, slot: Slot) -> None:
    assert callable(said)
    (left,) = heard(f"Sure my card is {said(number)} thanks", slot=slot, takes_cards=False)
    assert left == f"Sure my card is {CARD} thanks"


@pytest.mark.parametrize(
    "said",
    [
        "forty one eleven eleven eleven one one one one one one one one",
        "four one one one um one one one one and then one one one one one one one one",
        "for one one one one one one one one one one one one one one one",
        "4111 1111. 1111, 1111.",
        "four triple one four double two one one one one one one one",
        "4111 1111 1111 1112",  # misheard: no card has it, but it is nobody's business either
    ],
)
def test_a_card_is_known_by_its_length_however_it_is_put(said: str) -> None:
    (left,) = heard(said)
    assert not re.search(r"\d", left)
    assert CARD in left


def test_what_is_said_in_pieces_is_withheld_from_the_second_on_and_the_first_is_short() -> None:
    for pieces in (["4111 11", "11 1111", "1111 11"], ["4111 1111", "1111 1111"], ["4111 1111 1111", "1111"]):
        left = heard(*pieces)
        assert not re.search(r"\d{7}", re.sub(r"\D", "", "".join(left)))


@pytest.mark.parametrize(
    "said",
    [
        "My number is 415 555 0142",
        "call me at four one five five five five oh one four two",
        "I'd like to come on the 24th at 10:30",
        "my account is 77812 and I owe 120 dollars",
        "it was order 2026 11 20",
        "",
    ],
)
def test_other_numbers_pass_where_no_cards_are_taken(said: str) -> None:
    assert heard(said, takes_cards=False) == [said]


def test_a_number_that_was_asked_for_passes() -> None:
    assert heard("415 555 0142", slot=PHONE) == ["415 555 0142"]
    assert heard("91 98765 43210", slot=PHONE) == ["91 98765 43210"]
    assert heard("1234 5678 9012 3456", slot=ACCOUNT) == ["1234 5678 9012 3456"]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("the security code is 123", f"the security code is {SECURITY_CODE}"),
        ("CVV one two three four", f"CVV {SECURITY_CODE}"),
        ("and 123 is the security code", f"and {SECURITY_CODE} is the security code"),
        ("the three digits on the back are 987", f"the {SECURITY_CODE} digits on the back are 987"),
    ],
)
def test_a_security_code_is_withheld_by_what_it_is_called(said: str, left: str) -> None:
    if "three digits" in said:
        left = f"the three digits on the back are {SECURITY_CODE}"
    assert heard(said) == [left]
    assert heard(said, takes_cards=False) == [said]


@given(st.integers(0, 15), st.booleans())
def test_a_partial_result_is_withheld_as_it_grows(stable: int, words: bool) -> None:
    redaction = Redaction(languages.of("en-US"))
    for count in range(1, 17):
        text = f"my card is {' '.join(VISA[:count])}" if words else f"my card is {VISA[:count]}"
        event = PartialHeard("r1", text, min(stable, len(text.split())))
        left = redaction.of(event, None, takes_cards=True)
        assert isinstance(left, PartialHeard)
        assert len(re.sub(r"\D", "", left.text)) < 8
        assert left.stable_words <= len(left.text.split())


def test_in_hindi_too() -> None:
    redaction = Redaction(languages.of("hi-IN", ("en-IN",)))
    said = FinalHeard("r1", "मेरा card ४१११ ११११ ११११ ११११ है")
    assert redaction.of(said, None, takes_cards=False).text == f"मेरा card {CARD} है"


@given(st.text("0123456789", min_size=12, max_size=18))
def test_of_ten_last_digits_one_is_the_check_digit(digits: str) -> None:
    assert [luhn(digits + last) for last in "0123456789"].count(True) == 1


def test_typed_digits_are_judged_by_what_was_asked() -> None:
    assert holds_card("99" + VISA)
    assert is_card(AMEX, PHONE)
    assert is_card(VISA[:15], PHONE)
    assert not is_card("4915112345678", PHONE)
    assert not is_card("4155550142", PHONE)
    assert is_card(VISA, ACCOUNT)
    assert not is_card("1234567890123456", ACCOUNT)


def test_what_follows_a_part_is_its_rest_unless_something_was_asked_for() -> None:
    for slot, left in ((None, f"and {CARD}"), (PHONE, "and 9876 5432")):
        redaction = Redaction(languages.of("en-US"))
        heard = FinalHeard("r1", "and 9876 5432")
        assert redaction.of(heard, slot, takes_cards=True, begun=True).text == left
