import pytest

from local.cloud.spelling import readable, spell


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Call 415-555-0132 now", "Call four one five, five five five, zero one three two now"),
        ("Call (415) 555-0132.", "Call four one five, five five five, zero one three two."),
        ("+1 415.555.0132", "one, four one five, five five five, zero one three two"),
        ("or 555-0132", "or five five five, zero one three two"),
        ("code 00412", "code zero zero four one two"),
        ("12345678", "one two three four five six seven eight"),
        ("Room 12 at 10:30 on 2026-11-24 for $25.50", "Room 12 at 10:30 on 2026-11-24 for $25.50"),
    ],
)
def test_numbers_are_spelled_where_an_amount_would_be_wrong(text: str, said: str) -> None:
    assert readable(text) == said


def test_letters_are_spelled_by_their_names() -> None:
    assert spell("A7-bc") == "A. seven, B. C."
