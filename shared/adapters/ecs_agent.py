"""The agent of Amazon ECS beside a task, which keeps the task from being scaled in or replaced while it is busy.

Its protocol: "Amazon ECS task scale-in protection endpoint", at `$ECS_AGENT_URI`. It does not hold off the end of a
Spot task, of a host, or of Fargate's own maintenance.
"""

import http.client
import json
from typing import Final
from urllib.parse import urlsplit

from shared.ports import Refused, Unavailable

TIMEOUT_S: Final = 5.0

_PATH: Final = "/task-protection/v1/state"


class EcsAgent:
    """`uri` is http, as ECS gives it. Calls block for up to TIMEOUT_S a step."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._path = parts.path.rstrip("/") + _PATH

    def protect(self, minutes: int) -> None:
        """Keep the task for this long (1 to 2880). Raises Unavailable, or Refused with the agent's own code."""
        self._put({"ProtectionEnabled": True, "ExpiresInMinutes": minutes})

    def release(self) -> None:
        """The task may go. Raises like `protect`."""
        self._put({"ProtectionEnabled": False})

    def _put(self, state: dict[str, object]) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        try:
            connection.request("PUT", self._path, json.dumps(state), {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"the ECS agent does not answer: {type(error).__name__}") from error
        finally:
            connection.close()
        if response.status != 200 or "protection" not in answer:
            problem = answer.get("error") or answer.get("failure") or {}
            reason = problem.get("Code") or problem.get("Reason") or response.status
            raise Refused(f"the ECS agent refuses: {reason}")
