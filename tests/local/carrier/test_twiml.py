"""Reading TwiML: what is accepted, what is left out with a warning, what fails the document."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.carrier.courier import MAX_BODY_BYTES
from local.carrier.twiml import BadTwiml, Element, read
from local.carrier.verbs import VERBS
from shared.wire import twiml as product

GRAMMAR = {name: verb.rule for name, verb in VERBS.items()}


def verbs(body: str) -> tuple[Element, ...]:
    return read(body.encode(), "text/xml; charset=utf-8", GRAMMAR).verbs


def test_verbs_come_in_document_order_with_attributes_and_text() -> None:
    say, pause = verbs(
        '<?xml version="1.0"?><Response>\n <Say voice="alice"> Hello &amp; bye </Say><Pause length="2"/></Response>'
    )
    assert (say.name, say.get("voice", ""), say.text) == ("Say", "alice", "Hello & bye")
    assert (pause.name, pause.number("length", 1)) == ("Pause", 2)


def test_markup_inside_text_is_dropped_and_its_words_stay() -> None:
    (say,) = verbs('<Response><Say>One <emphasis level="strong">two</emphasis> three</Say></Response>')
    assert say.text == "One two three"
    assert say.children == ()


def test_what_the_product_writes_is_what_is_read() -> None:
    document = product.response(
        product.ConnectStream(
            action="https://voice.example.test/next",
            url="wss://media.example.test/stream",
            status_callback="https://voice.example.test/stream",
            parameters={"token": "a&b"},
        ),
        product.Gather(
            "https://voice.example.test/heard",
            prompts=(product.Say("Yes?", voice="Polly.Joanna-Neural"),),
            input="dtmf speech",
            timeout=3,
            speech_timeout=1,
            num_digits=4,
            finish_on_key="",
            language="en-US",
            barge_in=False,
            action_on_empty_result=True,
        ),
        product.Record("https://voice.example.test/message", timeout=3, max_length=60, play_beep=False),
        product.Redirect("https://voice.example.test/next"),
    )
    reading = read(document.encode(), product.CONTENT_TYPE, GRAMMAR)
    assert reading.complaints == ()
    assert [verb.name for verb in reading.verbs] == ["Connect", "Gather", "Record", "Redirect"]
    (stream,) = reading.verbs[0].children
    assert stream.get("url", "") == "wss://media.example.test/stream"
    assert [(p.get("name", ""), p.get("value", "")) for p in stream.children] == [("token", "a&b")]


def test_what_is_not_in_the_grammar_is_left_out_and_complained_about() -> None:
    reading = read(
        b'<Response><Dance/><Say tempo="fast" loop="x">hi</Say><Gather><Hangup/></Gather></Response>',
        "text/xml",
        GRAMMAR,
    )
    assert reading.complaints == ("<Dance>", "Say tempo", "Say loop", "<Hangup>")
    assert [(v.name, dict(v.attributes), v.children) for v in reading.verbs] == [("Say", {}, ()), ("Gather", {}, ())]


def test_what_is_accepted_but_not_simulated_is_named() -> None:
    reading = read(b'<Response><Gather hints="a,b"/></Response>', "application/xml", GRAMMAR)
    assert reading.ignored == ("Gather hints",)
    assert reading.complaints == ()


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"<Response>", "text/xml", 12100),
        (b"hello", "text/xml", 12100),
        (b"<Answer/>", "text/xml", 12100),
        (b"<Response>&nbsp;</Response>", "text/xml", 12100),
        (b"\xff\xfe", "text/xml", 12100),
        (b"<Response/>", "text/html", 12300),
        (b"<Response/>", "", 12300),
        (b'{"a": 1}', "application/json", 12300),
        (b"", "text/xml", 11770),
        (b"<Response>" + b" " * MAX_BODY_BYTES + b"</Response>", "text/xml", 11750),
        (b"<Response>" + b"<a>" * 50 + b"</a>" * 50 + b"</Response>", "text/xml", 12100),
        (b'<!DOCTYPE r [<!ENTITY a "aaaa">]><Response><Say>&a;</Say></Response>', "text/xml", 12100),
    ],
)
def test_documents_that_cannot_be_used_fail_with_twilios_code(body: bytes, content_type: str, code: int) -> None:
    with pytest.raises(BadTwiml) as failed:
        read(body, content_type, GRAMMAR)
    assert failed.value.code == code


@given(st.binary(max_size=2000), st.sampled_from(["text/xml", "application/xml", "text/plain", ""]))
def test_any_bytes_are_read_or_refused_as_bad_twiml(body: bytes, content_type: str) -> None:
    try:
        read(body, content_type, GRAMMAR)
    except BadTwiml:
        return


_names = st.sampled_from([*VERBS, "Stream", "Parameter", "Response", "Unknown"])
_attributes = st.dictionaries(
    st.sampled_from(["loop", "length", "timeout", "numDigits", "action", "url", "finishOnKey", "input", "x"]),
    st.text(st.characters(codec="utf-8", exclude_characters='<&"\x00', min_codepoint=32), max_size=8),
    max_size=3,
)


@st.composite
def _elements(draw: st.DrawFn, depth: int = 3) -> str:
    name = draw(_names)
    attributes = "".join(f' {key}="{value}"' for key, value in draw(_attributes).items())
    inner = (
        "".join(draw(st.lists(_elements(depth - 1), max_size=3))) if depth else draw(st.sampled_from(["", "hi", "0"]))
    )
    return f"<{name}{attributes}>{inner}</{name}>"


@settings(max_examples=40)
@given(st.lists(_elements(), max_size=4))
def test_what_is_kept_holds_only_what_the_grammar_allows(elements: list[str]) -> None:
    try:
        reading = read(f"<Response>{''.join(elements)}</Response>".encode(), "text/xml", GRAMMAR)
    except BadTwiml:
        return
    for verb in reading.verbs:
        rule = GRAMMAR[verb.name]
        assert all(rule.attributes[name](value) for name, value in verb.attributes.items())
        assert all(child.name in rule.children for child in verb.children)
