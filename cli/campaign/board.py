"""`switchboard campaign board`: a campaign while it runs, in the terminal."""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.campaign.place import Place, campaign_of, told
from cli.counted import counted
from shared.adapters.dynamodb_campaigns.runs import DynamoDbRuns
from shared.adapters.dynamodb_live_chains import DynamoDbLiveChains, Seen
from shared.core.campaign import Campaign
from shared.core.chain_events import Phase
from shared.ports.campaigns import Day, Running, Standing

EVERY_S: Final = 1.0
SHOWN: Final = 15
"""Chains that are listed one by one."""
COUNTED: Final = 10_000
"""Chains that are counted, of either kind."""
_COLOURS: Final = {Running.RUNNING: "green", Running.PAUSED: "yellow", Running.STOPPED: "red", Running.CANCELLED: "red"}


@dataclass(frozen=True, slots=True)
class Glance:
    """A campaign at one moment."""

    standing: Standing
    day: Day
    live: Sequence[Seen]
    finished: Sequence[Seen]
    """Since midnight, UTC."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A campaign, and where it is looked at."""

    campaign: Campaign
    runs: DynamoDbRuns
    chains: DynamoDbLiveChains

    @classmethod
    def of(cls, campaign: Campaign, client: Any, table: str) -> "Watched":
        return cls(campaign, DynamoDbRuns(client, table), DynamoDbLiveChains(client, table))

    def look(self, now: datetime) -> Glance:
        """As it stands. Raises ProviderError."""
        name, midnight = self.campaign.name, now.replace(hour=0, minute=0, second=0, microsecond=0)
        return Glance(
            standing=self.runs.standing(name),
            day=self.runs.day(name, now),
            live=list(islice(self.chains.live(name), COUNTED)),
            finished=list(islice(self.chains.finished(name, midnight), COUNTED)),
        )


def board(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    """Watch until Ctrl-C, or until nothing is left to do; how it stands then. Raises Refusal."""
    campaign, place = campaign_of(given.name), Place.of(given)
    watched = Watched.of(campaign, place.client("dynamodb"), place.table())
    with told():
        seen = watched.look(datetime.now(UTC))
        if given.once:
            console.print(drawn(campaign, seen))
        else:
            with suppress(KeyboardInterrupt), Live(drawn(campaign, seen), console=console) as live:
                while seen.live or not seen.finished:
                    time.sleep(EVERY_S)
                    seen = watched.look(datetime.now(UTC))
                    live.update(drawn(campaign, seen))
    stopped = [f"stopped: {seen.standing.why}"] if seen.standing.running is Running.STOPPED else []
    return f"{counted(len(seen.live), 'chain')} under way, {len(seen.finished)} finished today", stopped


def drawn(campaign: Campaign, seen: Glance) -> RenderableType:
    """What the board shows."""
    standing, day = seen.standing, seen.day
    title = Text(f"{campaign.name}  ", style="bold")
    title.append(str(standing.running), style=_COLOURS[standing.running])
    if standing.running is not Running.RUNNING:
        title.append(f": {standing.why or f'by {standing.by}'}")
    used = f"today {day.calls} of {campaign.ceilings.calls} calls, {day.texts} texts, "
    used += f"{day.cents / 100:.2f} of {campaign.ceilings.cents / 100:.2f} dollars"
    return Group(title, Text(used, style="dim"), Text(), _counts(seen), Text(), _under_way(seen.live))


def _counts(seen: Glance) -> Table:
    """How many there are of each, and a bar."""
    phases = Counter(each.phase for each in seen.live)
    counts = [(str(phase), phases[phase], "cyan") for phase in (Phase.WAITING, Phase.CALLING) if phases[phase]]
    over = Counter(outcome(each) for each in seen.finished)
    counts += [(name, count, "green" if "→" in name else "white") for name, count in over.most_common()]
    most = max((count for _, count, _ in counts), default=1)
    table = Table(show_edge=False, pad_edge=False, show_header=False, box=None)
    for name, count, colour in counts:
        table.add_row(name, str(count), Text("█" * max(1, round(40 * count / most)), style=colour))
    return table


def outcome(seen: Seen) -> str:
    """What a finished chain came to, such as `done: reached → confirmed`."""
    last = " → ".join(filter(None, (seen.disposition, seen.result)))
    return f"{seen.ended}: {last}" if last else seen.ended


def _under_way(live: Sequence[Seen]) -> Table:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name in ("under way", "", "call", "last", "until (UTC)"):
        table.add_column(name, no_wrap=True)
    for each in sorted(live, key=lambda one: (one.phase, one.looked_after))[:SHOWN]:
        until = each.looked_after[5:16].replace("T", " ")
        table.add_row(each.id, each.phase, str(each.attempts or ""), each.disposition, until)
    if len(live) > SHOWN:
        table.add_row(f"and {len(live) - SHOWN} more", "", "", "", "")
    return table
