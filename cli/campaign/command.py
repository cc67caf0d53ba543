"""`switchboard campaign`: call a list of people, see how it goes, pause, resume, cancel."""

import argparse
import getpass
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.table import Table

from cli.campaign.events import Contacts, contacts, put
from cli.campaign.place import CAMPAIGNS, Place, campaign_of, told
from cli.campaign.plan import NothingOnFile, Planned, plan
from cli.counted import counted
from cli.deployed.refusal import Refusal
from shared.adapters.dynamodb_campaigns.chains import DynamoDbChains
from shared.adapters.dynamodb_campaigns.runs import DynamoDbRuns
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.adapters.dynamodb_live_chains import DynamoDbLiveChains
from shared.core.campaign import Campaign
from shared.ports import ProviderError
from shared.ports.campaigns import Running, Standing

MOST_SHOWN: Final = 200
"""Lines of a plan."""
_BECOMES: Final = {"pause": Running.PAUSED, "resume": Running.RUNNING, "cancel": Running.CANCELLED}


def run(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    """Make events of a file of contacts, and send them; or say what would come of it. Raises Refusal."""
    campaign = campaign_of(given.name)
    found = contacts(given.contacts, campaign.event, campaign.name)
    for line in found.bad:
        console.print(line, style="red", markup=False, soft_wrap=True)
    if found.bad and not given.skip_bad:
        wrong = f"{counted(len(found.bad), 'line')} to be mended; nothing is sent (--skip-bad sends the rest)"
        return f"{counted(len(found.events), 'contact')} of {given.contacts}", [wrong]
    if given.dry_run:
        return _dry_run(given, campaign, found, console), []
    place = Place.of(given)
    put(place, campaign.event, list(found.events.values()))
    return f"{counted(len(found.events), 'event')} sent to {place.bus}, {len(found.bad)} left out", []


def _dry_run(given: argparse.Namespace, campaign: Campaign, found: Contacts, console: Console) -> str:
    now = datetime.now(UTC)
    ledger: DynamoDbLedger | NothingOnFile = NothingOnFile(now)
    if given.stage or given.laptop:
        place = Place.of(given)
        ledger = DynamoDbLedger(place.client("dynamodb"), place.table())
    else:
        console.print("assumed: nobody is on file, lists imported today; --stage looks at what is on file", style="dim")
    try:
        planned = list(plan(campaign, found.events, ledger, now))
    except ProviderError as error:
        raise Refusal(f"what is on file cannot be read: {error}") from None
    console.print(_table(planned[:MOST_SHOWN]))
    if len(planned) > MOST_SHOWN:
        console.print(f"and {len(planned) - MOST_SHOWN} more", style="dim")
    days = Counter(each.at.date() for each in planned if each.at)
    for day, calls in sorted(days.items()):
        over = "" if calls <= campaign.ceilings.calls else ": the rest waits for the next day"
        console.print(f"{day:%a %Y-%m-%d}: {counted(calls, 'call')} of {campaign.ceilings.calls} allowed{over}")
    called = sum(days.values())
    return f"{called} would be called, {len(planned) - called} not; nothing is sent"


def _table(planned: Sequence[Planned]) -> Table:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name in ("line", "number", "first call (UTC)", "rule"):
        table.add_column(name, no_wrap=True)
    table.add_column("because")
    for each in planned:
        when = "not called" if each.at is None else f"{each.at:%a %m-%d %H:%M}"
        colour = "red" if each.at is None else "yellow" if each.rule else "green"
        table.add_row(str(each.line), each.number, when, each.rule, each.why, style=colour)
    return table


def status(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    """Whether campaigns run, and what they came to today. Raises Refusal."""
    names = [campaign_of(given.name).name] if given.name else sorted(path.stem for path in CAMPAIGNS.glob("*.yaml"))
    place = Place.of(given)
    runs, now = DynamoDbRuns(place.client("dynamodb"), place.table()), datetime.now(UTC)
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name in ("campaign", "", "today: calls", "texts", "dollars", "because"):
        table.add_column(name)
    stopped = []
    for name in names:
        with told():
            standing, day = runs.standing(name), runs.day(name, now)
        stopped += [name] * (standing.running is Running.STOPPED)
        because = f"{standing.why or standing.by}, {standing.since:%Y-%m-%d %H:%MZ}" if standing.since else ""
        table.add_row(name, str(standing.running), str(day.calls), str(day.texts), f"{day.cents / 100:.2f}", because)
    console.print(table)
    return counted(len(names), "campaign"), [f"{name} has stopped by itself" for name in stopped]


def change(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    """Pause, resume or cancel; its chains are told at once. Raises Refusal."""
    name, becomes, place = campaign_of(given.name).name, _BECOMES[given.action], Place.of(given)
    client, table, now = place.client("dynamodb"), place.table(), datetime.now(UTC)
    standing = Standing(becomes, by=getpass.getuser(), since=now)
    with told():
        if not DynamoDbRuns(client, table).set_standing(name, standing):
            raise Refusal(f"{name} was cancelled, which is for good; copy the campaign file to another name")
        chains = DynamoDbChains(client, table)
        under_way = list(DynamoDbLiveChains(client, table).live(name))
        for each in under_way:
            chains.touch(each.id)
    return f"{name} is {becomes}, {counted(len(under_way), 'chain')} told", []
