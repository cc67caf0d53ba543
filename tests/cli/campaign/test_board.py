"""What the board shows of a campaign at one moment."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from cli.campaign.board import SHOWN, Glance, drawn
from cli.campaign.place import campaign_of
from shared.adapters.dynamodb_live_chains import Seen
from shared.ports.campaigns import Day, Running, Standing

CAMPAIGN = campaign_of("appointment_reminder")
UNTIL = "2026-11-23T15:30:00.000+00:00"


def shown(glance: Glance) -> str:
    page = StringIO()
    Console(width=120, file=page).print(drawn(CAMPAIGN, glance))
    return page.getvalue()


def live(number: int, phase: str = "waiting") -> Seen:
    return Seen(f"reminder-{number}", phase, 1, "busy", "", "", UNTIL)


def over(disposition: str, result: str = "", ended: str = "done") -> Seen:
    return Seen("reminder-0", "over", 1, disposition, result, ended, UNTIL)


def test_it_counts_who_waits_who_is_called_and_what_came_of_the_others() -> None:
    finished = [over("reached", "confirmed"), over("reached", "confirmed"), over("", ended="stopped")]
    text = shown(Glance(Standing(), Day(3, 1, 95), [live(1), live(2, "calling")], finished))
    lines = [" ".join(line.split()[:-1]) for line in text.splitlines() if "█" in line]

    assert lines == ["waiting 1", "calling 1", "done: reached → confirmed 2", "stopped 1"]
    assert "today 3 of 500 calls, 1 texts, 0.95 of 150.00 dollars" in text
    assert "reminder-2" in text
    assert "11-23 15:30" in text


def test_one_that_has_stopped_says_why() -> None:
    stopped = Standing(Running.STOPPED, why="9 of the last 20 calls ended with an opt-out", since=datetime.now(UTC))

    assert "stopped: 9 of the last 20 calls ended with an opt-out" in shown(Glance(stopped, Day(), [], []))


def test_a_long_list_is_cut_and_says_how_much_of_it() -> None:
    text = shown(Glance(Standing(), Day(), [live(number) for number in range(SHOWN + 5)], []))

    assert "and 5 more" in text
