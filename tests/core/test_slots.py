"""What fills a slot, and what does not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.agent import Slot, SlotKind
from shared.core.languages.english import ENGLISH
from shared.core.slots import Accepted, Rejected, accept, say, say_to_check, yes_or_no

FRIDAY = date(2026, 11, 20)
SERVICE = Slot("service", SlotKind.CHOICE, "?", choices={"cleaning": ("clean",), "check-up": ("check up", "exam")})
OPTIONS = ("09:00", "11:30", "15:00", "16:30")


def value(slot: Slot, said: str, **context: tuple[str, ...]) -> str | None:
    heard = accept(slot, said, language=ENGLISH, today=FRIDAY, **context)
    return heard.value if isinstance(heard, Accepted) else None


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        (SlotKind.DATE, "next tuesday", "2026-11-24"),
        (SlotKind.DATE, "2020-01-01", None),
        (SlotKind.TIME, "half past two", "14:30"),
        (SlotKind.NAME, "my name is maria lopez", "Maria Lopez"),
        (SlotKind.NAME, "it's Jean-Luc O'Neill.", "Jean-Luc O'Neill"),
        (SlotKind.NAME, "सीता राम", "सीता राम"),
        (SlotKind.NAME, "Zoë Ångström", "Zoë Ångström"),
        (SlotKind.NAME, "agent 47", None),
        (SlotKind.NAME, "yes that sounds good", None),
        (SlotKind.NAME, "well i would like to know something first", None),
        (SlotKind.PHONE, "four one five, five five five, oh one three two", "4155550132"),
        (SlotKind.PHONE, "five five five", None),
        (SlotKind.DIGITS, "one two three four", "1234"),
        (SlotKind.NUMBER, "for twenty four", "24"),
        (SlotKind.EMAIL, "maria dot lopez at example dot com", "maria.lopez@example.com"),
        (SlotKind.EMAIL, "Maria@Example.com", "maria@example.com"),
        (SlotKind.EMAIL, "maria", None),
        (SlotKind.YES_NO, "yeah sure", "yes"),
        (SlotKind.YES_NO, "no thank you", "no"),
        (SlotKind.TEXT, "anything at all", "anything at all"),
    ],
)
def test_each_kind_takes_what_it_can_be(kind: SlotKind, said: str, expected: str | None) -> None:
    assert value(Slot("x", kind, "?"), said) == expected


def test_a_choice_is_known_by_its_other_words_and_the_longest_wins() -> None:
    assert value(SERVICE, "i need my teeth clean") == "cleaning"
    assert value(SERVICE, "a Check-Up, please") == "check-up"
    assert value(SERVICE, "a haircut") is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("nine", "09:00"),
        ("three", "15:00"),
        ("half past four", "16:30"),
        ("the earliest", "09:00"),
        ("the last one", "16:30"),
        ("the second one", "11:30"),
        ("noon", None),
        ("in the evening at eight", None),
    ],
)
def test_among_options_only_an_option_will_do(said: str, expected: str | None) -> None:
    assert value(Slot("time", SlotKind.TIME, "?"), said, options=OPTIONS) == expected


def test_the_second_one_counts_within_what_was_said_aloud() -> None:
    slot = Slot("time", SlotKind.TIME, "?")
    assert value(slot, "the second one", options=OPTIONS, offered=("09:00", "15:00")) == "15:00"


def test_the_only_option_of_the_morning_is_the_morning() -> None:
    assert value(Slot("time", SlotKind.TIME, "?"), "in the morning", options=("09:00", "15:00")) == "09:00"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("yes", True),
        ("yes please", True),
        ("that's right", True),
        ("Yes, that's right.", True),
        ("that is correct", True),
        ("sounds good", True),
        ("that's it", True),
        ("that's wrong", False),
        ("that's not right", False),
        ("that is", None),
        ("um, yeah, sure", True),
        ("no", False),
        ("no thanks", False),
        ("no make it wednesday", None),
        ("maybe", None),
        ("", None),
    ],
)
def test_only_a_plain_yes_or_no_is_one(said: str, expected: bool | None) -> None:
    assert yes_or_no(said, ENGLISH) is expected


@given(st.sampled_from(list(SlotKind)), st.text(max_size=600))
def test_whatever_is_said_is_accepted_or_rejected_and_can_be_said_back(kind: SlotKind, said: str) -> None:
    slot = Slot("x", kind, "?", choices={"a": ("b",)})
    heard = accept(slot, said, language=ENGLISH, today=FRIDAY)
    if isinstance(heard, Accepted):
        assert say(kind, heard.value, ENGLISH)
    else:
        assert isinstance(heard, Rejected)


@pytest.mark.parametrize(
    ("kind", "value", "spoken"),
    [
        (SlotKind.NAME, "Ana Bauer", "Ana Bauer, B as in bravo, A, U, E as in echo, R"),
        (SlotKind.EMAIL, "j.o@a.com", "J, dot, O, at a dot com"),
        (SlotKind.PHONE, "4155550132", "4 1 5, 5 5 5, 0 1 3 2"),
    ],
)
def test_s6_what_is_easily_misheard_is_spelled_when_it_is_checked(kind: SlotKind, value: str, spoken: str) -> None:
    assert say_to_check(kind, value, ENGLISH) == spoken
