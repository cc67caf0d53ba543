"""Core deployed into the emulator, calls in its table, and a page's WebSocket for each desk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from websockets.asyncio.client import ClientConnection, connect

from cli.account import KEY, REGION, Account
from cli.children import Children
from cli.deployment import Deployment, deploy
from cli.desk_at_home import open_desk
from cli.stand_ins import aws_at, start_aws
from shared.adapters.apigateway_connections import ApiGatewayConnections
from shared.adapters.dynamodb_calls import DynamoDbCalls
from shared.adapters.dynamodb_desk.connections import DynamoDbConnections
from shared.adapters.dynamodb_desk.people import DynamoDbPeople
from shared.ports import NewCall, Person

THREADS = 8
_POOL = Config(max_pool_connections=THREADS, retries={"total_max_attempts": 2, "mode": "standard"})

now = partial(datetime.now, UTC)


@dataclass(frozen=True, slots=True)
class Stage:
    account: Account
    deployed: Deployment
    calls: DynamoDbCalls
    connections: DynamoDbConnections
    people: DynamoDbPeople
    gateway: ApiGatewayConnections
    socket_url: str

    def ring(self, number: int) -> str:
        """Write a call; its sid."""
        sid, at = f"CA{number:032x}", now()
        new = NewCall(sid, "AC1", f"+1415555{number:04}", "+15550100123", "front_door", at, "hash", at, "en-US")
        if not self.calls.create(new):
            raise RuntimeError(f"{sid} is there already")
        return sid


@contextmanager
def stage(logs: Path, say: Callable[[str], None]) -> Iterator[Stage]:
    """Everything that a desk needs; no sound, no model. Raises ChildFailed."""
    with Children(logs) as children:
        aws_url = aws_at(start_aws(children), say)
        deployed = deploy(children, aws_url, say)
        account = Account(aws_url, aws_url)
        open_desk(account, public_url=deployed.desk_url, pool=deployed.people)
        table = _client("dynamodb", aws_url)
        variables = _variables(account)
        yield Stage(
            account=account,
            deployed=deployed,
            calls=DynamoDbCalls(table, deployed.calls_table),
            connections=DynamoDbConnections(table, deployed.desk_table, now=now),
            people=DynamoDbPeople(table, deployed.desk_table, now=now),
            gateway=ApiGatewayConnections(_client("apigatewaymanagementapi", variables["CONNECTIONS_URL"])),
            socket_url=variables["SOCKET_URL"],
        )


@asynccontextmanager
async def desks(on: Stage, calls: list[str]) -> AsyncIterator[list[ClientConnection]]:
    """A desk for each call, signed in and watching it, in order."""
    async with AsyncExitStack() as open_ones:
        yield [await open_ones.enter_async_context(_desk(on, number, call)) for number, call in enumerate(calls)]


@asynccontextmanager
async def _desk(on: Stage, number: int, call: str) -> AsyncIterator[ClientConnection]:
    person = Person(f"p-{number}", f"Person {number}", ("bench",), "+14155550100")
    await asyncio.to_thread(on.people.sign_in, person)
    await asyncio.to_thread(on.connections.issue, f"ticket-{number}", person.id)
    async with connect(f"{on.socket_url}?ticket=ticket-{number}", ping_interval=None) as socket:
        await socket.send(f'{{"watch":"{call}"}}')
        while "watching" not in str(await asyncio.wait_for(socket.recv(), 30)):
            pass
        yield socket


def _variables(account: Account) -> dict[str, str]:
    """The environment of the Lambda that tells pages."""
    functions = account.client("lambda").list_functions()["Functions"]
    (push,) = (one for one in functions if one["Handler"] == "functions.desk.wiring.push")
    return dict(push["Environment"]["Variables"])


def _client(service: str, url: str) -> Any:
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": KEY}
    return boto3.client(service, endpoint_url=url, region_name=REGION, config=_POOL, **keys)
