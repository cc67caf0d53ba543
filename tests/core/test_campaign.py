"""What a campaign's texts say of an event's facts."""

import pytest

from shared.core.campaign import filled

FACTS = {
    "name": "Ann 2026-11-24",
    "starts_at": "2026-11-24T10:30:00-08:00",
    "due_on": "2026-11-01",
    "amount_due": "125.50 USD",
    "reference": "2026-99-99 is no day",
    "code": "1234",
}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Hello {name}.", "Hello Ann 2026-11-24."),
        ("On {starts_at}.", "On Tuesday, November 24th at 10:30 AM."),
        ("{amount_due}, due {due_on}", "125 dollars and 50 cents, due Sunday, November 1st"),
        ("{reference}: {code}", "2026-99-99 is no day: 1234"),
        ("Nothing to fill in.", "Nothing to fill in."),
    ],
)
def test_facts_are_written_as_people_say_them(body: str, said: str) -> None:
    assert filled(body, FACTS, "en-US") == said


def test_in_the_language_of_the_campaign() -> None:
    assert filled("{due_on}", FACTS, "hi-IN") != filled("{due_on}", FACTS, "en-US")


def test_a_fact_that_is_not_there_is_left_out() -> None:
    assert filled("Hello {other}.", FACTS, "en-US") == "Hello ."
