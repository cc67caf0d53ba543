"""What botocore raises, as what the product knows: whether another try is worth it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.ports import ProviderError, Refused, Throttled, Unavailable

_THROTTLES: Final = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded"})
"""Besides all that say so by name: ThrottlingException, RequestThrottled."""

_CONDITION_FAILED: Final = "ConditionalCheckFailedException"


@contextmanager
def named_errors(service: str) -> Iterator[None]:
    """Raises ProviderErrors that name the service, and AWS's code, in place of botocore's."""
    try:
        yield
    except ClientError as error:
        raise _client_error(service, error) from None
    except BotoCoreError as error:
        raise Unavailable(f"{service}: {type(error).__name__}") from None


def in_the_way(error: ClientError) -> dict[str, Any]:
    """DynamoDB's row for which a condition did not hold, if it was asked for; raises any other error again."""
    response: dict[str, Any] = dict(error.response)
    if response["Error"].get("Code") != _CONDITION_FAILED:
        raise error
    return dict(response.get("Item", {}))


def _client_error(service: str, error: ClientError) -> ProviderError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _THROTTLES or "Throttl" in code:
        return Throttled(f"{service}: {code}")
    return (Refused if 400 <= status < 500 else Unavailable)(f"{service}: {code}")
