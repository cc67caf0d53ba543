"""What a process does that plays many runs."""

import logging
from functools import cache, partial
from typing import Any

import boto3
from moto import mock_aws

from rehearsal.sweep.rows import in_dynamodb
from rehearsal.sweep.run import Order, Ran, run


def quiet() -> None:
    """What goes wrong is said in the end."""
    logging.disable(logging.CRITICAL)


def run_in_dynamodb(order: Order) -> Ran:
    """By the adapters, over an emulator within this process; their effects are requests, and more than those in
    memory."""
    return run(order, partial(in_dynamodb, _client()))


@cache
def _client() -> Any:
    mock_aws().start()  # until the process ends
    return boto3.client("dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
