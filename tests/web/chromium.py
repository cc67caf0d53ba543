"""Headless Chromium, as Debian packages it; `make test` installs it when it is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

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
def chromium(profile: Path, *flags: str) -> Iterator[BrowserContext]:
    """A browser with an empty profile, whose microphone plays what `flags` say, or nothing."""
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


def microphone(wav: Path) -> tuple[str, ...]:
    """Flags for a microphone that hears this file once."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}%noloop",
    )


def complaints_of(page: Page) -> list[str]:
    """Fills with whatever the page complains about from now on: console errors and uncaught exceptions."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints
