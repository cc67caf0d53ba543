"""What an operator of the stand-in needs and Twilio does not have, under `/lab`. No credentials: loopback only.

POST   /lab/calls                 a phone calls a number: {"from", "to", "steps": [..], "sip_headers"} -> {"call_sid"}
GET    /lab/calls                 every call kept, newest first
GET    /lab/calls/{sid}           one call with its timeline
DELETE /lab/calls/{sid}           the phone hangs up
GET    /lab/calls/{sid}/audio.wav both sides: left the caller, right what the caller heard
GET    /lab/calls/{sid}/tracks.wav everybody in it: the caller, what was played to them, then each other voice
PUT    /lab/phones/{number}       who answers calls there, number or SIP address: {"steps", "ring_ms", "answer"}
DELETE /lab/phones/{number}
PUT    /lab/routes                where public addresses lead: {"https://..": "http://127.0.0.1:.."}
GET    /lab/events[?call=sid]     every event as it happens (server-sent events)
GET    /lab/errors                the error log of all calls, newest first
GET    /lab/phone[?number=+1..]   WebSocket: the browser's phone; with a number it can also be called
"""

import asyncio
import json
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from local.carrier import tracks
from local.carrier.call import Call
from local.carrier.exchange import Exchange, UnknownNumber
from local.carrier.handset import Answer, PhoneFailed
from local.carrier.phones.browser import MAX_MESSAGE_BYTES, BrowserPhone
from local.carrier.phones.script import Script, Step
from local.carrier.record import is_e164, is_sip
from local.carrier.rest.recordings import send_wav

MAX_BODY_BYTES = 16 * 1024 * 1024
_MAX_PHONES = 1000
_MAX_ERRORS = 500
_KEEP_ALIVE_S = 15

type _Address = Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14}|sips?:[^\s?;]{1,200})$")]
type _Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
type _Steps = Annotated[list[Step], Field(max_length=200)]


class _Dial(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_: _Address = Field(alias="from")
    to: _Number
    steps: _Steps = Field(default_factory=list)
    sip_headers: Annotated[dict[str, str], Field(max_length=50)] = Field(default_factory=dict)


class _Routes(RootModel[dict[str, str]]):
    """Public scheme and host to local ones."""


class _Answerer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    steps: _Steps = Field(default_factory=list)
    ring_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    answer: Literal["pick up", "busy", "never", "unreachable"] = "pick up"


_ANSWERS = {"pick up": Answer.PICKED_UP, "busy": Answer.BUSY, "never": None}


class Lab:
    """Handlers."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/lab/calls", self.dial),
            web.get("/lab/calls", self.list),
            web.get("/lab/calls/{sid}", self.show),
            web.delete("/lab/calls/{sid}", self.hang_up),
            web.get("/lab/calls/{sid}/audio.wav", self.audio),
            web.get("/lab/calls/{sid}/tracks.wav", self.tracks),
            web.put("/lab/phones/{number}", self.install),
            web.delete("/lab/phones/{number}", self.remove),
            web.put("/lab/routes", self.lead),
            web.get("/lab/events", self.events),
            web.get("/lab/errors", self.errors),
            web.get("/lab/phone", self.phone),
        ]

    async def dial(self, request: web.Request) -> web.Response:
        order = await _read(request, _Dial)
        try:
            call = await self._exchange.dial_in(order.from_, order.to, Script(*order.steps), order.sip_headers)
        except UnknownNumber:
            raise _problem(404, f"{order.to} is not a number of this account") from None
        except PhoneFailed as failed:
            raise _problem(422, str(failed)) from None
        return web.json_response({"call_sid": call.record.sid}, status=201)

    async def list(self, request: web.Request) -> web.Response:
        return web.json_response({"calls": [_summary(call) for call in reversed(self._exchange.calls.values())]})

    async def show(self, request: web.Request) -> web.Response:
        call = self._call(request)
        timeline = call.timeline
        events = [event.json() for event in timeline.events]
        return web.json_response({**_summary(call), "lost_events": timeline.lost, "timeline": events})

    async def hang_up(self, request: web.Request) -> web.Response:
        self._call(request).handset.hang_up()
        return web.Response(status=204)

    async def audio(self, request: web.Request) -> web.StreamResponse:
        return await send_wav(request, self._call(request).tape.wav())

    async def tracks(self, request: web.Request) -> web.StreamResponse:
        call = self._call(request)
        return await send_wav(request, tracks.wav(call, tracks.companions(call, self._exchange.calls.values())))

    async def install(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        order = await _read(request, _Answerer)
        if not is_e164(number) and not is_sip(number):
            raise _problem(422, "not a telephone number or SIP address")
        if order.answer == "unreachable":
            # Where no phone is, nobody can be reached.
            self._exchange.phones.pop(number, None)
            return web.Response(status=204)
        if len(self._exchange.phones) >= _MAX_PHONES:
            raise _problem(422, "too many phones")
        self._exchange.phones[number] = lambda: Script(
            *order.steps, ring_ms=order.ring_ms, answer=_ANSWERS[order.answer]
        )
        return web.Response(status=204)

    async def remove(self, request: web.Request) -> web.Response:
        self._exchange.phones.pop(request.match_info["number"], None)
        return web.Response(status=204)

    async def lead(self, request: web.Request) -> web.Response:
        for public, local in (await _read(request, _Routes)).root.items():
            self._exchange.plant.routes.add(public, local)
        return web.Response(status=204)

    async def errors(self, request: web.Request) -> web.Response:
        entries = [event for call in self._exchange.calls.values() for event in call.timeline.of("error")]
        return web.json_response({"errors": [entry.json() for entry in entries[::-1][:_MAX_ERRORS]]})

    async def events(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("call")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with self._exchange.plant.feed.listen() as feed:
            await response.write(b": listening\n\n")
            while True:
                try:
                    event = await asyncio.wait_for(feed.get(), _KEEP_ALIVE_S)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if wanted in (None, event.call_sid):
                    await response.write(f"data: {json.dumps(event.json())}\n\n".encode())

    async def phone(self, request: web.Request) -> web.WebSocketResponse:
        number = request.query.get("number", "")
        if number and not is_e164(number):
            raise _problem(422, "not a telephone number")
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

    def _call(self, request: web.Request) -> Call:
        call = self._exchange.calls.get(request.match_info["sid"])
        if call is None:
            raise _problem(404, "no such call")
        return call


def _summary(call: Call) -> dict[str, object]:
    return {
        "call_sid": call.record.sid,
        "parent_call_sid": call.record.parent_sid or None,
        "direction": call.record.direction,
        "from": call.record.from_,
        "to": call.record.to,
        "status": call.record.status.value,
        "duration_ms": call.tape.duration_ms,
        "worst_late_ms": call.line.worst_late_ms,
        "sip_headers": dict(call.record.sip_headers),
        "referred_to": call.record.referred_to or None,
    }


async def _read[Order: BaseModel](request: web.Request, model: type[Order]) -> Order:
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as invalid:
        # The input itself stays out of the answer: it may be a caller's words.
        raise _problem(422, invalid.json(include_input=False, include_context=False, include_url=False)) from None


def _problem(status: int, why: str) -> web.HTTPException:
    body = json.dumps({"problem": why})
    match status:
        case 404:
            return web.HTTPNotFound(text=body, content_type="application/json")
        case _:
            return web.HTTPUnprocessableEntity(text=body, content_type="application/json")
