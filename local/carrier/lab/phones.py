"""Telephones: who is at a number, and the one in the browser."""

from functools import partial
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from local.carrier.exchange import Exchange
from local.carrier.handset import Answer
from local.carrier.lab.orders import problem, read_as
from local.carrier.phones.browser import MAX_MESSAGE_BYTES, BrowserPhone
from local.carrier.phones.callees import Callee, phone_of
from local.carrier.phones.script import Script, Step
from local.carrier.record import is_e164, is_sip

_MAX_PHONES = 1000


class _Answerer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    steps: Annotated[list[Step], Field(max_length=200)] = Field(default_factory=list)
    ring_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    answer: Literal["pick up", "busy", "never", "unreachable"] = "pick up"


_ANSWERS = {"pick up": Answer.PICKED_UP, "busy": Answer.BUSY, "never": None}
_answerers: TypeAdapter[_Answerer | Callee] = TypeAdapter(_Answerer | Callee)


class PhonesLab:
    """Handlers."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put("/lab/phones/{number}", self.install),
            web.delete("/lab/phones/{number}", self.remove),
            web.get("/lab/phone", self.phone),
        ]

    async def install(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        order = await read_as(request, _answerers)
        if not is_e164(number) and not is_sip(number):
            raise problem(422, "not a telephone number or SIP address")
        if isinstance(order, _Answerer) and order.answer == "unreachable":
            # Where no phone is, nobody can be reached.
            self._exchange.phones.pop(number, None)
            return web.Response(status=204)
        if len(self._exchange.phones) >= _MAX_PHONES:
            raise problem(422, "too many phones")
        self._exchange.phones[number] = partial(_phone, order)
        return web.Response(status=204)

    async def remove(self, request: web.Request) -> web.Response:
        self._exchange.phones.pop(request.match_info["number"], None)
        return web.Response(status=204)

    async def phone(self, request: web.Request) -> web.WebSocketResponse:
        number = request.query.get("number", "")
        if number and not is_e164(number):
            raise problem(422, "not a telephone number")
        socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_MESSAGE_BYTES, heartbeat=20)
        await socket.prepare(request)
        phone = BrowserPhone(self._exchange, socket)
        if number:
            self._exchange.phones[number] = lambda: phone
        try:
            await phone.serve()
        finally:
            if number:
                self._exchange.phones.pop(number, None)
        return socket


def _phone(order: _Answerer | Callee) -> Script:
    """The telephone of one call."""
    if isinstance(order, _Answerer):
        return Script(*order.steps, ring_ms=order.ring_ms, answer=_ANSWERS[order.answer])
    return phone_of(order)
