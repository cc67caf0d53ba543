"""The demonstration: everything is started, people are told about, telephones ring, and what came of it is judged."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.campaign.board import Watched, drawn, outcome
from cli.campaign.events import SOURCE
from cli.campaign.place import campaign_of
from cli.campaign.plan import NothingOnFile, plan
from cli.deployed.refusal import Refusal
from cli.deployment import STAGE
from cli.laptop import Laptop, laptop
from cli.outreach.people import FORBIDDEN, Somebody, people
from cli.show import Show
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.dynamodb_live_chains import Seen
from shared.core.campaign import Campaign
from shared.core.chain_events import Phase
from shared.core.rules.person import US_LIST, OptOut
from shared.usecases.chain_accept import chain_id

AREAS: Final = ("212", "787", "312", "303", "602", "503", "808", "671")
"""From Puerto Rico to Guam: in one of them it is day, but for an hour."""
AT_ONCE: Final = 4
"""Conversations at a time: the stand-ins for recognition and voices share this machine's processor."""
LOOK_EVERY_S: Final = 1.0
MOST_S: Final = 900


@dataclass(frozen=True, slots=True)
class Came:
    """Whom it was about, the chain, and how often their telephone rang."""

    somebody: Somebody
    chain: Seen | None
    rings: int

    @property
    def settled(self) -> bool:
        """Whether nothing happens about them any more today."""
        seen, expected = self.chain, self.somebody.expected
        if seen is None:
            return False
        return bool(seen.ended) or (expected.ended is None and seen.phase == Phase.WAITING and seen.attempts > 0)

    @property
    def short(self) -> str:
        """What is not as it should be; empty when all is well."""
        seen, expected = self.chain, self.somebody.expected
        if seen is None:
            return f"nothing came of the event about {self.somebody.number}"
        if self.rings > seen.attempts or seen.attempts > 1:
            return f"{self.somebody.number} rang {self.rings} times for {seen.attempts} attempts"
        if (seen.ended, seen.disposition, seen.result) == expected.written:
            return ""
        return f"{self.somebody.number}: {outcome(seen) or seen.phase}, expected {' → '.join(expected.written)}"


def demo(out: Path, console: Console) -> tuple[str, list[str]]:
    """Run it; its figures, and what fell short. Raises Refusal, ChildFailed or CarrierRefused."""
    begun = time.monotonic()
    now = datetime.now(UTC)
    everybody = people(_area(now), now)
    show = Show(console, "")
    show.step("starting the telephone network, the small AWS, the model and the product")
    with laptop(out / "logs", show.step) as machine:
        show.step(f"ready after {time.monotonic() - begun:.1f} s; {len(everybody)} events are told")
        _put_on_file(machine, everybody, now)
        came = _run(machine, everybody, console)
        optouts = _not_on_file(machine, came)
    _keep(out, came)
    console.print(_table(came))
    rings = sum(each.rings for each in came)
    figures = f"{len(everybody)} events, {sum(each.twice for each in everybody)} of them told twice, {rings} calls"
    short = [each.short for each in came if each.short] + optouts
    return f"{figures}, {time.monotonic() - begun:.0f} s in all", short


def _area(now: datetime) -> str:
    """Where everybody may be called now. Raises Refusal when that is nowhere."""
    for area in AREAS:
        asked = {each.campaign: each for each in people(area, now) if each.expected != FORBIDDEN}
        if all(_may_be_called(each, now) for each in asked.values()):
            return area
    raise Refusal("nobody in the United States may be called at this hour (11 to 12, UTC); try again later")


def _may_be_called(each: Somebody, now: datetime) -> bool:
    (planned,) = plan(_campaign(each), {1: each.detail}, NothingOnFile(now), now)
    return planned.at is not None and planned.at - now < timedelta(minutes=5)


def _campaign(each: Somebody) -> Campaign:
    return campaign_of(each.campaign)


