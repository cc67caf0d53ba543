"""/Recordings: the resource, its sound, delete. The sound needs credentials, as with "HTTP auth for media" on."""

from collections.abc import Iterator

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.recordings import Recording
from local.carrier.rest.form import Refused
from local.carrier.rest.lists import page


class RecordingsApi:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._recordings = exchange.plant.recordings

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._recording(request).json())

    async def list(self, request: web.Request) -> web.Response:
        call_sid = request.match_info.get("call_sid") or request.query.get("CallSid")
        return page(request, "recordings", [recording.json() for recording in self._recordings.of(call_sid)])

    async def sound(self, request: web.Request) -> web.StreamResponse:
        return await send_wav(request, self._recording(request).wav())

    async def delete(self, request: web.Request) -> web.Response:
        self._recordings.delete(self._recording(request).sid)
        return web.Response(status=204)

    def _recording(self, request: web.Request) -> Recording:
        recording = self._recordings.get(request.match_info["sid"])
        if recording is None:
            raise Refused(20404, 404)
        return recording


async def send_wav(request: web.Request, pieces: Iterator[bytes]) -> web.StreamResponse:
    """A WAV file in pieces, so that a long call is never in memory whole."""
    response = web.StreamResponse(headers={"Content-Type": "audio/wav"})
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response
