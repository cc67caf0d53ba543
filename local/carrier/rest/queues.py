"""/Queues and their members: create, list, fetch, update, delete; take a waiting call out by REST."""

from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

from local.carrier.call import CallOver
from local.carrier.exchange import Exchange
from local.carrier.page import Fetch
from local.carrier.queues import DEFAULT_SIZE, MAX_NAME_CHARS, MAX_SIZE, Member, Queue
from local.carrier.record import API_VERSION
from local.carrier.rest.form import Form, Refused, read_form
from local.carrier.rest.lists import page

_FRONT = "Front"


class QueuesApi:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._queues = exchange.queues
        self._account_sid = exchange.plant.account_sid

    async def create(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        name = self._free_name(form)
        queue = self._queues.add(Queue(name, form.whole("MaxSize", DEFAULT_SIZE, 1, MAX_SIZE)))
        return web.json_response(self._json(queue), status=201)

    async def list(self, request: web.Request) -> web.Response:
        return page(request, "queues", [self._json(queue) for queue in reversed(self._queues.all.values())])

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._json(self._queue(request)))

    async def update(self, request: web.Request) -> web.Response:
        queue = self._queue(request)
        form = await read_form(request)
        most = form.whole("MaxSize", queue.most, 1, MAX_SIZE)
        if "FriendlyName" in form and form.get("FriendlyName") != queue.name:
            queue.name = self._free_name(form)
        queue.most, queue.updated = most, datetime.now(UTC)
        return web.json_response(self._json(queue))

    async def delete(self, request: web.Request) -> web.Response:
        """Only an empty one."""
        queue = self._queue(request)
        if queue.members:
            raise Refused(20001, why="the queue is not empty")
        del self._queues.all[queue.sid]
        return web.Response(status=204)

    async def list_members(self, request: web.Request) -> web.Response:
        queue = self._queue(request)
        return page(request, "queue_members", [self._member_json(member) for member in queue.members])

    async def fetch_member(self, request: web.Request) -> web.Response:
        return web.json_response(self._member_json(self._member(request)))

    async def update_member(self, request: web.Request) -> web.Response:
        """The call leaves the queue and goes on with the document at `Url`."""
        member = self._member(request)
        form = await read_form(request)
        source = form.webhook("Url", "Method", 21205)
        if source is None:
            raise Refused(21205)
        shown = self._member_json(member)
        try:
            member.call.redirect(Fetch(source.url, source.method, "update"))
        except CallOver:
            raise Refused(21220) from None
        member.queue.leave(member)
        return web.json_response(shown)

    def _free_name(self, form: Form) -> str:
        name = form.get("FriendlyName")
        if not 0 < len(name) <= MAX_NAME_CHARS or self._queues.named(name):
            raise Refused(20001, why=f"'FriendlyName' must be new and have 1 to {MAX_NAME_CHARS} characters")
        return name

    def _queue(self, request: web.Request) -> Queue:
        queue = self._queues.all.get(request.match_info["queue"])
        if queue is None:
            raise Refused(20404, 404)
        return queue

    def _member(self, request: web.Request) -> Member:
        """By the sid of its call, or the one in front."""
        members, wanted = self._queue(request).members, request.match_info["member"]
        found = members[:1] if wanted == _FRONT else [m for m in members if m.call.record.sid == wanted]
        if not found:
            raise Refused(20404, 404)
        return found[0]

    def _json(self, queue: Queue) -> dict[str, object]:
        uri = f"/{API_VERSION}/Accounts/{self._account_sid}/Queues/{queue.sid}"
        return {
            "sid": queue.sid,
            "account_sid": self._account_sid,
            "friendly_name": queue.name,
            "current_size": len(queue.members),
            "max_size": queue.most,
            "average_wait_time": queue.average_wait_s,
            "date_created": format_datetime(queue.created),
            "date_updated": format_datetime(queue.updated),
            "uri": f"{uri}.json",
            "subresource_uris": {"members": f"{uri}/Members.json"},
        }

    def _member_json(self, member: Member) -> dict[str, object]:
        sid, queue = member.call.record.sid, member.queue
        return {
            "call_sid": sid,
            "queue_sid": queue.sid,
            "date_enqueued": format_datetime(member.since),
            "position": queue.members.index(member) + 1,
            "wait_time": member.waited_s,
            "uri": f"/{API_VERSION}/Accounts/{self._account_sid}/Queues/{queue.sid}/Members/{sid}.json",
        }
