"""The desk in real headless Chromium, against the deployed Core: signed in at the user pool, told over a WebSocket."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, expect

from cli.chromium import chromium
from cli.desk_at_home import COLLEAGUES
from cli.laptop import NUMBER, Laptop
from cli.stand_ins import ACCOUNT_SID
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.adapters.dynamodb_transfers import DynamoDbTransfers
from shared.core.agent import Destination, DestinationKind, Route
from shared.core.events import JsonValue
from shared.core.report import report
from shared.core.transfer import Transfer
from shared.core.transfer_events import Accepted, CallerGone, Claimed
from shared.ports import LogEntry, NewCall
from tests.e2e.calls import HANG_UP, Ended, dial, ended, listen, press, say, until_heard, wait
from tests.web.axe import violations
from tests.web.chromium import complaints_of

PHONES = {one.username: one.phone for one in COLLEAGUES}
MINE = re.compile("A call for you|Listen, then accept|You are talking")
LONG_PAUSE = {"do": "listen", "quiet_ms": 4_000, "within_ms": 120_000}
"""Until somebody has spoken and waits: the music of those on hold has shorter pauses."""
FRONT_DESK = Destination(DestinationKind.TEAM, "front_desk", "the front desk")
PATIENCE_MS = 20_000
CLICK = "([what, at]) => setTimeout(() => document.querySelector(what)?.click(), at - Date.now())"
"""In several pages at the same time."""
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


def colleague(page: Page, name: str) -> Locator:
    """Somebody at a desk, as this page shows them."""
    return page.get_by_role("region", name="People").get_by_role("listitem").filter(has_text=name)


def test_x3_a_person_signs_in_says_they_are_free_and_follows_a_live_call(
    machine: Laptop, browser: BrowserContext
) -> None:
    sam, kim = sign_in(browser, machine, "sam"), sign_in(browser, machine, "kim")
    complaints = complaints_of(sam)
    sam.get_by_label("Free").check(force=True)
    for page in (sam, kim):
        expect(colleague(page, "Sam Rivera")).to_contain_text("free")

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
    expect(colleague(sam, "Kim Lee")).to_contain_text("not here")
    assert complaints == []


def test_x3_a_person_corrects_a_call_finds_it_again_and_two_desks_race_for_what_is_left_to_do(
    machine: Laptop, browser: BrowserContext
) -> None:
    sid = past_call(machine)
    sam, kim = sign_in(browser, machine, "sam"), sign_in(browser, machine, "kim")
    complaints = complaints_of(sam)
    sam.keyboard.press("Alt+Shift+KeyH")
    sam.get_by_role("searchbox").fill("0199 cleaning")
    sam.get_by_role("searchbox").press("Enter")
    sam.get_by_role("link", name=re.compile("415 555 0199")).click()

    sam.get_by_label("Day").fill("2026-12-01")
    sam.get_by_label("Day").press("Enter")
    expect(sam.get_by_text("by Sam Rivera; the agent has 2026-11-23")).to_be_visible()
    sam.get_by_role("textbox", name="Summary").fill("Booked a cleaning on another day.")
    sam.get_by_role("textbox", name="Summary").press("Control+Enter")
    expect(sam.get_by_text("Confirmed by Sam Rivera")).to_be_visible()
    assert violations(sam) == []
    kim.goto(f"{machine.desk.url}#call/{sid}")
    expect(kim.get_by_label("Day")).to_have_value("2026-12-01")
    expect(kim.get_by_role("textbox", name="Summary")).to_have_value("Booked a cleaning on another day.")

    sam.get_by_role("button", name="Add a task or callback").click()
    sam.get_by_label("Kind").select_option("callback")
    sam.get_by_label("What", exact=True).fill("Ask about the bill")
    sam.get_by_role("button", name="Add", exact=True).click()
    for page in (sam, kim):
        page.keyboard.press("Alt+Shift+KeyT")
        expect(page.get_by_role("button", name="Take: Ask about the bill")).to_be_visible()
    assert violations(sam) == []
    both_at = in_ms(datetime.now(UTC)) + 500
    for page in (sam, kim):
        page.evaluate(CLICK, ["[aria-label^='Take:']", both_at])
    taken, lost = ("Leave to others: Ask about the bill", "has it")
    for page in (sam, kim):
        expect(page.get_by_role("button", name=taken).or_(page.get_by_text(lost))).to_be_visible()
    winners = [page for page in (sam, kim) if page.get_by_role("button", name=taken).count()]
    assert len(winners) == 1
    winners[0].get_by_role("button", name="Done: Ask about the bill").click()
    for page in (sam, kim):
        expect(page.get_by_text("Nobody is waiting to be rung back.")).to_be_visible()
    assert [line for line in complaints if "409" not in line] == []


def test_x3_a_call_about_to_arrive_is_seen_with_its_context_before_it_rings_and_leaves_work_behind(
    machine: Laptop, browser: BrowserContext
) -> None:
    sid = live_call(machine)
    sam, kim = sign_in(browser, machine, "sam"), sign_in(browser, machine, "kim")
    sam.get_by_label("Free").check(force=True)
    expect(colleague(kim, "Sam Rivera")).to_contain_text("free")
    client, now = machine.account.client("dynamodb"), partial(datetime.now, UTC)
    people = DynamoDbPeople(client, machine.deployed.desk_table, now=now)
    transfers = DynamoDbTransfers(client, machine.deployed.calls_table)
    context: dict[str, JsonValue] = {
        "about": "a bill that is too high",
        "sentiment": "negative",
        "caller": "+14155550166",
    }
    began, _ = Transfer.begin(Route("billing", "bills", (), "", "", (FRONT_DESK,)), "asked", in_ms(now()))

    assert transfers.open_transfer(sid, 1, began, context, now())
    (person,) = people.free("front_desk", now())
    assert people.claim(person.id, sid, now() + timedelta(minutes=1))
    arriving = sam.get_by_role("region", name="A call for you")
    expect(arriving).to_contain_text("a bill that is too high")
    expect(arriving).to_contain_text("+1 415 555 0166")
    assert violations(sam) == []
    ringing, _ = began.after(Claimed(1, person.id), in_ms(now()))
    assert transfers.save_transfer(sid, 1, ringing, version=1)
    expect(kim.get_by_role("link", name=re.compile("415 555 0166"))).to_contain_text("ringing Sam Rivera")
    expect(kim.get_by_role("region", name="A call for you")).to_have_count(0)

    together, _ = ringing.after(Accepted(1), in_ms(now()))
    assert transfers.save_transfer(sid, 1, together, version=2)
    expect(sam.get_by_role("region", name="You are talking")).to_be_visible()
    over, _ = together.after(CallerGone(), in_ms(now()))
    assert transfers.save_transfer(sid, 1, over, version=3)
    people.release(person.id, sid)
    expect(sam.get_by_role("region", name="You are talking")).to_have_count(0)
    expect(colleague(kim, "Sam Rivera")).to_contain_text("after a call")


def test_x3_f3_of_two_desks_one_takes_a_call_over_is_helped_while_they_talk_and_gives_it_back(
    machine: Laptop, browser: BrowserContext
) -> None:
    hello = (wait(800), say("Hello, how can I help you?"), wait(120_000))
    for phone in PHONES.values():
        machine.carrier.install(phone, listen(300), press("1"), *hello, ring_ms=700)
    desks = {name: sign_in(browser, machine, name) for name in PHONES}
    complaints = complaints_of(desks["sam"])
    sid = dial(machine, "+14155550177", LONG_PAUSE, say("What are your opening hours on Saturday?"), wait(120_000))
    for page in desks.values():
        page.get_by_role("link", name=re.compile("415 555 0177")).click()
        expect(page.get_by_role("button", name="Take over")).to_be_visible()
    assert violations(desks["sam"]) == []
    both_at = in_ms(datetime.now(UTC)) + 500
    for page in desks.values():
        page.evaluate(CLICK, ["button.take", both_at])
    lost = re.compile("has the call|with people already")
    for page in desks.values():
        expect(page.get_by_role("region", name=MINE).or_(page.get_by_text(lost))).to_be_visible()
    (winner,) = [name for name, page in desks.items() if page.get_by_text(lost).count() == 0]
    desk, shown = desks[winner], [leg["status"] for leg in machine.carrier.legs(PHONES[winner])]
    expect(desk.get_by_role("region", name="You are talking")).to_be_visible()

    log = desk.get_by_role("log")
    expect(log.locator(".person", has_text=re.compile("help", re.IGNORECASE))).to_be_visible()
    expect(log.locator(".caller", has_text=re.compile("opening hours", re.IGNORECASE))).to_be_visible()
    suggested = desk.get_by_role("region", name="Suggested")
    expect(suggested).to_contain_text("from eight in the morning until five in the afternoon")
    expect(suggested.locator("blockquote").first).to_contain_text("Opening hours")
    assert violations(desk) == []

    desk.keyboard.press("Alt+Shift+KeyB")
    until_heard(machine, sid, "Is there anything else I can do for you?", 30)
    expect(desk.get_by_role("region", name="You are talking")).to_have_count(0)
    for page in desks.values():
        expect(page.get_by_role("button", name="Take over")).to_be_visible()
    assert [line for line in complaints if "409" not in line] == []
    machine.carrier.hang_up(sid)
    show_times(ended(machine, sid, 20), shown)


def show_times(call: Ended, phone: list[str]) -> None:
    """Not asserted: where the phone was when the desk showed the call, and how soon a sentence brought a suggestion."""
    sys.stdout.write(f"\nwhen the desk showed the call, its phone was: {phone or 'not rung yet'}\n")
    sys.stdout.write(f"suggestions, ms after the sentence: {[line['after_ms'] for line in call.data('suggestion')]}\n")
    talk = [entry for entry in call.log if entry.kind in ("caller", "person", "suggestion", "model_usage")]
    sys.stdout.writelines(f"{entry.at:%H:%M:%S.%f} {entry.kind} {entry.data.get('text', '')}\n" for entry in talk)


def live_call(machine: Laptop) -> str:
    sid, now = f"CA{uuid4().hex}", datetime.now(UTC)
    new = NewCall(sid, ACCOUNT_SID, "+14155550166", NUMBER, "front_door", now, "hash", now, "en-US")
    assert machine.calls.create(new)
    return sid


def in_ms(at: datetime) -> int:
    return round(at.timestamp() * 1_000)


def past_call(machine: Laptop) -> str:
    """A call that booked a cleaning, as its record is when it is over."""
    sid, now = f"CA{uuid4().hex}", datetime.now(UTC)
    new = NewCall(sid, ACCOUNT_SID, "+14155550199", NUMBER, "front_door", now, "hash", now, "en-US")
    booked: JsonValue = {"service": "cleaning", "day": "2026-11-23", "time": "12:00", "name": "Grace Miller"}
    lines = [
        LogEntry("01-00001", "agent", now, {"text": "How can I help?", "turn": 0}),
        LogEntry("01-00002", "caller", now, {"text": "A cleaning on Monday, please.", "turn": 1}),
        LogEntry("01-00003", "tool", now, {"name": "book_appointment", "arguments": booked, "result": booked}),
    ]
    assert machine.calls.create(new)
    assert machine.calls.append(sid, lines)
    assert machine.calls.finish(sid, "goodbye", now)
    assert machine.calls.save_report(sid, report([(line.kind, line.data) for line in lines]), lines=len(lines))
    return sid