def _put_on_file(machine: Laptop, everybody: Sequence[Somebody], now: datetime) -> None:
    """Telephones at all numbers; who has opted out before; and a list that a lawful campaign has imported."""
    ledger = DynamoDbLedger(machine.account.client("dynamodb"), machine.deployed.campaigns_table)
    listed = f"{everybody[0].number[:-2]}99"
    ledger.import_list(US_LIST, now.date(), [listed])
    for each in everybody:
        machine.carrier.install_callee(each.number, each.callee)
        if each.opted_out:
            ledger.opt_out(each.number, OptOut(now - timedelta(days=2), "text message"))


def _run(machine: Laptop, everybody: Sequence[Somebody], console: Console) -> list[Came]:
    """Tell the events, as many at a time as this machine can talk about, and watch until nothing happens any more."""
    client, table = machine.account.client("dynamodb"), machine.deployed.campaigns_table
    names = dict.fromkeys(each.campaign for each in everybody)
    boards = {name: Watched.of(campaign_of(name), client, table) for name in names}
    waiting, deadline = list(everybody), time.monotonic() + MOST_S
    came: list[Came] = []
    with Live(console=console, auto_refresh=False) as live:
        while time.monotonic() < deadline:
            seen = {name: board.look(datetime.now(UTC)) for name, board in boards.items()}
            chains = {each.id: each for look in seen.values() for each in (*look.live, *look.finished)}
            came = _came(machine, everybody, chains)
            busy = sum(not each.settled for each in came) - len(waiting)
            told, waiting = waiting[: max(0, AT_ONCE - busy)], waiting[max(0, AT_ONCE - busy) :]
            for each in told:
                _tell(machine, each)
            live.update(Group(*(drawn(boards[name].campaign, look) for name, look in seen.items())), refresh=True)
            if not waiting and not told and all(each.settled for each in came):
                break
            machine.children.check()
            time.sleep(LOOK_EVERY_S)
    return came


def _came(machine: Laptop, everybody: Sequence[Somebody], chains: Mapping[str, Seen]) -> list[Came]:
    rings = Counter(str(call["to"]) for call in machine.carrier.calls())
    return [
        Came(each, chains.get(chain_id(each.campaign, str(each.detail["id"]))), rings[each.number])
        for each in everybody
    ]


def _tell(machine: Laptop, each: Somebody) -> None:
    """Put the event on the bus, as the company's own system would; some come twice."""
    entry = {
        "EventBusName": f"switchboard-{STAGE}",
        "Source": SOURCE,
        "DetailType": each.kind,
        "Detail": json.dumps(each.detail),
    }
    for _ in range(2 if each.twice else 1):
        machine.account.client("events").put_events(Entries=[entry])


def _not_on_file(machine: Laptop, came: Sequence[Came]) -> list[str]:
    """Opt-outs that got lost."""
    ledger = DynamoDbLedger(machine.account.client("dynamodb"), machine.deployed.campaigns_table)
    out = [each.somebody.number for each in came if each.chain and each.chain.disposition == "opted-out"]
    return [f"the opt-out of {number} is not on file" for number in out if ledger.person(number).opt_out is None]


def _keep(out: Path, came: Sequence[Came]) -> None:
    outcomes = [
        {
            "number": each.somebody.number,
            "campaign": each.somebody.campaign,
            "event": each.somebody.detail["id"],
            "rings": each.rings,
            "chain": None if each.chain is None else asdict(each.chain),
        }
        for each in came
    ]
    (out / "outcomes.json").write_text(json.dumps(outcomes, indent=1) + "\n")


def _table(came: Sequence[Came]) -> Table:
    """What came of everything, by campaign."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name in ("campaign", "what came of it", "people", "calls"):
        table.add_column(name)
    kinds = Counter((each.somebody.campaign, _came_to(each)) for each in came)
    for (campaign, what), many in sorted(kinds.items()):
        rings = sum(each.rings for each in came if (each.somebody.campaign, _came_to(each)) == (campaign, what))
        table.add_row(campaign, Text(what), str(many), str(rings))
    return table


def _came_to(each: Came) -> str:
    seen = each.chain
    if seen is None:
        return "nothing"
    return outcome(seen) if seen.ended else f"{seen.disposition or 'not called yet'}; called again later"
