import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Page

from cli.chromium import chromium
from cli.phone_server import Softphone, build_app
from shared.ports import LogEntry, NewCall
from tests.fakes import FakeCallStore
from tests.web.carrier import FakeCarrier, carrier
from tests.web.chromium import complaints_of, microphone
from tests.web.tone import write_tone

PAGES = Path(__file__).parents[2] / "web" / "phone"
SID = "CA" + "1" * 32
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Its microphone hears two seconds of a tone."""
    folder = tmp_path_factory.mktemp("browser")
    write_tone(folder / "tone.wav")
    with chromium(folder / "profile", *microphone(folder / "tone.wav")) as context:
        yield context


@pytest.fixture
def line() -> Iterator[FakeCarrier]:
    with carrier() as fake:
        yield fake


class Store(FakeCallStore):
    """The table of calls, with one call whose record the test writes."""

    def __init__(self) -> None:
        super().__init__()
        self.create(NewCall(SID, "AC1", "+14155550142", "+15550100123", "front_door", NOW, "hash", NOW))
        self._lines = 0

    def write(self, kind: str, **data: object) -> None:
        self._lines += 1
        self.append(SID, [LogEntry(f"01-{self._lines:05d}", kind, NOW, data)])

    def over(self) -> None:
        self.finish(SID, "completed", NOW)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def address(line: FakeCarrier, store: Store) -> Iterator[str]:
    phone = Softphone(line.url, "Maple Street Clinic", "+14155550142", "+15550100123", "Polly.Matthew-Neural")
    server = uvicorn.Server(
        uvicorn.Config(build_app(PAGES, store, phone), log_level="warning", timeout_graceful_shutdown=1)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            store.over()
            server.should_exit = True
            thread.join()


@pytest.fixture
def page(browser: BrowserContext, address: str) -> Iterator[Page]:
    """The page, loaded; it must not have complained by the end of the test."""
    page = browser.new_page()
    complaints = complaints_of(page)
    page.goto(address)
    yield page
    page.close()
    assert complaints == []
