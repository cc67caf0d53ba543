"""The Twilio account: whether it may take calls, how many at a time, and whether its numbers lead here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from cli.deployed.stacks import Deployed
from cli.deployed.twilio_account import TwilioAccount
from cli.doctor.finding import Check, Finding, Group, note, ok, warning, wrong
from cli.number.former import Former
from cli.number.leads import changes, leads_to

LOW_BALANCE: Final = 10.0
"""About 800 minutes of inbound calls with their streams, at US prices (2026)."""

LIMITED_SINCE: Final = datetime(2026, 2, 3, tzinfo=UTC)
"""Accounts upgraded from then on are held to few calls at a time, by the customer profile that Twilio approved: two
without one, three with an individual's, any number with a company's (Twilio help, "Concurrent calls")."""
BUSINESS: Final = "RN6433641899984f951173ef1738c3bdd0"
"""Trust Hub's policy of a "Primary Customer Profile of type Business"."""

_PROFILE: Final = "Twilio console, Trust Hub, Customer Profiles: have a business profile approved"


def checks(twilio: TwilioAccount, aws: Aws | None, deployed: Deployed | None) -> list[Check]:
    """Of the numbers only where it is known where they should lead."""
    found = [
        Check(Group.TWILIO, "Account", lambda: _account(twilio)),
        Check(Group.TWILIO, "Balance", lambda: [_balance(twilio)]),
        Check(Group.TWILIO, "Calls at a time", lambda: [_profile(twilio)]),
    ]
    if aws and deployed:
        found.append(Check(Group.TWILIO, "Numbers", lambda: _numbers(twilio, aws, deployed)))
    return found


def _account(twilio: TwilioAccount) -> Iterator[Finding]:
    facts = twilio.facts()
    if facts.status == "active":
        yield ok(f"account {twilio.sid} is active")
    else:
        yield wrong(f"account {twilio.sid} is {facts.status}", "Twilio console: its first page says what it waits for")
    if facts.is_trial:
        yield wrong("it is a trial account, which has no Media Streams", "Twilio console: Upgrade account")
    else:
        yield ok("it is a full account, which has Media Streams")


def _balance(twilio: TwilioAccount) -> Finding:
    left, currency = twilio.balance()
    told = f"balance: {left:.2f} {currency}"
    fix = "Twilio console, Billing: add funds, and switch auto-recharge on"
    if left <= 0:
        return wrong(f"{told}: Twilio takes no calls", fix)
    return warning(f"{told}: enough for {left / 0.0125:.0f} minutes", fix) if left < LOW_BALANCE else ok(told)


def _profile(twilio: TwilioAccount) -> Finding:
    policies = twilio.profile_policies()
    if BUSINESS in policies:
        return ok("a business profile is approved: any number of calls at a time")
    created = twilio.facts().created
    if created and created < LIMITED_SINCE:
        return note(
            "no business profile is approved; if the account was upgraded after 2026-02-03 Twilio lets it have "
            f"{_calls(policies)}",
            _PROFILE,
        )
    return warning(f"no business profile is approved: Twilio lets the account have {_calls(policies)}", _PROFILE)


def _calls(policies: object) -> str:
    return "3 calls at a time" if policies else "2 calls at a time"


def _numbers(twilio: TwilioAccount, aws: Aws, deployed: Deployed) -> Iterator[Finding]:
    stage = deployed.stage
    owned = {number.sid: number for number in twilio.numbers()}
    configure = f"switchboard number configure {{}} --stage {stage.name}"
    if not owned:
        yield warning("the account has no number", "Twilio console, Phone Numbers: buy one")
        return
    taken = Former(aws, stage).numbers()
    try:
        wanted = leads_to(deployed)
    except Refusal:
        yield note(f"{len(owned)} numbers, which can be configured once everything is deployed")
        return
    here = [number for number in owned.values() if number.sid in taken or not changes(number.leads, wanted)]
    for number in here:
        if changes(number.leads, wanted):
            told = f"{number.phone_number} does not lead here any more, or not in all respects"
            yield wrong(told, configure.format(number.phone_number))
        elif not stage.answers(number.phone_number):
            yield wrong(
                f"{number.phone_number} leads here, where no line has it", f"add it to stages.{stage.name}.lines"
            )
        else:
            yield ok(f"{number.phone_number} leads here")
    if not here:
        yield warning(f"none of the account's {len(owned)} numbers leads here", configure.format("+1..."))
