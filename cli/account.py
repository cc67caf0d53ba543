"""What the product needs of an AWS account, made in the emulator over AWS's own API: tables, vocabularies, a fallback.

The cloud's templates make the same things in a real account.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from shared.adapters import dynamodb_bookings, dynamodb_calls
from shared.core.agent import Agent
from shared.wire.twiml import Hangup, Say, response

REGION = "us-east-1"
KEY = "test"
"""The one the emulators know, both as id and as secret."""
CALLS_TABLE = "switchboard-calls"
BOOKINGS_TABLE = "switchboard-bookings"
VOCABULARY_PREFIX = "switchboard-"
FALLBACK_BUCKET = "switchboard-fallback"
FALLBACK_KEY = "voice.xml"
UNREACHABLE = "We are sorry, we cannot take your call at the moment. Please call again a little later. Goodbye."

_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
_WORDS = re.compile(r"[A-Za-z'.]+(?:[ -][A-Za-z'.]+)*")
"""What a phrase of a Transcribe vocabulary may be: no digits, words joined by hyphens."""


@dataclass(frozen=True)
class Account:
    """The emulator's address, and that of the speech services."""

    aws_url: str
    speech_url: str

    @property
    def environment(self) -> Mapping[str, str]:
        """The standard variables that point AWS clients here."""
        return {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ENDPOINT_URL_POLLY": self.speech_url,
            "AWS_ENDPOINT_URL_TRANSCRIBE": self.speech_url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @cached_property
    def dynamodb(self) -> Any:
        return self._client("dynamodb", self.aws_url)

    @property
    def fallback_url(self) -> str:
        """Where the fallback lies: on loopback the emulator is reached without a name of its own."""
        return f"{self.aws_url}/{FALLBACK_BUCKET}/{FALLBACK_KEY}"

    def create_tables(self) -> None:
        self.dynamodb.create_table(**dynamodb_calls.table_spec(CALLS_TABLE))
        self.dynamodb.create_table(**dynamodb_bookings.table_spec(BOOKINGS_TABLE))

    def prepare(self, name: str, agent: Agent) -> None:
        """Make everything an agent file of this name needs, once."""
        self.create_tables()
        s3 = self._client("s3", self.aws_url)
        s3.create_bucket(Bucket=FALLBACK_BUCKET)
        twiml = response(Say(UNREACHABLE), Hangup())
        s3.put_object(Bucket=FALLBACK_BUCKET, Key=FALLBACK_KEY, Body=twiml, ContentType="text/xml")
        if phrases := vocabulary_of(agent):
            self._client("transcribe", self.speech_url).create_vocabulary(
                VocabularyName=VOCABULARY_PREFIX + name, LanguageCode=agent.language, Phrases=phrases
            )

    def bookings(self) -> list[Mapping[str, str]]:
        """Every appointment in the table: service, day, time, name, phone and reference."""
        rows = self.dynamodb.scan(TableName=BOOKINGS_TABLE, ConsistentRead=True)["Items"]
        plain = [{key: value["S"] for key, value in row.items()} for row in rows]
        return [row for row in plain if row["pk"].startswith("slot#")]

    def _client(self, service: str, url: str) -> Any:
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
