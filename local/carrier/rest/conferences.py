"""/Conferences: list, fetch, announce, end."""

from email.utils import format_datetime

from aiohttp import web

from local.carrier.conference import Conference
from local.carrier.exchange import Exchange
from local.carrier.record import API_VERSION
from local.carrier.rest.announcements import announce
from local.carrier.rest.form import Refused, read_form
from local.carrier.rest.lists import page


class ConferencesApi:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._conferences = exchange.conferences
        self._account_sid = exchange.plant.account_sid

    async def list(self, request: web.Request) -> web.Response:
        status, name = request.query.get("Status"), request.query.get("FriendlyName")
        found = [
            conference
            for conference in self._conferences.all()
            if status in (None, conference.status) and name in (None, conference.name)
        ]
        return page(request, "conferences", [self._json(conference) for conference in found])

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._json(self._conference(request)))

    async def update(self, request: web.Request) -> web.Response:
        conference = self._conference(request)
        form = await read_form(request)
        status = form.get("Status")
        if status not in ("", "completed"):
            raise Refused(20001, why="'Status' must be completed")
        announcement = form.webhook("AnnounceUrl", "AnnounceMethod", 21205)
        if conference.status == "completed":
            raise Refused(20404, 404)
        if announcement:
            announce(conference, tuple(conference.participants.values()), announcement, to_one=False)
        if status:
            conference.end()
        return web.json_response(self._json(conference))

    def _conference(self, request: web.Request) -> Conference:
        conference = self._conferences.find(request.match_info["conference"])
        if conference is None:
            raise Refused(20404, 404)
        return conference

    def _json(self, conference: Conference) -> dict[str, object]:
        uri = f"/{API_VERSION}/Accounts/{self._account_sid}/Conferences/{conference.sid}"
        ended = conference.status == "completed"
        return {
            "sid": conference.sid,
            "account_sid": self._account_sid,
            "friendly_name": conference.name,
            "status": conference.status,
            "region": "us1",
            "date_created": format_datetime(conference.created),
            "date_updated": format_datetime(conference.updated),
            "api_version": API_VERSION,
            "reason_conference_ended": conference.reason_ended if ended else None,
            "call_sid_ending_conference": conference.ended_by.sid if ended and conference.ended_by else None,
            "uri": f"{uri}.json",
            "subresource_uris": {"participants": f"{uri}/Participants.json", "recordings": f"{uri}/Recordings.json"},
        }
