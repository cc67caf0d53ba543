"""How sure we are of the words that matter."""

import pytest

from shared.core.certainty import certainty

HEARD = (("My", 0.9), ("name", 0.8), ("is", 0.9), ("Maria", 0.3), ("Lopez.", 0.6))


def test_s6_a_value_is_as_sure_as_the_worst_of_its_words() -> None:
    assert certainty(HEARD, "Maria Lopez") == 0.3
    assert certainty(HEARD, "Lopez") == 0.6


def test_s6_a_value_in_other_words_is_as_sure_as_the_utterance() -> None:
    assert certainty(HEARD, "415") == pytest.approx(0.7)
    assert certainty(HEARD) == pytest.approx(0.7)


def test_s6_a_recogniser_that_tells_nothing_is_believed() -> None:
    assert certainty((), "Maria") == 1.0
