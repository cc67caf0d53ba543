"""The whole examination: what can be looked at is looked at, whatever else is missing."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from cli.deployed.aws import SIGN_IN, Aws, in_words
from cli.deployed.refusal import Refusal
from cli.deployed.stacks import Deployed, read_deployed
from cli.deployed.stage_file import Stage, read_stage
from cli.deployed.twilio_account import API_URL, SID, TOKEN, TwilioAccount
from cli.doctor import aws_checks, quotas, round_trip, secret_checks, stack_checks, twilio_checks
from cli.doctor.examine import count, examine
from cli.doctor.finding import Check, Finding, Group, State, warning, wrong

_SIGNS = {
    State.OK: ("✓", "green"),
    State.NOTE: ("·", "bright_black"),
    State.WARNING: ("!", "yellow"),
    State.WRONG: ("✗", "red"),
}


def doctor(stage: str | None, console: Console) -> tuple[str, list[str]]:
    """Look at everything; short if something is wrong."""
    plan = read_stage(stage)
    with ExitStack() as open_accounts, console.status(f"looking at stage {plan.name} and both accounts"):
        found = examine(list(_checks(plan, open_accounts)))
    for group, members in groupby(found, key=lambda pair: pair[0].group):
        console.print(f"\n{group.value}", style="bold")
        for _, findings in members:
            for finding in findings:
                _print(console, finding)
    console.print()
    counted = count(found)
    figures = ", ".join(f"{number} {state}" for state, number in counted.items())
    number = counted.get(State.WRONG.value, 0)
    return f"{plan.name}: {figures}", [f"{number} wrong; the first thing to do: {_first(found)}"] if number else []


def _checks(plan: Stage, open_accounts: ExitStack) -> Iterator[Check]:
    """In the order in which they are shown. Without AWS's credentials there is only Twilio to look at."""
    aws, identity = _aws()
    yield Check(Group.AWS, "Credentials", lambda: [identity])
    deployed: Deployed | None = None
    if aws:
        yield from aws_checks.checks(aws, plan)
        yield from quotas.checks(aws, plan)
        try:
            deployed = read_deployed(aws, plan)
        except (ClientError, BotoCoreError) as error:
            said = in_words(error)
            allow = "allow your role cloudformation:DescribeStacks and ssm:GetParameter"
            unseen = warning(f"the stacks cannot be looked at: {said}", allow)
            yield Check(Group.STACKS, "Stacks", lambda: [unseen])
    if aws and deployed:
        yield from stack_checks.checks(aws, deployed)
        yield from secret_checks.checks(aws, deployed)
    yield from _twilio(aws, deployed, open_accounts)
    if aws and deployed:
        yield from round_trip.checks(aws, deployed)


def _aws() -> tuple[Aws | None, Finding]:
    try:
        aws = Aws.of_shell(os.environ)
        return aws, aws_checks.whoami(aws)
    except Refusal as refusal:
        told, _, fix = str(refusal).partition("; ")
        return None, wrong(told, fix)
    except (ClientError, BotoCoreError) as error:
        told, _, fix = in_words(error).partition("; ")
        return None, wrong(f"AWS: {told}", fix or SIGN_IN)


def _twilio(aws: Aws | None, deployed: Deployed | None, open_accounts: ExitStack) -> Iterator[Check]:
    """With the shell's credentials, or those of the stage."""
    sid, token = (os.environ.get(name, "").strip() for name in (SID, TOKEN))
    try:
        if sid and token:
            account = TwilioAccount(sid, token, os.environ.get(API_URL))
        elif aws and deployed and deployed.core:
            account = TwilioAccount.of(os.environ, aws, deployed)
        else:
            raise Refusal(f"no account is known yet; set {SID} and {TOKEN} to have it looked at before a deployment")
    except (Refusal, ClientError, BotoCoreError) as error:
        told, _, fix = (in_words(error) if not isinstance(error, Refusal) else str(error)).partition("; ")
        unseen = warning(f"not looked at: {told}", fix or f"set {SID} and {TOKEN}")
        yield Check(Group.TWILIO, "Account", lambda: [unseen])
        return
    yield from twilio_checks.checks(open_accounts.enter_context(account), aws, deployed)


def _print(console: Console, finding: Finding) -> None:
    sign, style = _SIGNS[finding.state]
    console.print(Text(f"  {sign} ", style=style), Text(finding.told), sep="", soft_wrap=True)
    if finding.fix:
        console.print(Text(f"      → {finding.fix}", style="bright_black"), soft_wrap=True)


def _first(found: list[tuple[Check, list[Finding]]]) -> str:
    return next(finding.fix for _, findings in found for finding in findings if finding.state is State.WRONG)
