"""What may be typed after `switchboard event` and `switchboard campaign`."""

import argparse
from pathlib import Path

ACTIONS = {
    "pause": "call nobody until it is resumed; calls under way go on",
    "resume": "go on, also after it has stopped by itself",
    "cancel": "call nobody any more, for good",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Both commands, with their actions."""
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--stage", help="of cdk.json; without it the one that cdk.json takes")
    where.add_argument("--laptop", action="store_true", help="the one that `make phone` keeps up on this machine")

    event = commands.add_parser("event", help="tell what happens in the business").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    send = event.add_parser("send", parents=[where], help="one event, onto the bus; docs/events.md has their fields")
    send.add_argument("kind", help="such as appointment.upcoming")
    send.add_argument("fields", nargs="*", metavar="FIELD=VALUE", help="such as person.phone=+14155550142")
    send.add_argument("--file", type=Path, help="of JSON with the fields; those typed count before it")

    campaign = commands.add_parser("campaign", help="call a list of people, and see how it goes").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    run = campaign.add_parser("run", parents=[where], help="make events of a CSV file of contacts, and send them")
    run.add_argument("name", help="of a campaign file, such as appointment_reminder")
    run.add_argument("contacts", type=Path, help="CSV: a line for each, the names of the event's fields above them")
    run.add_argument("--dry-run", action="store_true", help="only say who would be called when, who not, and why")
    run.add_argument("--skip-bad", action="store_true", help="send the rest, if some lines are not as they should be")
    status = campaign.add_parser("status", parents=[where], help="whether it runs, and what it came to today")
    status.add_argument("name", nargs="?", help="all of them if it is left out")
    for action, told in ACTIONS.items():
        campaign.add_parser(action, parents=[where], help=told).add_argument("name")
    board = campaign.add_parser("board", parents=[where], help="watch it: who waits, who is called, what came of it")
    board.add_argument("name")
    board.add_argument("--once", action="store_true", help="only as it is now")
