"""What proves who somebody is, said or typed in whatever way; and nothing else does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core import languages
from shared.core.facts import EventFact, FactKind, problems, spoken
from shared.core.languages.english import MONTHS, ordinal
from shared.core.verification import most_digits, proves

ENGLISH, HINDI = languages.of("en-US"), languages.of("hi-IN")
BORN = "1985-03-04"


@pytest.mark.parametrize(
    "said",
    [
        "March fourth nineteen eighty five",
        "the 4th of March 1985",
        "March 4, 85",
        "03041985",
        "3 4 85",
        "oh three oh four nineteen eighty five",
        "It's march the fourth, nineteen eighty-five",
    ],
)
def test_o3_a_day_of_birth_is_known_in_many_ways(said: str) -> None:
    assert proves(FactKind.DATE, BORN, said, ENGLISH)


@pytest.mark.parametrize("said", ["March fourth", "1985", "April fourth 1985", "March fifth 1985", "", "I don't know"])
def test_o3_less_than_a_day_of_birth_proves_nothing(said: str) -> None:
    assert not proves(FactKind.DATE, BORN, said, ENGLISH)


@given(st.dates(date(1920, 1, 1), date(2008, 12, 31)), st.dates(date(1920, 1, 1), date(2008, 12, 31)))
def test_o3_a_day_proves_itself_and_no_other(born: date, other: date) -> None:
    month = {number: name for name, number in MONTHS.items()}[born.month]
    for said in (f"{month} {ordinal(born.day)} {born.year}", f"{born:%m%d%Y}", born.isoformat()):
        assert proves(FactKind.DATE, born.isoformat(), said, ENGLISH)
    said = f"{month} {ordinal(born.day)} {born.year}"
    assert proves(FactKind.DATE, other.isoformat(), said, ENGLISH) == (born == other)


@given(st.text("0123456789", min_size=4, max_size=10))
def test_o3_digits_prove_themselves_alone(digits: str) -> None:
    assert proves(FactKind.DIGITS, digits, " ".join(digits), ENGLISH)
    assert not proves(FactKind.DIGITS, digits, digits + "1", ENGLISH)
    assert not proves(FactKind.DIGITS, digits, "", ENGLISH)
    assert most_digits(FactKind.DIGITS, digits) == len(digits)


FACTS = (
    EventFact("name", FactKind.NAME),
    EventFact("amount_due", FactKind.MONEY),
    EventFact("starts_at", FactKind.MOMENT, optional=True),
    EventFact("zip", FactKind.DIGITS, secret=True, optional=True),
)


def test_f4_facts_are_said_as_people_say_them_and_secrets_never() -> None:
    given_facts = {
        "name": "Grace",
        "amount_due": "1250.50 USD",
        "starts_at": "2026-11-24T10:30:00-05:00",
        "zip": "94110",
        "unknown": "x",
    }
    assert spoken(FACTS, given_facts, ENGLISH, "America/New_York") == {
        "name": "Grace",
        "amount_due": "1,250 dollars and 50 cents",
        "starts_at": "Tuesday, November 24th at 10:30 AM",
    }
    hindi = spoken(FACTS, {"amount_due": "150000.00 INR"}, HINDI, "Asia/Kolkata")
    assert hindi == {"amount_due": "1,50,000 रुपये"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount_due", "12.5"),
        ("amount_due", "a USD"),
        ("starts_at", "2026-11-24T10:30"),
        ("zip", "941x0"),
        ("name", ""),
    ],
)
def test_f4_a_fact_that_is_wrong_or_missing_is_named_and_not_repeated(name: str, value: str) -> None:
    told = problems(FACTS, {"name": "Grace", "amount_due": "1.00 USD", name: value})
    assert [line.partition(":")[0] for line in told] == [name]
    assert not value or value not in told[0]
