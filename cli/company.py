"""The commands that work in a company's own accounts, AWS and Twilio: their arguments, and what each is."""

import argparse
import re
from functools import partial

from rich.console import Console

from cli.campaign import arguments as campaign
from cli.rules import arguments as rules


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Their arguments."""
    stage = argparse.ArgumentParser(add_help=False)
    stage.add_argument("--stage", help="of cdk.json; without it the one that cdk.json takes")
    yes = argparse.ArgumentParser(add_help=False)
    yes.add_argument("--yes", action="store_true", help="without being asked")

    commands.add_parser("doctor", parents=[stage], help="what is in order, what is not, and what to do about it")
    keys = commands.add_parser("secrets", help="give a deployment its keys").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    put = keys.add_parser(
        "set", parents=[stage], help="asks for the keys, or reads NAME=value lines from a pipe; never shows them"
    )
    put.add_argument("name", nargs="?", type=_key_name, help="only this one, such as OPENAI_API_KEY")
    put.add_argument("--rotate", action="store_true", help="keep the Twilio token there was as a second one")
    numbers = commands.add_parser("number", help="where the Twilio numbers lead").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    numbers.add_parser("list", parents=[stage], help="every number of the account")
    for action, told in (("configure", "lead its calls here"), ("restore", "lead them where they went before")):
        each = numbers.add_parser(action, parents=[stage, yes], help=told)
        each.add_argument("number", nargs="?", help="such as +15550100123; may be left out if there is only one")
    show = commands.add_parser("stage", parents=[stage], help="the addresses of a stage, and what comes next")
    show.add_argument("--unused", action="store_true", help="only see whether no number leads to it")
    back = commands.add_parser(
        "redrive", parents=[stage], help="send back the calls whose event could not be published"
    )
    back.add_argument("--look", action="store_true", help="only see which they are")
    back.add_argument("--queue", choices=("after-call", "campaigns", "crm"), default="after-call", help="(%(default)s)")
    campaign.add(commands)
    rules.add(commands)
    commands.add_parser("erase", parents=[stage, yes], help="delete what a destroyed stage left behind, for good")


def _key_name(text: str) -> str:
    """The name of a key. What else is typed there may be the key itself, and is not repeated."""
    if not re.fullmatch(r"TWILIO_AUTH_TOKEN|[A-Z]{3,20}_API_KEY", text):
        raise argparse.ArgumentTypeError(
            "give a name such as TWILIO_AUTH_TOKEN or OPENAI_API_KEY; the key itself is asked for, or piped in"
        )
    return text


def run(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    """One of them; only what it needs is imported."""
    match given.command:
        case "doctor":
            from cli.doctor.command import doctor

            return doctor(given.stage, console)
        case "secrets":
            from cli.secrets.command import set_secrets

            return set_secrets(given.stage, given.name, rotate=given.rotate, console=console)
        case "number":
            return _number(given, console)
        case "stage":
            from cli.stage.command import show, unused

            return (unused if given.unused else show)(given.stage, console)
        case "redrive":
            from cli.redrive import redrive

            return redrive(given.stage, given.queue, look=given.look, console=console)
        case "event":
            from cli.campaign.events import send

            return send(given, console)
        case "campaign":
            return _campaign(given, console)
        case "rules":
            return _rules(given, console)
        case "erase":
            from cli.stage.command import erase_leftovers

            return erase_leftovers(given.stage, agreed=given.yes, console=console)
        case other:
            raise AssertionError(other)


def _number(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    from cli.number.command import configure, list_numbers, restore

    if given.action == "list":
        return list_numbers(given.stage, console)
    change = configure if given.action == "configure" else restore
    return change(given.stage, given.number, agreed=given.yes, console=console)


def _campaign(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    if given.action == "board":
        from cli.campaign.board import board

        return board(given, console)
    from cli.campaign.command import change, run, status

    actions = {"run": run, "status": status}
    return actions.get(given.action, change)(given, console)


def _rules(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    from cli.rules.ledger_of import ledger_of

    if given.action == "import-dnc":
        from cli.rules.import_dnc import import_dnc

        return import_dnc(given.file, given.list, given.date, partial(ledger_of, given))
    from cli.rules.explain import explain

    return explain(given, console, ledger_of(given) if given.stage or given.laptop else None)
