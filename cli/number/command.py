"""List, configure, restore: a change is shown first, made if agreed to, and read back."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from cli.counted import counted
from cli.deployed.aws import Aws, plainly
from cli.deployed.refusal import Refusal
from cli.deployed.secret_values import read_secret
from cli.deployed.stacks import Deployed, read_deployed
from cli.deployed.stage_file import read_stage
from cli.deployed.twilio_account import Number, TwilioAccount
from cli.number.former import Former
from cli.number.leads import changes, find, leads_to, plain, rows

type Result = tuple[str, list[str]]
"""The figures, and what fell short."""


@dataclass(frozen=True, slots=True)
class _Both:
    """The two accounts, as far as they are needed here."""

    twilio: TwilioAccount
    aws: Aws
    deployed: Deployed
    former: Former


def list_numbers(stage: str | None, console: Console) -> Result:
    """Every number of the account, and where its calls go."""
    with _both(stage) as both:
        numbers = both.twilio.numbers()
        taken = both.former.numbers()
    for number in numbers:
        lead = number.leads
        goes = lead["trunk_sid"] or lead["voice_application_sid"] or lead["voice_url"] or "(nothing)"
        goes = goes if number.takes_calls else "(takes no calls)"
        ours = both.deployed.stage.name if number.sid in taken else "-"
        console.print(f"{number.phone_number:16} {ours:12} {goes}  {number.name}", markup=False, soft_wrap=True)
    count = sum(number.sid in taken for number in numbers)
    return f"{counted(len(numbers), 'number')}, {count} for {both.deployed.stage.name}", []


def configure(stage: str | None, wanted: str | None, *, agreed: bool, console: Console) -> Result:
    """Lead a number's calls here."""
    with _both(stage) as both:
        after = leads_to(both.deployed)
        _keys_are_set(both)
        number = find(both.twilio.numbers(), wanted)
        _can_be_answered(both.deployed, number)
        change = changes(number.leads, after)
        if not change:
            return f"{number.phone_number} leads to {both.deployed.stage.name} already, nothing to change", []
        _show(console, number, change)
        if not _agreed(console, agreed):
            return "nothing was changed", ["not agreed to"]
        first = both.former.keep(number)
        both.twilio.lead(number.sid, change)
        left = changes(both.twilio.fetch(number.sid).leads, after)
    undo = f"switchboard number restore {number.phone_number} --stage {both.deployed.stage.name}"
    console.print(f"{'To undo it' if first else 'To go back to what was before the first time'}: {undo}")
    return _outcome(f"{number.phone_number}: {counted(len(change), 'setting')} changed", left)


def restore(stage: str | None, wanted: str | None, *, agreed: bool, console: Console) -> Result:
    """Lead a number's calls where they went before."""
    with _both(stage) as both:
        owned = both.twilio.numbers()
        if gone := _taken_and_gone(both, owned, wanted):
            both.former.forget(gone)
            return f"{wanted} is not a number of this account any more, forgotten", []
        number = find(owned, wanted)
        before = both.former.of(number)
        if before is None:
            return f"{number.phone_number} was not taken by {both.deployed.stage.name}, nothing to change", []
        change = changes(number.leads, before)
        if change:
            _show(console, number, change)
            if not _agreed(console, agreed):
                return "nothing was changed", ["not agreed to"]
            both.twilio.lead(number.sid, change)
        left = changes(both.twilio.fetch(number.sid).leads, before)
        if not left:
            both.former.forget(number.sid)
    return _outcome(f"{number.phone_number}: {counted(len(change), 'setting')} as before", left)


@contextmanager
def _both(stage: str | None) -> Iterator[_Both]:
    plan = read_stage(stage)
    aws = Aws.of_shell(os.environ)
    with plainly():
        deployed = read_deployed(aws, plan)
        with TwilioAccount.of(os.environ, aws, deployed) as twilio:
            yield _Both(twilio, aws, deployed, Former(aws, plan))


def _taken_and_gone(both: _Both, owned: Sequence[Number], wanted: str | None) -> str | None:
    """The SID of a number that once was led here and was given back to Twilio since."""
    there = {number.sid for number in owned}
    taken = both.former.numbers().items()
    return next((sid for sid, number in taken if wanted and number == plain(wanted) and sid not in there), None)


def _keys_are_set(both: _Both) -> None:
    """A number led here before the keys are would lose its calls: what Twilio signs would be refused."""
    stage, sid = both.deployed.stage.name, both.deployed.account_sid
    keys = (both.deployed.webhook_tokens, both.deployed.fallback_tokens)
    if not sid or not all(read_secret(both.aws, place).tokens for place in keys):
        raise Refusal(f"stage {stage} has no Twilio token yet; run `switchboard secrets set --stage {stage}` first")
    if both.twilio.sid != sid:
        raise Refusal(f"TWILIO_ACCOUNT_SID is {both.twilio.sid}, but stage {stage} belongs to {sid}; unset it")


def _can_be_answered(deployed: Deployed, number: Number) -> None:
    stage = deployed.stage
    if not number.takes_calls:
        raise Refusal(f"{number.phone_number} takes no calls; choose a number whose capabilities include voice")
    if not stage.answers(number.phone_number):
        raise Refusal(
            f"stage {stage.name} has no line {number.phone_number}; add it to stages.{stage.name}.lines in cdk.json, "
            f"with the agent that answers, and run `make deploy STAGE={stage.name}`"
        )


def _show(console: Console, number: Number, change: Mapping[str, str]) -> None:
    """Line by line: addresses are there to be compared, and a table would cut or fold them."""
    console.print(number.phone_number, style="bold")
    for label, before, after in rows(number.leads, change):
        console.print(f"  {label}", markup=False)
        console.print(f"    now   {before}", style="red", markup=False, soft_wrap=True)
        console.print(f"    then  {after}", style="green", markup=False, soft_wrap=True)


def _agreed(console: Console, agreed: bool) -> bool:
    if agreed:
        return True
    if not sys.stdin.isatty():
        raise Refusal("nothing was changed; add --yes to change it without being asked")
    return console.input("Change it? [y/N] ").strip().lower() in ("y", "yes")


def _outcome(figures: str, left: Mapping[str, str]) -> Result:
    """By what Twilio says the number is now."""
    return figures, [f"Twilio kept another {name} than it was given" for name in left]
