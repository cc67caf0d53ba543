"""`switchboard rules explain`: what every rule says to one call, in a table."""

import argparse
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from cli.counted import counted
from cli.deployed.refusal import Refusal
from shared.adapters.campaign_files import CampaignFileError, load
from shared.adapters.phone_zones import places_of
from shared.core.rules.answers import E164, zones_of
from shared.core.rules.decide import decide, lists_asked
from shared.core.rules.law import RULEBOOK
from shared.core.rules.law.house import OUR_OWN
from shared.core.rules.opening import zone_of
from shared.core.rules.person import Channel, Consent, ConsentKind, Person, Purpose, Registry
from shared.core.rules.question import Decision, Question, Said, Verdict
from shared.ports import ProviderError
from shared.ports.ledger import Ledger

CAMPAIGNS = Path("campaigns")
_COLOURS = {Verdict.NOW: "green", Verdict.LATER: "yellow", Verdict.NEVER: "red"}


@dataclass(frozen=True, slots=True)
class _About:
    """What the call is for."""

    purpose: Purpose
    campaign: str = ""
    line: str = ""


def explain(given: argparse.Namespace, console: Console, ledger: Ledger | None) -> tuple[str, list[str]]:
    """Print the verdict and what each rule says; gives the figures. Without a ledger somebody willing is assumed.

    Raises Refusal.
    """
    _check(given)
    about = _about(given)
    question = _question(given, about, ledger)
    decision = decide(question, RULEBOOK)
    what = f"{about.purpose} {question.channel}" + (f" of {about.campaign}" if about.campaign else "")
    console.print(f"{question.number}: {what} at {question.now:%A %Y-%m-%d %H:%M %z}", markup=False)
    if ledger is None:
        _assumed(given, console)
    console.print(_verdict(decision, question), style=_COLOURS[decision.verdict], markup=False)
    console.print(_table(decision))
    return f"{decision.verdict}, {counted(len(decision.said), 'rule')}", []


def _about(given: argparse.Namespace) -> _About:
    if given.purpose:
        return _About(Purpose(given.purpose))
    path = given.campaign if given.campaign.suffix else CAMPAIGNS / f"{given.campaign}.yaml"
    try:
        campaign = load(path)
    except CampaignFileError as error:
        raise Refusal(f"--campaign: {error}") from None
    return _About(campaign.purpose, campaign.name, campaign.line)


def _check(given: argparse.Namespace) -> None:
    """What was typed wrongly is not a case for the rules. Raises Refusal."""
    if not E164.fullmatch(given.number):
        raise Refusal(f"NUMBER: {given.number} is not in E.164; write it as +13055550123")
    if given.state and given.state not in RULEBOOK.zones and given.country in ("", "US"):
        raise Refusal(f"--state: there is no {given.state}; write it as US-FL")
    if given.zone and not (given.country or given.state):
        raise Refusal("--zone: a zone alone is no address; say --state or --country too")
    if given.zone and zone_of(given.zone) is None:
        raise Refusal(f"--zone: there is no time zone {given.zone}; write it as America/Chicago")


def _question(given: argparse.Namespace, about: _About, ledger: Ledger | None) -> Question:
    address = {"country": given.country, "region": given.state, "time_zone": given.zone}
    question = Question(
        number=given.number,
        purpose=about.purpose,
        channel=Channel(given.channel),
        now=_at(given.at),
        places=places_of(given.number, {name: value for name, value in address.items() if value}),
        person=Person(),
        campaign=about.campaign,
        debt=given.debt,
        carrier=given.carrier,
        caller_id=given.caller_id or about.line,
    )
    lists = lists_asked(question, RULEBOOK)
    if ledger is None:
        fresh = tuple(Registry(name, question.now.astimezone(UTC).date()) for name in lists)
        return replace(question, person=_agreed(given, question), registries=fresh)
    try:
        registries = tuple(filter(None, map(ledger.registry, lists)))
        return replace(question, person=ledger.person(given.number), registries=registries)
    except ProviderError as error:
        raise Refusal(f"AWS: {error}") from None


def _at(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).astimezone()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"--at: {text} is no time; write it as 2026-11-21T09:00-05:00") from None
    if at.tzinfo is None:
        raise Refusal(f"--at: {text} is in no zone; add it, as in {text}-05:00 or {text}Z")
    return at


def _agreed(given: argparse.Namespace, question: Question) -> Person:
    if given.consent == "none":
        return Person()
    proof = Consent(
        ConsentKind(given.consent),
        frozenset({question.purpose}),
        question.now - timedelta(days=1),
        "assumed here",
        "--consent",
    )
    return Person((proof,))


def _assumed(given: argparse.Namespace, console: Console) -> None:
    agreed = "no consent" if given.consent == "none" else f"{given.consent} consent"
    console.print(
        f"assumed: {agreed}, no calls so far, lists imported that day; --stage looks at what is on file", style="dim"
    )


def _verdict(decision: Decision, question: Question) -> str:
    by = "" if decision.decided_by is None else f", by {decision.decided_by.rule}: {decision.decided_by.text}"
    when = ""
    if decision.at is not None:
        zones = dict.fromkeys(zone for place in question.places for zone in zones_of(place, RULEBOOK))
        times = " = ".join(f"{decision.at.astimezone(ZoneInfo(zone)):%H:%M} {zone}" for zone in list(zones)[:3])
        when = f" {decision.at.astimezone(question.now.tzinfo):%A %Y-%m-%d %H:%M %z} ({times})"
    return f"{decision.verdict.upper()}{when}{by}"


def _table(decision: Decision) -> Table:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("says", no_wrap=True)
    table.add_column("because")
    table.add_column("the rule")
    table.add_column("source (in force since)")
    for said in decision.said:
        source = said.source if said.source == OUR_OWN else f"{said.source} ({said.effective})"
        table.add_row(said.rule, _says(said), said.why, said.text, source, style=_style(said, decision))
    return table


def _says(said: Said) -> str:
    return str(said.verdict) if said.at is None else f"{said.verdict} {said.at:%m-%d %H:%MZ}"


def _style(said: Said, decision: Decision) -> str:
    weight = "bold " if decision.decided_by == said else ""
    return f"{weight}{_COLOURS[said.verdict]}" if said.verdict is not Verdict.NOW else ""
