"""Text messages, as people send and get them."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from local.carrier.exchange import Exchange
from local.carrier.lab.orders import Number, problem, read, read_as
from local.carrier.texts import MAX_SERVICES, Fate

_MAX_FATES = 1000

_numbers: TypeAdapter[list[Number]] = TypeAdapter(Annotated[list[Number], Field(max_length=400)])


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_: Number = Field(alias="from")
    to: Number
    body: Annotated[str, Field(min_length=1, max_length=1600)]


class TextsLab:
    """Handlers."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._texts = exchange.texts

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/lab/texts", self.send),
            web.get("/lab/texts", self.list),
            web.put("/lab/texts/{number}", self.decide),
            web.put("/lab/messaging-services/{sid}", self.gather),
        ]

    async def send(self, request: web.Request) -> web.Response:
        order = await read(request, _Text)
        if not self._exchange.owns(order.to):
            raise problem(404, f"{order.to} is not a number of this account")
        message = self._texts.receive(order.from_, order.to, order.body)
        return web.json_response({"message_sid": message.sid}, status=201)

    async def list(self, request: web.Request) -> web.Response:
        number = request.query.get("number")
        messages = [
            message.json()
            for message in reversed(self._texts.messages.values())
            if number in (None, message.from_, message.to)
        ]
        return web.json_response({"texts": messages})

    async def decide(self, request: web.Request) -> web.Response:
        if len(self._texts.fates) >= _MAX_FATES:
            raise problem(422, "too many numbers")
        self._texts.fates[request.match_info["number"]] = await read(request, Fate)
        return web.Response(status=204)

    async def gather(self, request: web.Request) -> web.Response:
        sid, numbers = request.match_info["sid"], await read_as(request, _numbers)
        if not sid.startswith("MG") or len(self._texts.services) >= MAX_SERVICES:
            raise problem(422, "not the name of a messaging service (MG..), or too many")
        if strangers := [number for number in numbers if not self._exchange.owns(number)]:
            raise problem(404, f"{strangers[0]} is not a number of this account")
        self._texts.services[sid] = numbers
        return web.Response(status=204)
