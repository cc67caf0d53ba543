"""Amazon ECS, as far as one service of one cluster is asked about and scaled: DescribeServices and UpdateService.

Its protocol: AWS JSON 1.1, targets of AmazonEC2ContainerServiceV20141113, signed for `ecs`.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.cloud import sigv4
from local.cloud.server import serving
from local.cloud.tasks import Tasks

_TARGET = "AmazonEC2ContainerServiceV20141113."
_LARGEST_BODY = 64 * 1024
_ACCOUNT = "000000000000"
_ARN = f"arn:aws:ecs:us-east-1:{_ACCOUNT}"
_UPDATED = frozenset({"cluster", "service", "desiredCount"})


@dataclass(frozen=True, slots=True)
class Config:
    cluster: str
    service: str
    command: Sequence[str]
    """What a task runs; it has the stand-in's own environment, and PORT=0."""
    start_s: float = 30
    """From the asking to the start. Fargate takes 20 to 90 s."""
    secrets: Mapping[str, str] = field(default_factory=lambda: {"test": "test", _ACCOUNT: "test"})
    """Secret access keys by access key id; requests signed otherwise are refused. The emulator's functions sign with
    their account's number."""


@dataclass(frozen=True, slots=True)
class Ecs:
    """Use `endpoint` as that of ECS, and connect to `balancer` for the tasks."""

    endpoint: str
    balancer: str


class Rejected(Exception):
    """`code` is AWS's error code; the HTTP status is 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextlib.asynccontextmanager
async def running(config: Config) -> AsyncIterator[Ecs]:
    """Run it, with no task at first, until the block is left; the tasks end with it."""
    tasks = Tasks(config.command, config.start_s)
    async with tasks.balanced() as balancer, serving(ecs_app(config, tasks)) as port, _kept(tasks):
        yield Ecs(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{balancer}")


@contextlib.asynccontextmanager
async def _kept(tasks: Tasks) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(tasks.run())
        try:
            yield
        finally:
            keeping.cancel()


def ecs_app(config: Config, tasks: Tasks) -> Starlette:
    async def call(request: Request) -> Response:
        body = await request.body()
        asked = sigv4.Request("POST", request.url.path, request.url.query, dict(request.headers.items()), body)
        try:
            sigv4.check(asked, "ecs", config.secrets, datetime.now(UTC))
            answer = _call(config, tasks, request.headers.get("x-amz-target", ""), body)
        except sigv4.Refused as refused:
            return _error(403, refused.code, str(refused))
        except Rejected as rejected:
            return _error(400, rejected.code, str(rejected))
        return JSONResponse(answer, media_type="application/x-amz-json-1.1")

    return Starlette(routes=[Route("/", call, methods=["POST"])])


def _call(config: Config, tasks: Tasks, target: str, body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body) if len(body) <= _LARGEST_BODY else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Rejected("SerializationException", "The body is not a JSON object.")
    if _name(asked.get("cluster", "default")) != config.cluster:
        raise Rejected("ClusterNotFoundException", "Cluster not found.")
    match target.removeprefix(_TARGET):
        case "DescribeServices":
            return _describe(config, tasks, asked)
        case "UpdateService":
            return _update(config, tasks, asked)
    raise Rejected("UnknownOperationException", f"{target} is not simulated.")


def _describe(config: Config, tasks: Tasks, asked: Mapping[str, Any]) -> dict[str, Any]:
    names = asked.get("services")
    if not isinstance(names, list) or not 1 <= len(names) <= 10:
        raise Rejected("InvalidParameterException", "Services must be 1 to 10.")
    found = [name for name in names if _name(name) == config.service]
    missing = [{"arn": _arn(config, _name(name)), "reason": "MISSING"} for name in names if name not in found]
    return {"services": [_state(config, tasks)] * bool(found), "failures": missing}


def _update(config: Config, tasks: Tasks, asked: Mapping[str, Any]) -> dict[str, Any]:
    if _name(asked.get("service")) != config.service:
        raise Rejected("ServiceNotFoundException", "Service not found.")
    if others := asked.keys() - _UPDATED:
        raise Rejected("InvalidParameterException", f"{', '.join(sorted(others))}: is not simulated.")
    count = asked.get("desiredCount", tasks.desired)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise Rejected("InvalidParameterException", "desiredCount must be a whole number from 0.")
    tasks.want(count)
    return {"service": _state(config, tasks)}


def _state(config: Config, tasks: Tasks) -> dict[str, Any]:
    return {
        "serviceArn": _arn(config, config.service),
        "serviceName": config.service,
        "clusterArn": f"{_ARN}:cluster/{config.cluster}",
        "status": "ACTIVE",
        "launchType": "FARGATE",
        "desiredCount": tasks.desired,
        "runningCount": tasks.running,
        "pendingCount": tasks.pending,
    }


def _arn(config: Config, service: str) -> str:
    return f"{_ARN}:service/{config.cluster}/{service}"


def _name(name_or_arn: object) -> str:
    return str(name_or_arn).rpartition("/")[2]


def _error(status: int, code: str, message: str) -> JSONResponse:
    """An error as AWS's JSON protocols carry it."""
    return JSONResponse({"__type": code, "message": message}, status, headers={"x-amzn-ErrorType": code})
