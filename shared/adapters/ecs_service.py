"""TaskService over Amazon ECS: one service, whose desired count is raised from nothing to one."""

from typing import Any, Final

from shared.aws_errors import named_errors
from shared.ports import Refused

_ACTIVE: Final = "ACTIVE"


class EcsService:
    """`client` is boto3's for ECS, with the deadlines and retries of its caller."""

    def __init__(self, client: Any, cluster: str, service: str) -> None:
        self._client = client
        self._cluster = cluster
        self._service = service

    def start_one(self) -> bool:
        """Two requests, for one alone would shrink a service that has grown meanwhile."""
        with named_errors("ECS"):
            answer = self._client.describe_services(cluster=self._cluster, services=[self._service])
            found = [service for service in answer["services"] if service["status"] == _ACTIVE]
            if not found:
                raise Refused(f"ECS: there is no service {self._service} in {self._cluster}")
            if found[0]["desiredCount"] > 0:
                return False
            self._client.update_service(cluster=self._cluster, service=self._service, desiredCount=1)
        return True
