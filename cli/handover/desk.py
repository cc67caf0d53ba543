"""The page of the person who takes the call over, in headless Chromium, and pictures of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from cli.chromium import chromium
from cli.desk_at_home import Colleague, DeskAtHome
from cli.handover.people import ANSWER

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_MS: Final = 20_000
_NOTE_WHEN: Final = """([name, selector, text]) => {
  const there = () => [...document.querySelectorAll(selector)].some((one) => one.textContent.includes(text));
  const note = () => { window[name] ||= there() ? Date.now() : 0; };
  new MutationObserver(note).observe(document.body, {childList: true, subtree: true});
  note();
}"""
"""Keeps when an element was first there, in ms since 1970."""
_ARRIVING = ("arrivedAt", "section.arriving", "")
_SUGGESTED = ("suggestedAt", "section.suggestions li", ANSWER)


class Desk:
    """One open page."""

    def __init__(self, page: "Page", pictures: Path) -> None:
        self._page = page
        self._pictures = pictures
        self.taken: list[str] = []
        """Pictures, by name."""

    def sign_in(self, home: DeskAtHome, who: Colleague) -> None:
        """And be free for callers."""
        self._page.goto(home.url)
        self._page.get_by_label("Username").fill(who.username)
        self._page.get_by_label("Password").fill(home.password)
        self._page.get_by_role("button", name="Sign in").click()
        self._page.get_by_role("heading", name="Live calls").wait_for()
        self._page.get_by_label("Free").check(force=True)
        mine = self._page.get_by_role("listitem").filter(has_text=who.name)
        mine.filter(has_text="free").wait_for()
        for watched in (_ARRIVING, _SUGGESTED):
            self._page.evaluate(_NOTE_WHEN, watched)

    def shows(self, role_name: str) -> bool:
        """Whether there is a region of this name."""
        return self._page.get_by_role("region", name=role_name).count() > 0

    def suggests(self) -> bool:
        """Whether the answer to the caller's question is among what is suggested."""
        return self._page.get_by_role("region", name="Suggested").filter(has_text=ANSWER).count() > 0

    def open_call(self) -> None:
        self._page.get_by_role("link", name="Open the call").click()
        self._page.get_by_role("log").wait_for()

    def picture(self, name: str) -> None:
        """Of the whole page."""
        name = f"desk-{len(self.taken) + 1}-{name}.png"
        self._page.screenshot(path=self._pictures / name, full_page=True)
        self.taken.append(name)

    def confirm_summary(self) -> str:
        """Wait for the summary of the call, and confirm it; its text."""
        from playwright.sync_api import expect

        written = self._page.get_by_role("textbox", name="Summary")
        expect(written).not_to_have_value("", timeout=PATIENCE_MS)
        text = written.input_value()
        self.picture("summary")
        self._page.get_by_role("button", name="Confirm").click()
        self._page.get_by_text("Confirmed by").wait_for()
        self.picture("confirmed")
        return text

    def first_shown_ms(self) -> tuple[int, int]:
        """When a call that is about to arrive was shown, and a suggestion, in ms since 1970; 0 is never."""
        return self._at(_ARRIVING), self._at(_SUGGESTED)

    def _at(self, watched: tuple[str, str, str]) -> int:
        return int(self._page.evaluate(f"window.{watched[0]} || 0"))


@contextmanager
def desk_open(home: DeskAtHome, who: Colleague, pictures: Path) -> Iterator[Desk]:
    """Signed in, and free. Raises playwright's errors when the page does not come to that."""
    with TemporaryDirectory(prefix="switchboard-") as profile, chromium(Path(profile)) as browser:
        browser.set_default_timeout(PATIENCE_MS)
        desk = Desk(browser.new_page(), pictures)
        desk.sign_in(home, who)
        yield desk
