"""How long a silence ends a turn."""

import pytest

from shared.core.agent import Slot, SlotKind
from shared.core.endpointing import Question, endpoint_ms
from shared.core.languages.english import ENGLISH


def wait(kind: SlotKind | None, text: str) -> int:
    return endpoint_ms(ENGLISH, Question.of(kind, None), text)


@pytest.mark.parametrize(
    ("expecting", "sooner", "later"),
    [
        (SlotKind.YES_NO, "yes please", "tuesday"),
        (SlotKind.PHONE, "four one five five five five oh one three two", "four one five five five five"),
        (None, "do you have parking", "do you have parking and"),
        (None, "tuesday", "my number is"),
        (None, "yes it is", "the address is"),
        (None, "what is that for?", "i'm calling for"),
        (SlotKind.TIME, "nine", "um"),
        (SlotKind.DATE, "the third of december", "maybe december"),
        (None, "yes they have", "the leader has"),
        (SlotKind.NAME, "anna bauer", "b a u"),
        (SlotKind.DATE, "october third", "monday october"),
        (SlotKind.DATE, "tuesday the third", "tuesday"),
        (
            SlotKind.PHONE,
            "four one five five five five oh one three two",
            "one four one five five five five oh one three",
        ),
        (SlotKind.PHONE, "why do you ask", "four one five"),
        (SlotKind.PHONE, "four one five five five five oh", "four one five"),
        (SlotKind.NAME, "bauer b a u e r", "bauer b a u"),
        (None, "that one", "that one,"),
    ],
)
def test_s3_a_turn_that_could_be_over_ends_sooner(expecting: SlotKind | None, sooner: str, later: str) -> None:
    assert wait(expecting, sooner) < wait(expecting, later)


def test_s3_a_yes_is_answered_sooner_than_a_story() -> None:
    waits = [wait(kind, "yes") for kind in (SlotKind.YES_NO, None, SlotKind.TEXT)]
    assert waits == sorted(set(waits))


def test_s3_a_number_as_long_as_it_has_to_be_is_whole() -> None:
    six = Slot("account", SlotKind.DIGITS, "", min_digits=6, max_digits=6)
    six_or_more = Slot("account", SlotKind.DIGITS, "", min_digits=6, max_digits=9)
    unknown = Slot("account", SlotKind.DIGITS, "")
    texts = ("four one five five five five", "four one five")
    waits = [
        [endpoint_ms(ENGLISH, Question.of(SlotKind.DIGITS, slot), text) for text in texts]
        for slot in (six, six_or_more)
    ]
    either = {endpoint_ms(ENGLISH, Question.of(SlotKind.DIGITS, unknown), text) for text in texts}

    assert waits[0][0] < waits[1][0] < min(either)
    assert waits[0][1] == waits[1][1] > max(either)
