"""Calls, as an operator places, watches and hears them."""

import asyncio
import json
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from local.carrier import tracks
from local.carrier.call import Call
from local.carrier.exchange import Exchange, UnknownNumber
from local.carrier.handset import PhoneFailed
from local.carrier.lab.orders import Address, Number, problem, read
from local.carrier.phones.script import Script, Step
from local.carrier.rest.recordings import send_wav
from local.carrier.sound import interleave, wav_header

_MAX_ERRORS = 500
_KEEP_ALIVE_S = 15


class _Dial(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_: Address = Field(alias="from")
    to: Number
    steps: Annotated[list[Step], Field(max_length=200)] = Field(default_factory=list)
    sip_headers: Annotated[dict[str, str], Field(max_length=50)] = Field(default_factory=dict)


class CallsLab:
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
            web.get("/lab/calls/{sid}/kept.wav", self.kept),
            web.get("/lab/events", self.events),
            web.get("/lab/errors", self.errors),
        ]

    async def dial(self, request: web.Request) -> web.Response:
        order = await read(request, _Dial)
        try:
            call = await self._exchange.dial_in(order.from_, order.to, Script(*order.steps), order.sip_headers)
        except UnknownNumber:
            raise problem(404, f"{order.to} is not a number of this account") from None
        except PhoneFailed as failed:
            raise problem(422, str(failed)) from None
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

    async def kept(self, request: web.Request) -> web.StreamResponse:
        kept = b"".join(self._call(request).handset.kept)
        if not kept:
            raise problem(404, "nothing was kept of this call")
        return await send_wav(request, iter((wav_header(1, len(kept)), interleave(kept))))

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

    def _call(self, request: web.Request) -> Call:
        call = self._exchange.calls.get(request.match_info["sid"])
        if call is None:
            raise problem(404, "no such call")
        return call


def _summary(call: Call) -> dict[str, object]:
    return {
        "call_sid": call.record.sid,
        "parent_call_sid": call.record.parent_sid or None,
        "direction": call.record.direction,
        "from": call.record.from_,
        "to": call.record.to,
        "status": call.record.status.value,
        "created": call.record.created.isoformat(),
        "duration_ms": call.tape.duration_ms,
        "worst_late_ms": call.line.worst_late_ms,
        "sip_headers": dict(call.record.sip_headers),
        "referred_to": call.record.referred_to or None,
    }
