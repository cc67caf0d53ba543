"""Signatures match Twilio's, and nothing else is let in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from shared.wire import signature

TOKEN = "12345"
MY_COMPANY = "https://mycompany.com/myapp.php?foo=1&bar=2"
BODY = b'{"property": "value", "boolean": true}'
BODY_URL = f"{MY_COMPANY}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"

type Params = tuple[tuple[str, str], ...]


def _digits(number: str) -> Params:
    return (
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", number),
        ("Caller", number),
        ("To", "+18005551212"),
    )


REPEATED: Params = (("Sid", "CA123"), ("SidAccount", "AC123"), *(("Digits", d) for d in ("5678", "1234", "1234")))
VOICE: Params = (
    ("AccountSid", "AC" + "0" * 32),
    ("ApiVersion", "2010-04-01"),
    ("CallSid", "CA00000000000000000000000000000001"),
    ("CallStatus", "ringing"),
    ("CallerName", ""),
    ("Direction", "inbound"),
    ("From", "+14155550100"),
    ("To", "+14155550199"),
)
HINDI: Params = (*VOICE, ("SpeechResult", "मुझे मदद चाहिए please "))

# Rows 1 to 7 are Twilio's own (twilio-python, tests/unit/test_request_validator.py); 8 to 12 follow its rules.
VECTORS: list[tuple[str, Params, str]] = [
    (MY_COMPANY, _digits("+14158675309"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("https://example.com/myapp.php?foo=1&bar=2", _digits("+14158675310"), "L/OH5YylLD5NRKLltdqwSvS0BnU="),
    (MY_COMPANY, REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", _digits("+14158675309"), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ("https://mycompany.com:443/myapp.php?foo=1&bar=2", _digits("+14158675309"), "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("http://mycompany.com:80/myapp.php?foo=1&bar=2", _digits("+14158675309"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    (BODY_URL, (), "a9nBmqA0ju/hNViExpshrM61xv4="),
    ("wss://voice.example.com/media", (), "jFDHVhI8XO69C49uXR3xmdZPylY="),
    ("wss://voice.example.com/media/", (), "BXF4dPv/qKwfALEQ/o2fVPPvK/c="),
    ("https://voice.example.com/twilio/voice", VOICE, "sFsjnvnorEpowar3EG9YAg9zZS0="),
    ("https://voice.example.com/twilio/voice?tenant=a&x=1", VOICE, "mHrIeQ0yCiDqws9tcuNGTayeCK4="),
    ("https://voice.example.com/twilio/gather", HINDI, "L4gij9ijn/npu3LIQeoUZrRCBrc="),
]


@pytest.mark.parametrize(("url", "params", "expected"), VECTORS)
def test_each_known_request_is_signed_as_twilio_signs_it(url: str, params: Params, expected: str) -> None:
    assert signature.sign(TOKEN, url, params) == expected
    assert signature.is_valid([TOKEN], url, params, expected)


@pytest.mark.parametrize(("url", "params", "expected"), VECTORS)
def test_each_known_request_agrees_with_the_twilio_package(url: str, params: Params, expected: str) -> None:
    fields: dict[str, list[str]] = {}
    for name, value in params:
        fields.setdefault(name, []).append(value)

    assert RequestValidator(TOKEN).compute_signature(url, _MultiDict(fields)) == expected


class _MultiDict(dict[str, list[str]]):
    """The form of repeated fields that the twilio package reads."""

    def getall(self, name: str) -> list[str]:
        return self[name]


@pytest.mark.parametrize(
    ("ours", "signed"),
    [
        ("https://a.example/x", "https://a.example:443/x"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:8080/x", "http://a.example/x"),
        ("http://a.example/x", "http://a.example:80/x"),
        ("wss://a.example/media", "wss://a.example:443/media"),
        ("wss://a.example/media", "wss://a.example/media/"),
        ("wss://a.example/media/", "wss://a.example/media"),
        ("wss://a.example", "wss://a.example/"),
        ("https://a.example/x#rc=2&rp=ct", "https://a.example/x"),
        ("https://a.example/x", "https://a.example/x#rc=2&rp=ct"),
    ],
)
def test_either_spelling_of_the_port_the_socket_path_and_the_fragment_is_accepted(ours: str, signed: str) -> None:
    assert signature.is_valid([TOKEN], ours, VOICE, signature.sign(TOKEN, signed, VOICE))


@pytest.mark.parametrize(
    ("ours", "signed"),
    [
        ("https://a.example/x", "https://a.example/x/"),
        ("https://a.example/x", "http://a.example/x"),
        ("https://a.example/x", "https://a.example:8443/x"),
        ("https://a.example/x", "https://b.example/x"),
        ("https://a.example/x?a=1", "https://a.example/x"),
        ("wss://a.example/media", "https://a.example/media"),
    ],
)
def test_another_address_is_refused(ours: str, signed: str) -> None:
    assert not signature.is_valid([TOKEN], ours, VOICE, signature.sign(TOKEN, signed, VOICE))


def test_any_token_of_a_rotation_is_accepted_and_no_other() -> None:
    url, params, known = VECTORS[0]

    assert signature.is_valid(["old", TOKEN], url, params, known)
    assert signature.is_valid([TOKEN, "new"], url, params, known)
    assert not signature.is_valid(["old", "new"], url, params, known)
    assert not signature.is_valid([], url, params, known)


@pytest.mark.parametrize("change", [("From", "+14155550101"), ("Extra", ""), ("CallerName", " ")])
def test_a_changed_or_added_field_is_refused(change: tuple[str, str]) -> None:
    url = "https://voice.example.com/twilio/voice"
    known = signature.sign(TOKEN, url, VOICE)
    changed = {**dict(VOICE), change[0]: change[1]}

    assert not signature.is_valid([TOKEN], url, changed.items(), known)


def test_a_blank_field_is_part_of_what_is_signed() -> None:
    without = tuple(field for field in VOICE if field[0] != "CallerName")

    assert signature.sign(TOKEN, MY_COMPANY, VOICE) != signature.sign(TOKEN, MY_COMPANY, without)


def test_a_body_is_covered_by_the_hash_in_the_url() -> None:
    known = VECTORS[6][2]

    assert signature.is_valid_body([TOKEN], BODY_URL, BODY, known)
    assert not signature.is_valid_body([TOKEN], BODY_URL, BODY + b" ", known)
    assert not signature.is_valid_body(["other"], BODY_URL, BODY, known)
    assert not signature.is_valid_body([TOKEN], MY_COMPANY, b"", signature.sign(TOKEN, MY_COMPANY))


@given(st.text(), st.lists(st.tuples(st.text(), st.text())), st.text(), st.binary())
def test_a_forged_request_is_refused_and_never_raises(
    url: str, params: list[tuple[str, str]], forged: str, body: bytes
) -> None:
    assert not signature.is_valid([TOKEN], url, params, forged)
    assert not signature.is_valid_body([TOKEN], url, body, forged)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_the_order_of_fields_does_not_matter(params: list[tuple[str, str]]) -> None:
    shuffled = list(reversed(params))

    assert signature.sign(TOKEN, MY_COMPANY, shuffled) == signature.sign(TOKEN, MY_COMPANY, params)
