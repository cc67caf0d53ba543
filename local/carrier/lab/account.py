"""What the account may do, what goes wrong for it, and where its addresses lead."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, RootModel

from local.carrier.exchange import Exchange
from local.carrier.lab.orders import read
from local.carrier.trouble import CallbackTrouble, LineTrouble, OrderTrouble

type _Beginning = Annotated[str, Field(pattern=r"^\+\d{0,15}$")]
type _Code = Annotated[int, Field(ge=10_000, le=99_999)]


class _Routes(RootModel[dict[str, str]]):
    """Public scheme and host to local ones."""


class _Limits(BaseModel):
    """What is not given stays as it is; null is no limit."""

    model_config = ConfigDict(extra="forbid")

    calls_per_second: Annotated[float, Field(gt=0, le=1000)] | None = None
    calls_at_once: Annotated[int, Field(ge=0, le=100_000)] | None = None
    requests_at_once: Annotated[int, Field(ge=0, le=100_000)] | None = None
    refused: Annotated[dict[_Beginning, _Code], Field(max_length=1000)] = Field(default_factory=dict)


class _Troubles(BaseModel):
    model_config = ConfigDict(extra="forbid")

    orders: Annotated[list[OrderTrouble], Field(max_length=1000)] = Field(default_factory=list)
    lines: Annotated[list[LineTrouble], Field(max_length=1000)] = Field(default_factory=list)
    callbacks: Annotated[list[CallbackTrouble], Field(max_length=1000)] = Field(default_factory=list)


class AccountLab:
    """Handlers."""

    def __init__(self, exchange: Exchange) -> None:
        self._limits = exchange.account.limits
        self._plant = exchange.plant

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put("/lab/limits", self.limit),
            web.post("/lab/troubles", self.trouble),
            web.delete("/lab/troubles", self.mend),
            web.put("/lab/routes", self.lead),
        ]

    async def limit(self, request: web.Request) -> web.Response:
        order = await read(request, _Limits)
        for name in order.model_fields_set:
            setattr(self._limits, name, getattr(order, name))
        return web.Response(status=204)

    async def trouble(self, request: web.Request) -> web.Response:
        order = await read(request, _Troubles)
        self._plant.troubles.orders += order.orders
        self._plant.troubles.lines += order.lines
        self._plant.troubles.callbacks += order.callbacks
        return web.Response(status=204)

    async def mend(self, request: web.Request) -> web.Response:
        self._plant.troubles.clear()
        return web.Response(status=204)

    async def lead(self, request: web.Request) -> web.Response:
        for public, local in (await read(request, _Routes)).root.items():
            self._plant.routes.add(public, local)
        return web.Response(status=204)
