"""The softphone in real headless Chromium, with a recorded line as its microphone, against the whole machine."""

import re
import socket
import wave
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from cli.chromium import chromium
from cli.laptop import Laptop
from cli.phone import phone_app
from tests.web.chromium import complaints_of, microphone

RATE = 16_000
PATIENCE_MS = 30_000
GREETING_S = 10
"""The microphone stays silent while the agent greets."""


@pytest.fixture
def spoken_line(machine: Laptop, tmp_path: Path) -> Path:
    """A microphone that says one line after the greeting, and is silent for long after."""
    answer = machine.account.client("polly").synthesize_speech(
        Text="I'd like to book an appointment.",
        VoiceId="Matthew",
        Engine="neural",
        OutputFormat="pcm",
        SampleRate=str(RATE),
    )
    path = tmp_path / "line.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(2 * RATE * GREETING_S) + answer["AudioStream"].read() + bytes(2 * RATE * 120))
    return path


@pytest.fixture
def address(machine: Laptop) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(phone_app(machine), log_level="warning", timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(address: str, spoken_line: Path, tmp_path: Path) -> Iterator[Page]:
    with chromium(tmp_path / "profile", *microphone(spoken_line)) as browser:
        page = browser.new_page()
        complaints = complaints_of(page)
        page.goto(address)
        expect.set_options(timeout=PATIENCE_MS)
        yield page
        assert complaints == []


def test_a_caller_in_the_browser_speaks_types_presses_keys_and_sees_the_conversation(page: Page) -> None:
    log, status = page.get_by_role("log"), page.get_by_role("status")
    page.get_by_role("button", name="Call").click()
    expect(status).to_have_text("In a call")
    expect(page.get_by_label("How loud the agent is")).not_to_have_js_property("value", 0)
    expect(log.locator(".caller", has_text="appointment").first).to_be_visible()
    expect(log.get_by_text("What would you like to come in for?")).to_be_visible()
    bar = log.get_by_role("img").first
    expect(bar).to_have_accessible_name(re.compile(r"Answered after \d+ ms: .*Model"))
    page.get_by_role("button", name="1", exact=True).click()
    expect(log.get_by_text("1 key pressed")).to_be_visible()
    expect(log.get_by_text("What day would suit you?")).to_be_visible()
    page.get_by_label("No microphone?").fill("On Monday, please.")
    page.get_by_role("button", name="Say it").click()
    expect(log.locator(".caller", has_text="Monday").first).to_be_visible()
    page.get_by_role("button", name="Hang up").click()
    expect(status).to_have_text("Call ended")
    expect(page.get_by_role("button", name="Call")).to_be_enabled()
