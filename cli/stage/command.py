"""Where a stage stands and what comes next; and, once it is destroyed, what is left of it."""

import os
import sys
from collections import Counter

from rich.console import Console

from cli.counted import counted
from cli.deployed.aws import Aws, plainly
from cli.deployed.refusal import Refusal
from cli.deployed.secret_values import read_secret
from cli.deployed.stacks import Deployed, read_deployed
from cli.deployed.stage_file import read_stage
from cli.number.former import Former
from cli.stage.leftovers import Leftover, erase, leftovers

type Result = tuple[str, list[str]]


def show(stage: str | None, console: Console) -> Result:
    """The addresses of a stage and the one command that comes next, or what a destroyed one left."""
    plan = read_stage(stage)
    aws = Aws.of_shell(os.environ)
    with plainly():
        deployed = read_deployed(aws, plan)
        if not deployed.stacks:
            return _remains(leftovers(aws, plan), deployed, console)
        taken = sorted(Former(aws, plan).numbers().values())
        unfinished = _show_addresses(deployed, console)
        if taken:
            console.print(f"{'Numbers':10} {', '.join(taken)}", markup=False, soft_wrap=True)
        following = None if unfinished else _next(aws, deployed, taken)
    if following:
        console.print(f"\nNext: {following}", markup=False, soft_wrap=True)
    stacks = counted(len(deployed.stacks), "stack")
    return f"{plan.name} in {aws.region}: {stacks}, {counted(len(taken), 'number')}", unfinished


def unused(stage: str | None, console: Console) -> Result:
    """Whether the stage may go: as long as numbers lead to it, their callers would reach nobody."""
    plan = read_stage(stage)
    aws = Aws.of_shell(os.environ)
    with plainly():
        taken = sorted(Former(aws, plan).numbers().values())
    first = [f"switchboard number restore {number} --stage {plan.name}" for number in taken]
    for command in first:
        console.print(f"First: {command}", markup=False, soft_wrap=True)
    return f"{counted(len(taken), 'number')} for {plan.name}", ["they would lose their calls"] if taken else []


def erase_leftovers(stage: str | None, *, agreed: bool, console: Console) -> Result:
    """Delete what a destroyed stage left behind, for good."""
    plan = read_stage(stage)
    aws = Aws.of_shell(os.environ)
    with plainly():
        deployed = read_deployed(aws, plan)
        if deployed.stacks:
            there = ", ".join(stack.name for stack in deployed.stacks)
            raise Refusal(f"{there} is still there; run `make destroy STAGE={plan.name}` first")
        found = leftovers(aws, plan)
        if not found:
            return f"nothing is left of {plan.name} in {aws.region}", []
        _list(found, console)
        if not _agreed(plan.name, console, agreed):
            return "nothing was erased", ["not agreed to"]
        for each in found:
            erase(aws, each)
    return f"{_counted(found)} of {plan.name} erased", []


def _show_addresses(deployed: Deployed, console: Console) -> list[str]:
    """Each address, or why it is not there yet."""
    unfinished = []
    for what, part in (("Webhooks", "Core"), ("Streams", "Stream"), ("Fallback", "Fallback")):
        try:
            address = deployed.address(part)
        except Refusal as refusal:
            address = "(not there yet)"
            unfinished.append(str(refusal))
        console.print(f"{what:10} {address}", markup=False, soft_wrap=True)
    return unfinished


def _next(aws: Aws, deployed: Deployed, taken: list[str]) -> str:
    stage = f"--stage {deployed.stage.name}"
    places = deployed.webhook_tokens, deployed.fallback_tokens, *deployed.provider_keys.values()
    if not deployed.account_sid or any(read_secret(aws, place).noise for place in places):
        return f"switchboard secrets set {stage}"
    return f"switchboard doctor {stage}" if taken else f"switchboard number configure +1... {stage}"


def _remains(found: list[Leftover], deployed: Deployed, console: Console) -> Result:
    name, where = deployed.stage.name, deployed.region
    if not found:
        return f"nothing of {name} is in {where}; make deploy STAGE={name} puts it there", []
    _list(found, console)
    console.print(f"\nTo erase it for good: switchboard erase --stage {name}", markup=False, soft_wrap=True)
    return f"{name} is not deployed in {where}; kept: {_counted(found)}", []


def _list(found: list[Leftover], console: Console) -> None:
    for each in found:
        console.print(f"{each.kind:10} {each.name} ({each.region})", markup=False, soft_wrap=True)


def _counted(found: list[Leftover]) -> str:
    return ", ".join(counted(count, kind) for kind, count in Counter(each.kind for each in found).items())


def _agreed(name: str, console: Console, agreed: bool) -> bool:
    if agreed:
        return True
    if not sys.stdin.isatty():
        raise Refusal("nothing was erased; add --yes to erase it without being asked")
    return console.input(f"Type {name} to erase all of this for good: ").strip() == name
