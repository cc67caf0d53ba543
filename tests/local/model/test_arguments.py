"""Values read from what was said, one sort at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.model.arguments.agreement import agreement
from local.model.arguments.contacts import find_emails, find_names, find_phones
from local.model.arguments.dates import find_dates
from local.model.arguments.numbers import find_amounts, find_digits
from local.model.arguments.repairs import repaired
from local.model.arguments.times import find_times
from local.model.words import Span, clauses, utterance

WORDS = "zero one two three four five six seven eight nine".split()
PIECES = "at dot . @ double two to for half past quarter no wait am a m the third of may name is it's - 12 30 10.30"
anything = st.text(max_size=60) | st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join)


def values(spans: list[Span]) -> list[object]:
    return [span.value for span in spans]


@given(st.text("0123456789", min_size=4, max_size=16))
def test_digits_read_one_by_one_come_back_as_they_were(digits: str) -> None:
    said = " ".join(WORDS[int(digit)] for digit in digits)
    assert values(find_digits(utterance(said), 4)) == [digits]


@given(st.integers(0, 999_999))
def test_numbers_written_with_commas_are_read(number: int) -> None:
    assert values(find_amounts(utterance(f"{number:,}"))) == [float(number)]


@given(anything)
def test_every_value_quotes_words_that_were_said(text: str) -> None:
    said = utterance(text)
    spans = [*find_dates(said, True), *find_times(said, True), *find_phones(said, True), *find_amounts(said)]
    spans += [*find_emails(said), *find_names(said, True), *find_digits(said, 1, joined=True)]
    assert all(0 <= span.start < span.end <= len(said.words) for span in spans)
    assert len(repaired(said, spans)) <= len(spans)
    assert agreement(said.plain) in (True, False, None)
    assert all(part.words or part == said for part in clauses(said))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("two hundred and five", [205]),
        ("a hundred", [100]),
        ("three thousand four hundred and twenty one", [3421]),
        ("twenty five dollars and ten cents", [25, 10]),
        ("a couple of them", [2]),
        ("1,250.75", [1250.75]),
        ("one two", [1, 2]),
        ("and then", []),
    ],
)
def test_amounts(said: str, expected: list[float]) -> None:
    assert values(find_amounts(utterance(said))) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("see you the day after tomorrow", ["the day after tomorrow"]),
        ("on monday the third or tuesday", ["monday the third", "tuesday"]),
        ("may i come on may fifth", ["may fifth"]),
        ("the 3rd of march 2027", ["the 3rd of march 2027"]),
        ("a week from friday", ["a week from friday"]),
        ("chews day please", ["tuesday"]),
        ("this afternoon", ["today"]),
        ("11/24", ["11/24"]),
        ("I march on", []),
    ],
)
def test_days(said: str, expected: list[str]) -> None:
    assert values(find_dates(utterance(said), asked=False)) == expected


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        ("half past nine", False, ["half past nine"]),
        ("at three", False, ["three"]),
        ("three", False, []),
        ("three", True, ["three"]),
        ("three people", True, []),
        ("a table for two at eight", False, ["eight"]),
        ("four one five five", False, []),
        ("from nine to five", False, ["from nine to five"]),
        ("10.30 a.m. works", False, ["10.30 a.m."]),
        ("32", True, []),
    ],
)
def test_times(said: str, asked: bool, expected: list[str]) -> None:
    assert values(find_times(utterance(said), asked)) == expected


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        ("my name is maria lopez and I need help", False, ["Maria Lopez"]),
        ("this is urgent", False, []),
        ("I'm calling about my bill", False, []),
        ("hi this is John", False, ["John"]),
        ("maria lopez", False, []),
        ("maria lopez", True, ["Maria Lopez"]),
        ("l o p e z", True, ["Lopez"]),
        ("Mr. Lars Holm", True, ["Lars Holm"]),
        ("four one five", True, []),
    ],
)
def test_names(said: str, asked: bool, expected: list[str]) -> None:
    assert values(find_names(utterance(said), asked)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("maria dot lopez at example dot com", ["maria.lopez@example.com"]),
        ("my email is j underscore smith forty two at mail dot example dot org", ["j_smith42@mail.example.org"]),
        ("Joe@Example.com", ["joe@example.com"]),
        ("meet me at noon", []),
    ],
)
def test_emails(said: str, expected: list[str]) -> None:
    assert values(find_emails(utterance(said))) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("yes", True),
        ("no problem", True),
        ("no that's fine", True),
        ("yeah no", False),
        ("no yes", False),
        ("i don't think so", False),
        ("I guess so", True),
        ("mm hmm", True),
        ("uh uh", False),
        ("tuesday", None),
    ],
)
def test_yes_and_no(said: str, expected: bool | None) -> None:
    assert agreement(utterance(said).plain) is expected
