"""A queue of Amazon SQS, to put work into."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.aws_errors import named_errors
from shared.ports import Unavailable

_BATCH: Final = 10
"""The most messages SQS takes at a time."""


class SqsQueue:
    """`client` is boto3's for SQS, with the deadlines and retries of its caller."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, bodies: Sequence[Mapping[str, str]]) -> None:
        """Put all of them in, each as JSON, or raise: then some may be in. Raises ProviderError."""
        for start in range(0, len(bodies), _BATCH):
            entries = [
                {"Id": str(number), "MessageBody": json.dumps(body)}
                for number, body in enumerate(bodies[start : start + _BATCH])
            ]
            with named_errors("SQS"):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if failed := answer.get("Failed"):
                raise Unavailable(f"SQS: {failed[0]['Code']}, of {len(failed)} of {len(entries)} messages")
