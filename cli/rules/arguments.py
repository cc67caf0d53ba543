"""What may be typed after `switchboard rules`."""

import argparse
from pathlib import Path

from cli.rules.registry_file import COUNTRY_OF
from shared.core.rules.person import Channel, ConsentKind, Purpose


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    actions = commands.add_parser(
        "rules", help="whether somebody may be called, when, and by which law"
    ).add_subparsers(dest="action", required=True, metavar="ACTION")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--stage", help="of cdk.json, whose people and lists are looked at")
    where.add_argument("--laptop", action="store_true", help="those that `make phone` keeps up on this machine")

    explain = actions.add_parser(
        "explain", parents=[where], help="what every rule says to a call; without a stage as if they had agreed to it"
    )
    explain.add_argument("number", help="such as +13055550123")
    about = explain.add_mutually_exclusive_group(required=True)
    about.add_argument("--campaign", type=Path, help="a campaign file, such as campaigns/survey.yaml, or its name")
    about.add_argument("--purpose", choices=[str(each) for each in Purpose])
    explain.add_argument("--at", help="such as 2026-11-21T09:00-05:00; without it now")
    explain.add_argument("--country", default="", help="where they live, such as US")
    explain.add_argument("--state", default="", help="where they live, such as US-FL")
    explain.add_argument("--zone", default="", help="the time zone where they live, such as America/Chicago")
    explain.add_argument("--channel", choices=[str(each) for each in Channel], default=str(Channel.CALL))
    explain.add_argument("--debt", default="", help="what a collection is about: your own reference")
    explain.add_argument("--carrier", default="twilio", help="(%(default)s)")
    explain.add_argument("--caller-id", default="", help="the number that they see; without it the campaign's line")
    explain.add_argument(
        "--consent",
        choices=["none", *(str(each) for each in ConsentKind)],
        default=str(ConsentKind.WRITTEN),
        help="what they have agreed to, if no stage says (%(default)s)",
    )

    take = actions.add_parser("import-dnc", parents=[where], help="take in a do-not-call list, whole or not at all")
    take.add_argument("file", type=Path, help="one number a line, or CSV with a column `phone`")
    take.add_argument(
        "--list",
        required=True,
        choices=tuple(COUNTRY_OF),
        help="own only grows; the others are replaced, us-national by area code",
    )
    take.add_argument("--date", help="the day of the list's state, such as 2026-11-20; without it today")
