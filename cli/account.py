"""The emulator as an AWS account, and the speech services beside it, over AWS's own API."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from cli.customers import Customer
from shared.adapters.dynamodb_customers import DynamoDbCustomers
from shared.core.agent import Agent

REGION = "us-east-1"
KEY = "test"
"""The one the emulators know, both as id and as secret."""
VOCABULARY_PREFIX = "switchboard-"

_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
_SPEECH = ("polly", "transcribe")
_WORDS = re.compile(r"[A-Za-z'.]+(?:[ -][A-Za-z'.]+)*")
"""What a phrase of a Transcribe vocabulary may be: no digits, words joined by hyphens."""


@dataclass(frozen=True, slots=True)
class Account:
    """The emulator's address, and that of the speech services; of ECS where streaming tasks are asked for."""

    aws_url: str
    speech_url: str
    ecs_url: str = ""

    @property
    def environment(self) -> Mapping[str, str]:
        """The standard variables that point AWS clients here."""
        return {
            **variables(self.aws_url),
            "AWS_ENDPOINT_URL_POLLY": self.speech_url,
            "AWS_ENDPOINT_URL_TRANSCRIBE": self.speech_url,
        }

    def client(self, service: str) -> Any:
        """boto3's client of a service."""
        elsewhere = {**dict.fromkeys(_SPEECH, self.speech_url), "ecs": self.ecs_url}
        return _client(service, elsewhere.get(service, self.aws_url))

    def create_vocabulary(self, name: str, agent: Agent) -> None:
        """What recognition needs of the agent of this name, as the cloud's operator would make it."""
        if phrases := vocabulary_of(agent):
            self.client("transcribe").create_vocabulary(
                VocabularyName=VOCABULARY_PREFIX + name, LanguageCode=agent.language, Phrases=phrases
            )

    def bookings(self, table: str) -> list[Mapping[str, str]]:
        """Every appointment in the table: service, day, time, name, phone and reference."""
        rows = self.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        slots = [row for row in rows if row["pk"]["S"].startswith("slot#")]
        return [{key: value["S"] for key, value in row.items()} for row in slots]

    def put_customer(self, table: str, who: Customer) -> None:
        """Have somebody known as a customer."""
        with ThreadPoolExecutor(1) as threads:
            customers = DynamoDbCustomers(self.client("dynamodb"), table, threads=threads, now=datetime.now)
            customers.put(who.number, who.name, who.facts)


def variables(aws_url: str) -> Mapping[str, str]:
    """What makes a program take the emulator for AWS."""
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@cache
def _client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
        config=_CONFIG,
    )


def vocabulary_of(agent: Agent) -> list[str]:
    """What an ordinary ear might miss: the file's own list, and the values and synonyms of its choices."""
    choices = [
        word
        for task in agent.tasks
        for slot in task.slots
        for value, others in slot.choices.items()
        for word in (value, *others)
    ]
    phrases = (phrase.replace(" ", "-") for phrase in (*agent.vocabulary, *choices) if _WORDS.fullmatch(phrase))
    return list(dict.fromkeys(phrases))
