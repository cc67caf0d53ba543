"""The desk in real headless Chromium, against the deployed Core: signed in at the user pool, told over a WebSocket."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from cli.laptop import Laptop
from tests.e2e.calls import HANG_UP, dial, ended, listen, say
from tests.web.axe import violations
from tests.web.chromium import chromium, complaints_of

PATIENCE_MS = 20_000
PHONE: ViewportSize = {"width": 390, "height": 800}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[BrowserContext]:
    with chromium(tmp_path / "profile") as browser:
        expect.set_options(timeout=PATIENCE_MS)
        yield browser


def sign_in(browser: BrowserContext, machine: Laptop, username: str) -> Page:
    page = browser.new_page()
    page.goto(machine.desk.url)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(machine.desk.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Live calls")).to_be_visible()
    return page


def test_x3_a_person_signs_in_says_they_are_free_and_follows_a_live_call(
    machine: Laptop, browser: BrowserContext
) -> None:
    sam, kim = sign_in(browser, machine, "sam"), sign_in(browser, machine, "kim")
    complaints = complaints_of(sam)
    sam.get_by_label("Free").check(force=True)
    expect(kim.get_by_role("listitem").filter(has_text="Sam Rivera")).to_contain_text("free")

    sid = dial(machine, "+14155550188", listen(), say("Do you have parking?"), listen(), HANG_UP)
    sam.get_by_role("link", name=re.compile("415 555 0188")).click()

    log = sam.get_by_role("log")
    expect(log.locator(".agent").first).to_contain_text("Thank you for calling")
    expect(log.locator(".caller", has_text=re.compile("parking", re.IGNORECASE))).to_be_visible()
    expect(log.locator(".agent", has_text="free parking")).to_be_visible()
    assert violations(sam) == []
    sam.set_viewport_size(PHONE)
    assert violations(sam) == []
    assert sam.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    ended(machine, sid, 30)
    expect(kim.get_by_role("link", name=re.compile("415 555 0188"))).to_have_count(0)
    kim.close()
    expect(sam.get_by_role("listitem").filter(has_text="Kim Lee")).to_contain_text("not here")
    assert complaints == []
