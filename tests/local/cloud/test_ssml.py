from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.ssml import InvalidSsml, Say, Silence, billed, parse


def test_text_pauses_and_manners_come_out_in_order() -> None:
    document = (
        '<speak>Your code is <say-as interpret-as="digits">42</say-as><break time="300ms"/>'
        '<prosody rate="slow">not <prosody rate="50%">so</prosody> fast</prosody>, '
        '<sub alias="Doctor">Dr.</sub> Lee</speak>'
    )
    assert parse(document) == [
        Say("Your code is four two"),
        Silence(300),
        Say("not ", 0.75),
        Say("so", 0.375),
        Say(" fast", 0.75),
        Say(", Doctor Lee"),
    ]


@pytest.mark.parametrize(
    ("break_tag", "ms"),
    [('time="1.5s"', 1500), ('strength="strong"', 400), ("", 400), ('strength="none"', 0), ('time="10s"', 10_000)],
)
def test_a_break_is_as_long_as_it_says(break_tag: str, ms: int) -> None:
    assert parse(f"<speak>a<break {break_tag}/></speak>")[1] == Silence(ms)


@pytest.mark.parametrize(
    "document",
    [
        "no tags",
        "<speak>open",
        "<p>not speak</p>",
        "<speak><audio src='x'/></speak>",
        "<speak><break time='11s'/></speak>",
        "<speak><break time='soon'/></speak>",
        "<speak><break strength='brutal'/></speak>",
        "<speak><prosody rate='5%'>x</prosody></speak>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><speak>&a;</speak>",
    ],
)
def test_what_polly_refuses_is_refused(document: str) -> None:
    with pytest.raises(InvalidSsml):
        parse(document)


def test_tags_are_not_charged() -> None:
    assert billed("<speak>one<break time='1s'/> two</speak>") == len("one two")


@given(st.text())
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    with pytest.raises(InvalidSsml):
        parse(text)
    with suppress(InvalidSsml):
        parse(f"<speak>{text}</speak>")
