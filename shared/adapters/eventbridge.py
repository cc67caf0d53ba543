"""EventBus over Amazon EventBridge."""

import json
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.ports import BusinessEvent, ProviderError, Refused, Throttled, Unavailable

SOURCE: Final = "switchboard"
"""What every event of ours says it is from."""

_THROTTLES: Final = frozenset({"ThrottlingException", "ThrottledException", "RequestLimitExceeded"})
_THEIRS: Final = frozenset({"InternalException", "InternalFailure", "ServiceUnavailable"})


class EventBridge:
    """`client` is boto3's for EventBridge, with the deadlines and retries of its caller; `bus` is a name or an ARN."""

    def __init__(self, client: Any, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, event: BusinessEvent) -> None:
        entry = {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": event.kind,
            "Time": event.at,
            "Detail": json.dumps(event.detail, ensure_ascii=False),
        }
        try:
            answer = self._client.put_events(Entries=[entry])
        except ClientError as error:
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            raise _error(str(error.response.get("Error", {}).get("Code", "")), theirs=status >= 500) from None
        except BotoCoreError as error:
            raise Unavailable(f"EventBridge: {type(error).__name__}") from None
        if answer["FailedEntryCount"]:
            raise _error(str(answer["Entries"][0].get("ErrorCode", "")))


def _error(code: str, *, theirs: bool = False) -> ProviderError:
    if code in _THROTTLES:
        return Throttled(f"EventBridge: {code}")
    return (Unavailable if theirs or code in _THEIRS else Refused)(f"EventBridge: {code}")
