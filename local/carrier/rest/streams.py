"""/Calls/../Streams: begin to listen to a call, and stop."""

from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

from local.carrier.call import Call, OneWay
from local.carrier.exchange import Exchange
from local.carrier.media_socket import StreamFailed
from local.carrier.one_way import listen
from local.carrier.record import API_VERSION
from local.carrier.rest.form import Form, Refused, read_form

_MAX_PARAMETERS = 99


class StreamsApi:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def create(self, request: web.Request) -> web.Response:
        """One-way streams only, as at Twilio."""
        call = self._call(request)
        form = await read_form(request)
        url = form.get("Url")
        if not url.startswith("wss://"):
            raise Refused(21205, why="'Url' must be wss://")
        if not call.answered or call.ending:
            raise Refused(21220)
        track = form.one_of("Track", "inbound_track", "outbound_track", "both_tracks") or "inbound_track"
        try:
            stream = listen(
                call,
                url,
                name=form.get("Name"),
                track=track,
                callback=form.webhook("StatusCallback", "StatusCallbackMethod", 21609),
                parameters=_parameters(form),
            )
        except StreamFailed as failed:
            raise Refused(failed.code) from None
        return web.json_response(_json(call, stream), status=201)

    async def update(self, request: web.Request) -> web.Response:
        """`Status=stopped`, by its sid or its name."""
        call = self._call(request)
        form = await read_form(request)
        if form.get("Status") != "stopped":
            raise Refused(20001, why="'Status' must be stopped")
        wanted = request.match_info["stream"]
        stream = next((each for each in call.streams.values() if wanted in (each.sid, each.name)), None)
        if stream is None or not stream.live:
            raise Refused(20404, 404)
        stream.stop()
        return web.json_response({**_json(call, stream), "status": "stopped"})

    def _call(self, request: web.Request) -> Call:
        call = self._exchange.calls.get(request.match_info["call_sid"])
        if call is None:
            raise Refused(20404, 404)
        return call


def _parameters(form: Form) -> dict[str, str]:
    pairs = [
        (form.get(f"Parameter{number}.Name"), form.get(f"Parameter{number}.Value"))
        for number in range(1, _MAX_PARAMETERS + 1)
    ]
    return {name: value for name, value in pairs if name}


def _json(call: Call, stream: OneWay) -> dict[str, object]:
    record = call.record
    return {
        "sid": stream.sid,
        "account_sid": record.account_sid,
        "call_sid": record.sid,
        "name": stream.name,
        "status": "in-progress" if stream.live else "stopped",
        "date_updated": format_datetime(datetime.now(UTC)),
        "uri": f"/{API_VERSION}/Accounts/{record.account_sid}/Calls/{record.sid}/Streams/{stream.sid}.json",
    }
