"""Messages to open WebSockets, by API Gateway's management API (`@connections`)."""

from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws_errors import named_errors

MOST_BYTES: Final = 128 * 1024
"""Of one message ("Quotas for WebSocket APIs")."""

_GONE: Final = ("GoneException", "410")


class ApiGatewayConnections:
    """`client` is botocore's for `apigatewaymanagementapi`, made for the stage's own address; threads may share it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, connection_id: str, message: bytes) -> bool:
        """Send at most MOST_BYTES; False if the connection is not there any more. Raises ProviderError."""
        with named_errors("@connections"):
            try:
                self._client.post_to_connection(ConnectionId=connection_id, Data=message)
            except ClientError as error:
                if error.response["Error"].get("Code") in _GONE:
                    return False
                raise
        return True
