"""Hindi as callers in India speak it: mixed with English, in either script."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.agent import Slot, SlotKind
from shared.core.endpointing import Question, endpoint_ms, is_open_ended
from shared.core.languages.hindi import HINDI
from shared.core.numbers import day_of, digits_of, number_of, times_of
from shared.core.slots import Accepted, accept, say, say_to_check, yes_or_no
from shared.core.turns import interrupts, is_echo

FRIDAY = date(2026, 11, 20)


def value(kind: SlotKind, said: str, **context: tuple[str, ...]) -> str | None:
    heard = accept(Slot("x", kind, "?"), said, language=HINDI, today=FRIDAY, **context)
    return heard.value if isinstance(heard, Accepted) else None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("हाँ", True),
        ("हां जी", True),
        ("जी", True),
        ("जी हाँ", True),
        ("haan ji", True),
        ("theek hai", True),
        ("ठीक है", True),
        ("हाँ yes बिल्कुल", True),
        ("okay ठीक है।", True),
        ("कर दीजिए", True),
        ("नहीं", False),
        ("जी नहीं", False),
        ("nahin ji", False),
        ("no नहीं", False),
        ("सही नहीं है", False),
        ("गलत है", False),
        ("हाँ लेकिन कल", None),
        ("नहीं बुधवार को", None),
        ("शायद", None),
    ],
)
def test_s9_a_plain_yes_or_no_is_known_in_hindi_english_and_both(said: str, expected: bool | None) -> None:
    assert yes_or_no(said, HINDI) is expected


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        (SlotKind.DATE, "कल", "2026-11-21"),
        (SlotKind.DATE, "parson", "2026-11-22"),
        (SlotKind.DATE, "अगले मंगलवार को", "2026-11-24"),
        (SlotKind.DATE, "पच्चीस नवंबर", "2026-11-25"),
        (SlotKind.DATE, "२६ नवम्बर", "2026-11-26"),
        (SlotKind.DATE, "तीन दिन बाद", "2026-11-23"),
        (SlotKind.DATE, "दो हफ़्ते बाद", "2026-12-04"),
        (SlotKind.DATE, "tomorrow", "2026-11-21"),
        (SlotKind.TIME, "सुबह साढ़े नौ बजे", "09:30"),
        (SlotKind.TIME, "दोपहर ढाई बजे", "14:30"),
        (SlotKind.TIME, "shaam paune paanch baje", "16:45"),
        (SlotKind.TIME, "शाम को do baje", "14:00"),
        (SlotKind.TIME, "रात को आठ बजे", "20:00"),
        (SlotKind.TIME, "nine thirty subah", "09:30"),
        (SlotKind.TIME, "three pm do you have that", "15:00"),
        (SlotKind.NUMBER, "दो लाख पचास हज़ार", "250000"),
        (SlotKind.NUMBER, "saat log", "7"),
        (SlotKind.PHONE, "नौ आठ सात six five four तीन दो एक शून्य", "9876543210"),
        (SlotKind.PHONE, "अट्ठानवे छिहत्तर चौवन बत्तीस दस", "9876543210"),
        (SlotKind.PHONE, "९८७६५ ४३२१०", "9876543210"),
        (SlotKind.PHONE, "nau eight double saat, ek do teen char paanch che", "9877123456"),
        (SlotKind.NAME, "मेरा नाम मीना वर्मा है", "मीना वर्मा"),
        (SlotKind.NAME, "main amit kumar bol raha hoon", "Amit Kumar"),
        (SlotKind.NAME, "Meena Verma ji", "Meena Verma"),
        (SlotKind.NAME, "हाँ जी ठीक है", None),
        (SlotKind.YES_NO, "जी बिल्कुल", "yes"),
    ],
)
def test_s9_values_are_understood_in_hindi_english_and_both(kind: SlotKind, said: str, expected: str | None) -> None:
    assert value(kind, said) == expected


def test_s9_an_option_is_chosen_in_hindi() -> None:
    options = ("09:00", "11:30", "15:00")
    chosen = [value(SlotKind.TIME, said, options=options) for said in ("दूसरा वाला", "सबसे पहले", "दोपहर", "तीन बजे")]
    assert chosen == ["11:30", "09:00", "15:00", "15:00"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("हाँ जी", False),
        ("अच्छा अच्छा", False),
        ("haan theek hai okay", False),
        ("रुकिए", True),
        ("ek minute ruko", True),
        ("एक मिनट", True),
        ("सुनिए", True),
        ("wait", True),
        ("मंगलवार", False),
    ],
)
def test_s9_words_that_stop_the_agent(said: str, expected: bool) -> None:
    assert interrupts(HINDI, said, None) is expected


@pytest.mark.parametrize(
    ("whole", "unfinished"),
    [
        ("क्या वहाँ पार्किंग है", "मेरा नंबर है"),
        ("मंगलवार को", "मंगलवार और"),
        ("ठीक है", "मेरा naam hai"),
        ("कल सुबह", "कल सुबह या"),
        ("अपॉइंटमेंट चाहिए", "i want an appointment and"),
    ],
)
def test_s3_a_sentence_that_goes_on_is_waited_for(whole: str, unfinished: str) -> None:
    assert not is_open_ended(HINDI, whole)
    assert is_open_ended(HINDI, unfinished)


def test_s3_a_whole_telephone_number_in_hindi_needs_no_long_wait() -> None:
    whole, part = "नौ आठ सात छह पांच four three दो एक शून्य", "नौ आठ सात छह पांच"
    assert endpoint_ms(HINDI, Question(SlotKind.PHONE), whole) < endpoint_ms(HINDI, Question(SlotKind.PHONE), part)
    assert endpoint_ms(HINDI, Question(SlotKind.YES_NO), "haan ji") < endpoint_ms(
        HINDI, Question(SlotKind.YES_NO), "मंगलवार"
    )


def test_s5_the_agents_own_voice_is_known_in_devanagari() -> None:
    assert is_echo("हम सुबह आठ बजे खुलते", "हम सुबह आठ बजे खुलते हैं।")


def test_s9_values_are_said_as_people_say_them() -> None:
    assert say(SlotKind.DATE, "2026-11-24", HINDI) == "मंगलवार, 24 नवंबर"
    said = [say(SlotKind.TIME, at, HINDI) for at in ("09:00", "12:00", "13:30", "15:15", "17:45", "20:10")]
    assert said == [
        "सुबह नौ बजे", "दोपहर बारह बजे", "दोपहर डेढ़ बजे", "दोपहर सवा तीन बजे", "शाम पौने छह बजे", "रात आठ बजकर 10 मिनट",
    ]  # fmt: skip
    assert say(SlotKind.PHONE, "9876543210", HINDI) == "nine eight, seven six, five four, three two, one zero"
    assert say(SlotKind.NUMBER, "250000", HINDI) == "2,50,000"
    assert say(SlotKind.YES_NO, "no", HINDI) == "नहीं"
    assert HINDI.listing(["सोमवार", "बुधवार", "शुक्रवार"]) == "सोमवार, बुधवार या शुक्रवार"


def test_s6_a_name_is_spelled_where_it_can_be() -> None:
    assert say_to_check(SlotKind.NAME, "Meena Das", HINDI) == "Meena Das, D for Delhi, A, S for Surat"
    assert say_to_check(SlotKind.NAME, "मीना वर्मा", HINDI) == "मीना वर्मा"


@given(st.times().map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_s9_a_time_that_is_said_is_understood_as_itself(moment: time) -> None:
    assert times_of(HINDI.in_english(HINDI.time(moment)))[0] == moment


@given(st.dates(FRIDAY, date(2027, 11, 18)))
def test_s9_a_day_that_is_said_is_understood_as_itself(day: date) -> None:
    assert day_of(HINDI.in_english(HINDI.day(day)), FRIDAY) == day


@given(st.text("0123456789", min_size=1, max_size=15))
def test_s9_digits_that_are_said_are_understood_as_themselves(digits: str) -> None:
    assert digits_of(HINDI.in_english(HINDI.digits(digits))) == digits


@given(st.integers(0, 10**11))
def test_s9_a_number_that_is_said_is_understood_as_itself_once_its_commas_are_gone(number: int) -> None:
    assert number_of(HINDI.number(number).replace(",", "")) == number
