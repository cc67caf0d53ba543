"""Headless Chromium, as Debian packages it; `make demo-transfer` and `make test` install it when it is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

CHROMIUM = Path("/usr/bin/chromium")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(profile: Path, *flags: str) -> "Iterator[BrowserContext]":
    """A browser with an empty profile, whose microphone plays what `flags` say, or nothing."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM.exists(), "Chromium is missing: apt-get install chromium (as root), or `make chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            args=[*_QUIET, *flags],
            viewport={"width": 1180, "height": 760},
            reduced_motion="reduce",
        )
        try:
            yield browser
        finally:
            browser.close()
