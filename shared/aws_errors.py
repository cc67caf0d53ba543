"""What botocore raises, as what the product knows: whether another try is worth it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.ports import ProviderError, Refused, Throttled, Unavailable

_THROTTLES: Final = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded"})
"""Besides all that say so by name: ThrottlingException, RequestThrottled."""


@contextmanager
def named_errors(service: str) -> Iterator[None]:
    """Raises ProviderErrors that name the service, and AWS's code, in place of botocore's."""
    try:
        yield
    except ClientError as error:
        raise _client_error(service, error) from None
    except BotoCoreError as error:
        raise Unavailable(f"{service}: {type(error).__name__}") from None


def _client_error(service: str, error: ClientError) -> ProviderError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _THROTTLES or "Throttl" in code:
        return Throttled(f"{service}: {code}")
    return (Refused if 400 <= status < 500 else Unavailable)(f"{service}: {code}")
