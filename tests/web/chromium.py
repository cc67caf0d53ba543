"""What pages are tested with, besides the browser itself (`cli.chromium`)."""

from pathlib import Path

from playwright.sync_api import Page


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
