"""What is on file at a stage, or on the laptop."""

import argparse

from cli.campaign.place import Place
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.ports.ledger import Ledger


def ledger_of(given: argparse.Namespace) -> Ledger:
    """The ledger in the table of campaigns of the place that was typed. Raises Refusal."""
    place = Place.of(given)
    return DynamoDbLedger(place.client("dynamodb"), place.table())
