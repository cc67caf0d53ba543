"""The words of an utterance, and whose turn it is."""

import pytest

from shared.core.agent import SlotKind
from shared.core.languages.english import ENGLISH
from shared.core.turns import Hearing, interrupts, is_echo, what_matters


def test_words_said_twice_over_are_settled() -> None:
    hearing = Hearing()
    hearing.partial("a", "i'd like to book", 0)
    assert not hearing.settled
    hearing.partial("a", "i'd like to book", 0)
    assert hearing.settled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we open at eight", True),
        ("we open at ate in", True),
        ("at eight", False),
        ("at eight is too early for me", False),
        ("", False),
    ],
)
def test_s5_an_echo_is_most_of_what_was_said_and_not_a_word_or_two(text: str, expected: bool) -> None:
    assert is_echo(text, "We open at eight in the morning.") is expected


@pytest.mark.parametrize(
    ("text", "expecting", "expected"),
    [
        ("uh huh", None, False),
        ("okay", None, False),
        ("tuesday", None, False),
        ("wait", None, True),
        ("no no no", None, True),
        ("what about parking", None, True),
        ("yes", SlotKind.YES_NO, True),
        ("yes", None, False),
        ("", None, False),
    ],
)
def test_words_that_stop_the_agent(text: str, expecting: SlotKind | None, expected: bool) -> None:
    assert interrupts(ENGLISH, text, expecting) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do you have parking, please?", "do you have parking"),
        ("yes thank you um", "yes"),
        ("thank you", "thank you"),
        ("um", "um"),
        ("please hold", "please hold"),
        ("thank", "thank"),
    ],
)
def test_c6_a_courtesy_behind_the_words_changes_nothing(text: str, expected: str) -> None:
    assert " ".join(what_matters(text, ENGLISH)) == expected


def test_finals_replace_their_partials_and_add_up() -> None:
    hearing = Hearing()
    hearing.partial("a", "i'd like", 1)
    assert (hearing.text, hearing.settled) == ("i'd like", False)
    hearing.final("a", "I'd like to book.", [("book", 0.9)])
    hearing.partial("b", "on tuesday", 2)
    assert (hearing.text, hearing.settled, hearing.words) == ("I'd like to book. on tuesday", True, [("book", 0.9)])


def test_a_final_that_comes_after_its_words_were_taken_is_not_heard_twice() -> None:
    hearing = Hearing()
    hearing.partial("a", "book a cleaning", 3)
    assert hearing.take() == "book a cleaning"
    hearing.final("a", "Book a cleaning")
    assert hearing.text == ""


def test_only_what_is_new_in_a_result_that_goes_on_belongs_to_the_next_utterance() -> None:
    hearing = Hearing()
    hearing.partial("a", "book a cleaning", 3)
    hearing.take()
    hearing.audible_since = True
    hearing.partial("a", "book a cleaning on tuesday", 5)
    assert hearing.text == "on tuesday"
    assert hearing.take() == "on tuesday"
    hearing.audible_since = True
    hearing.final("a", "book a cleaning on tuesday please")
    assert hearing.text == "please"


def test_words_that_come_late_belong_to_the_turn_that_was_taken() -> None:
    hearing = Hearing()
    hearing.partial("a", "yes that's", 2)
    assert hearing.take() == "yes that's"
    hearing.partial("a", "yes that's right", 3)
    assert hearing.text == ""
    assert hearing.final("a", "Yes, that's right.") == "Yes, that's right."
    assert hearing.text == ""


def test_a_final_that_says_the_same_corrects_nothing() -> None:
    hearing = Hearing()
    hearing.partial("a", "book a cleaning", 3)
    hearing.take()
    assert hearing.final("a", "Book a cleaning.") is None


def test_many_late_words_are_a_caller_who_went_on_unnoticed() -> None:
    hearing = Hearing()
    hearing.partial("a", "yes", 1)
    hearing.take()
    hearing.partial("a", "yes and do you have any parking", 7)
    assert hearing.text == "and do you have any parking"


def test_an_utterance_taken_too_soon_can_be_opened_again() -> None:
    hearing = Hearing()
    hearing.final("a", "I'd like")
    hearing.take()
    hearing.reopen()
    hearing.partial("b", "a cleaning", 2)
    assert hearing.take() == "I'd like a cleaning"


def test_what_is_cleared_does_not_come_back() -> None:
    hearing = Hearing()
    hearing.partial("a", "uh huh", 2)
    hearing.clear()
    hearing.reopen()
    hearing.partial("a", "uh huh", 2)
    assert hearing.text == ""
