"""A queue of Amazon SQS, to put work into."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.ports import ProviderError, Refused, Throttled, Unavailable

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
            with _named_errors():
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if failed := answer.get("Failed"):
                raise Unavailable(f"SQS: {failed[0]['Code']}, of {len(failed)} of {len(entries)} messages")


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _client_error(error) from None
    except BotoCoreError as error:
        raise Unavailable(f"SQS: {type(error).__name__}") from None


def _client_error(error: ClientError) -> ProviderError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if "Throttl" in code:
        return Throttled(f"SQS: {code}")
    return (Refused if 400 <= status < 500 else Unavailable)(f"SQS: {code}")
