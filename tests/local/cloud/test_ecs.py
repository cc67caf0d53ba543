"""ECS, asked by AWS's own client, with tasks that are processes."""

import asyncio
import http.client
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError

from local.cloud.ecs import Config, Ecs, running
from tests.local.cloud.client import aws

CLUSTER, SERVICE = "switchboard-test", "streaming"
PATIENCE_S = 20

TASK = """
import http.server, json, os, signal, sys, threading
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(str(os.getpid()))))
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    def log_request(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Healthy)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print(json.dumps({"event": "server_listening", "port": server.server_port}), flush=True)
server.serve_forever()
"""


@asynccontextmanager
async def ecs(start_s: float = 0, task: str = TASK) -> AsyncIterator["Service"]:
    async with running(Config(CLUSTER, SERVICE, (sys.executable, "-c", task), start_s)) as service:
        yield Service(service)


class Service:
    def __init__(self, running: Ecs) -> None:
        self.running = running
        self.client = aws("ecs", running.endpoint)

    async def ask(self, operation: str, **arguments: Any) -> Any:
        call = getattr(self.client, operation)
        return await asyncio.to_thread(lambda: call(cluster=CLUSTER, **arguments))

    async def state(self) -> Mapping[str, Any]:
        return dict((await self.ask("describe_services", services=[SERVICE]))["services"][0])

    async def want(self, count: int) -> None:
        await self.ask("update_service", service=SERVICE, desiredCount=count)

    async def until(self, condition: Callable[[Mapping[str, Any]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if condition(await self.state()):
                    return
                await asyncio.sleep(0.02)

    async def get(self) -> tuple[int, str]:
        """Through the balancer: the status, and the process that answered."""

        def got() -> tuple[int, str]:
            connection = http.client.HTTPConnection(urlsplit(self.running.balancer).netloc, timeout=5)
            connection.request("GET", "/")
            answer = connection.getresponse()
            told = answer.read().decode()
            connection.close()
            return answer.status, told

        return await asyncio.to_thread(got)


def counts(state: Mapping[str, Any]) -> tuple[int, int, int]:
    return state["desiredCount"], state["pendingCount"], state["runningCount"]


async def test_a_service_begins_with_no_task_and_the_balancer_has_nobody_to_send_to() -> None:
    async with ecs() as service:
        assert counts(await service.state()) == (0, 0, 0)
        assert await service.get() == (503, "")


async def test_a_task_that_is_wanted_is_pending_for_a_while_and_then_takes_connections() -> None:
    async with ecs(start_s=0.3) as service:
        await service.want(1)
        assert counts(await service.state()) == (1, 1, 0)
        await service.until(lambda state: counts(state) == (1, 0, 1))
        status, pid = await service.get()
        assert (status, psutil.pid_exists(int(pid))) == (200, True)


async def test_a_task_that_is_not_wanted_any_more_is_told_to_stop_and_gone() -> None:
    async with ecs() as service:
        await service.want(1)
        await service.until(lambda state: counts(state) == (1, 0, 1))
        _, pid = await service.get()
        process = psutil.Process(int(pid))
        await service.want(0)
        await asyncio.to_thread(psutil.wait_procs, [process], PATIENCE_S)
        assert not psutil.pid_exists(int(pid))
        assert (await service.get())[0] == 503


async def test_a_task_that_is_wanted_no_more_before_it_has_started_never_starts() -> None:
    async with ecs(start_s=PATIENCE_S) as service:
        await service.want(2)
        await service.want(0)
        await service.until(lambda state: counts(state) == (0, 0, 0))


async def test_several_tasks_share_the_connections() -> None:
    async with ecs() as service:
        await service.want(2)
        await service.until(lambda state: counts(state) == (2, 0, 2))
        assert len({(await service.get())[1] for _ in range(4)}) == 2


async def test_a_task_that_dies_is_started_anew() -> None:
    async with ecs() as service:
        await service.want(1)
        await service.until(lambda state: counts(state) == (1, 0, 1))
        _, first = await service.get()
        os.kill(int(first), 9)
        await service.until(lambda state: counts(state) == (1, 0, 0) or counts(state) == (1, 1, 0))
        await service.until(lambda state: counts(state) == (1, 0, 1))
        assert (await service.get())[1] != first


async def test_no_task_outlives_it() -> None:
    async with ecs() as service:
        await service.want(2)
        await service.until(lambda state: counts(state) == (2, 0, 2))
        pids = {(await service.get())[1] for _ in range(2)}
    assert [pid for pid in pids if psutil.pid_exists(int(pid))] == []


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("update_service", {"cluster": "another", "service": SERVICE}, "ClusterNotFoundException"),
        ("update_service", {"cluster": CLUSTER, "service": "another"}, "ServiceNotFoundException"),
        ("update_service", {"cluster": CLUSTER, "service": SERVICE, "desiredCount": -1}, "InvalidParameterException"),
        (
            "update_service",
            {"cluster": CLUSTER, "service": SERVICE, "forceNewDeployment": True},
            "InvalidParameterException",
        ),
        ("describe_services", {"cluster": CLUSTER, "services": []}, "InvalidParameterException"),
        ("list_tasks", {"cluster": CLUSTER}, "UnknownOperationException"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_name(operation: str, arguments: dict[str, Any], code: str) -> None:
    async with ecs() as service:
        call = getattr(service.client, operation)
        with pytest.raises(ClientError) as refused:
            await asyncio.to_thread(lambda: call(**arguments))
        assert refused.value.response["Error"]["Code"] == code
        assert counts(await service.state()) == (0, 0, 0)


async def test_a_service_that_is_not_there_is_told_beside_the_answer() -> None:
    async with ecs() as service:
        answer = await service.ask("describe_services", services=["another"])
        assert answer["services"] == []
        assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]


async def test_a_request_signed_with_another_key_is_refused() -> None:
    async with ecs() as service:
        client = aws("ecs", service.running.endpoint, secret="another")
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            await asyncio.to_thread(lambda: client.describe_services(cluster=CLUSTER, services=[SERVICE]))
