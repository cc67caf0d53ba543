"""The table in the place of DNS and TLS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.carrier.routes import MalformedUrl, NoRoute, Routes

ROUTES = Routes(
    {"https://Voice.example.test/": "http://127.0.0.1:8001", "wss://media.example.test": "ws://127.0.0.1:8002"}
)


def test_a_public_url_leads_to_its_local_address_under_its_own_name() -> None:
    there = ROUTES.destination("https://voice.example.test/a%2Fb/c?x=%20y&z=#rc=1")
    assert str(there.url) == "http://127.0.0.1:8001/a%2Fb/c?x=%20y&z="
    assert there.host == "voice.example.test"


def test_schemes_have_routes_of_their_own() -> None:
    assert str(ROUTES.destination("wss://media.example.test/m").url) == "ws://127.0.0.1:8002/m"
    with pytest.raises(NoRoute):
        ROUTES.destination("https://media.example.test/m")


def test_this_machine_needs_no_route() -> None:
    assert str(ROUTES.destination("http://127.0.0.1:9/x").url) == "http://127.0.0.1:9/x"
    assert str(ROUTES.destination("http://localhost:9").url) == "http://localhost:9/"


@given(st.text())
def test_no_text_leads_off_this_machine(text: str) -> None:
    try:
        destination = ROUTES.destination(text)
    except (NoRoute, MalformedUrl):
        return
    assert destination.url.host in ("127.0.0.1", "localhost")
