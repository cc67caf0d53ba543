"""The dashboard's page in a real browser, over logs that the test writes."""

import logging
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Locator, Page, expect

from cli.pages import pages
from cli.watch.command import open_board
from cli.watch.page import routes
from tests.cli.watch.lines import line, write
from tests.web.chromium import complaints_of

NARROW = 375
READABLE = 4.5
"""Contrast of text and ground, WCAG 2 AA."""


def just_now(seconds_ago: float = 1) -> int:
    return round(1000 * (datetime.now(UTC).timestamp() - seconds_ago))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """One call, under way."""
    write(tmp_path, line("call_created", just_now(20), service="telephony"), name="telephony")
    write(tmp_path, *(line("turn_timing", just_now(10), gap_ms=gap) for gap in (700, 900, 1_234)))
    return tmp_path


@pytest.fixture
def watch(browser: BrowserContext, logs: Path) -> Iterator[Page]:
    """The page, loaded; it must not have complained by the end of the test."""
    config = uvicorn.Config(pages(routes(open_board(logs))), log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        page = browser.new_page()
        complaints = complaints_of(page)
        try:
            page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/")
            yield page
            page.close()
        finally:
            server.should_exit = True
            thread.join()
    assert complaints == []


def graph(page: Page, title: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=title, exact=True))


def test_each_graph_says_what_it_comes_to_in_its_picture_and_its_legend(watch: Page) -> None:
    waits = graph(watch, "Wait for an answer")

    expect(waits.get_by_role("img")).to_have_accessible_name(
        "Wait for an answer, over all: p50 900 ms, p95 1,234 ms, p99 1,234 ms"
    )
    expect(waits.get_by_role("listitem")).to_have_text(["p50 900 ms", "p95 1,234 ms", "p99 1,234 ms"])
    expect(graph(watch, "Turned away").get_by_text("nothing happened")).to_be_visible()


def test_whoever_cannot_see_a_graph_reads_it_as_a_table(watch: Page) -> None:
    graph(watch, "Wait for an answer").get_by_text("As a table").click()
    table = watch.get_by_role("table", name="Wait for an answer")

    expect(table.get_by_role("columnheader")).to_have_text(["Time", "p50", "p95", "p99"])
    expect(table.get_by_role("row").last).to_have_text(re.compile(r"^\d\d:\d\d:\d\d900 ms1,234 ms1,234 ms$"))


def test_each_line_of_a_graph_looks_different(watch: Page) -> None:
    for swatches in graph(watch, "Provider faults").get_by_role("list").all():
        strokes = swatches.locator(".stroke")
        looks = strokes.evaluate_all(
            "all => all.map((e) => [getComputedStyle(e).stroke, e.nextSibling.outerHTML] + '')"
        )
        dashes = strokes.evaluate_all("all => all.map((e) => getComputedStyle(e).strokeDasharray)")

        assert len(looks) == len(set(looks)) == len(set(dashes)) == 7


def test_what_happens_now_is_drawn_without_a_reload_and_an_alarm_rings(watch: Page, logs: Path) -> None:
    alarm = watch.get_by_role("listitem").filter(has_text="CallsFail")
    expect(watch.get_by_text(re.compile("^Live, "))).to_be_visible()
    expect(watch.get_by_role("status")).to_have_text("No alarm rings")
    expect(alarm.get_by_text("OK")).to_be_visible()

    write(logs, *[line("provider_failed", just_now(), level=logging.WARNING, provider="model")] * 5)

    expect(alarm.get_by_text("In alarm")).to_be_visible()
    expect(watch.get_by_role("status")).to_have_text("In alarm: CallsFail")
    expect(graph(watch, "Provider faults").get_by_text("model 5")).to_be_visible()
    alarm.get_by_text("CallsFail").click()
    expect(alarm.get_by_text("that provider's status page")).to_be_visible()
    expect(alarm.get_by_text("at least 5 within 5 min; now 5")).to_be_visible()


def test_what_only_aws_measures_says_so(watch: Page) -> None:
    alarm = watch.get_by_role("listitem").filter(has_text="NoTaskLives")

    expect(alarm.get_by_text("AWS only")).to_be_visible()


def test_the_period_is_chosen_on_the_page(watch: Page) -> None:
    expect(watch.get_by_label("A point each")).to_have_value("10")
    watch.get_by_label("A point each").select_option("1 min")
    graph(watch, "Calls").get_by_text("As a table").click()

    expect(watch.get_by_role("table", name="Calls").get_by_role("row").last).to_have_text(re.compile(r"^\d\d:\d\d:001"))


def test_it_fits_a_telephone(watch: Page) -> None:
    watch.set_viewport_size({"width": NARROW, "height": 740})
    expect(graph(watch, "Calls")).to_be_visible()

    assert watch.evaluate("document.documentElement.scrollWidth") <= NARROW


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_and_line_is_readable_by_day_and_by_night(watch: Page, scheme: str) -> None:
    watch.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(graph(watch, "How calls ended")).to_be_visible()
    shown = watch.evaluate(
        """() => [...document.querySelectorAll('h1, h2, p, b, span, summary, .word, .stroke')].map((e) => {
            const style = getComputedStyle(e);
            const none = 'rgba(0, 0, 0, 0)';
            let ground = e;
            while (getComputedStyle(ground).backgroundColor === none) ground = ground.parentElement;
            const ink = e instanceof SVGElement ? (e.tagName === 'text' ? style.fill : style.stroke) : style.color;
            return [e.textContent || e.parentElement.className.baseVal, ink, getComputedStyle(ground).backgroundColor];
        })"""
    )

    assert len(shown) > 100
    assert [(what, ink, ground) for what, ink, ground in shown if contrast(ink, ground) < READABLE] == []


def contrast(ink: str, ground: str) -> float:
    """Of two CSS colours, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
