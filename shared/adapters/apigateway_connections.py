"""Messages to open WebSockets, by API Gateway's management API (`@connections`)."""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.ports import Refused, Throttled, Unavailable

MOST_BYTES: Final = 128 * 1024
"""Of one message ("Quotas for WebSocket APIs")."""


class ApiGatewayConnections:
    """`client` is botocore's for `apigatewaymanagementapi`, made for the stage's own address; threads may share it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, connection_id: str, message: bytes) -> bool:
        """Send at most MOST_BYTES; False if the connection is not there any more. Raises ProviderError."""
        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=message)
        except ClientError as error:
            code = str(error.response["Error"].get("Code", ""))
            if code in ("GoneException", "410"):
                return False
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            if code == "LimitExceededException" or status == 429:
                raise Throttled(f"@connections: {code}") from None
            raise (Refused if 400 <= status < 500 else Unavailable)(f"@connections: {code}") from None
        except BotoCoreError as error:
            raise Unavailable(f"@connections: {type(error).__name__}") from None
        return True
