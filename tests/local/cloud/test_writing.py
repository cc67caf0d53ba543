import pytest

from local.cloud.whisper import Word
from local.cloud.writing import as_transcribe_writes


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("Can I come at 3.30?", "Can I come at 3:30?"),
        ("Can I come at 330?", "Can I come at 3:30?"),
        ("Tuesday at 915 in the morning, please.", "Tuesday at 9:15 in the morning, please."),
        ("I'd like 10.45.", "I'd like 10:45."),
        ("for two people at 7.30pm.", "for two people at 7:30pm."),
        ("730 p.m. is fine", "7:30 p.m. is fine"),
        ("Before 1130, if you can", "Before 11:30, if you can"),
        ("It is 3:30", "It is 3:30"),
        ("at 330. Thank you", "at 3:30. Thank you"),
    ],
)
def test_times_of_day_have_a_colon(read: str, written: str) -> None:
    words = [Word(text, 0.0, 0.0, 1.0) for text in read.split()]
    assert " ".join(word.text for word in as_transcribe_writes(words)) == written


@pytest.mark.parametrize(
    "text",
    [
        "330 Baker Street",
        "I live at 330 Baker Street",
        "extension 330",
        "3.30 percent",
        "at 475",
        "415-555-0132",
        "at 2.75",
        "1984",
    ],
)
def test_other_numbers_stay_as_they_are(text: str) -> None:
    words = [Word(part, 0.0, 0.0, 1.0) for part in text.split()]
    assert as_transcribe_writes(words) == words
