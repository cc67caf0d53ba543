"""The API's addresses, and what every request passes: credentials, the account in the path, Twilio's errors."""

import asyncio
import hmac
import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.record import API_VERSION
from local.carrier.rest.account import AccountApi
from local.carrier.rest.calls import Calls
from local.carrier.rest.conferences import ConferencesApi
from local.carrier.rest.form import Refused
from local.carrier.rest.messages import MessagesApi
from local.carrier.rest.numbers import Numbers
from local.carrier.rest.participants import ParticipantsApi
from local.carrier.rest.queues import QueuesApi
from local.carrier.rest.recordings import RecordingsApi
from local.carrier.rest.streams import StreamsApi
from local.carrier.rest.taskrouter import WorkspaceApi
from local.carrier.rest.tasks import TasksApi
from local.carrier.trouble import What

log = logging.getLogger(__name__)

_SILENCE_S = 60

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(exchange: Exchange) -> list[web.RouteDef]:
    """All of `/2010-04-01`, where what is not known answers 404 (20404), Trust Hub's list of profiles, and TaskRouter.

    At Twilio each has a host of its own; their paths do not meet.
    """
    door = _Door(exchange)
    account = AccountApi(exchange)
    conferences, participants = ConferencesApi(exchange), ParticipantsApi(exchange)
    messages = MessagesApi(exchange)
    queues, streams = QueuesApi(exchange), StreamsApi(exchange)
    calls, numbers, recordings = Calls(exchange), Numbers(exchange), RecordingsApi(exchange)
    table: list[tuple[str, str, Handler]] = [
        ("GET", ".json", account.fetch),
        ("GET", "/Balance.json", account.balance),
        ("POST", "/Calls.json", _troubled(exchange, "calls", calls.create)),
        ("GET", "/Calls.json", calls.list),
        ("POST", "/Messages.json", _troubled(exchange, "messages", messages.create)),
        ("GET", "/Messages.json", messages.list),
        ("GET", "/Messages/{sid}.json", messages.fetch),
        ("GET", "/Calls/{sid}.json", calls.fetch),
        ("POST", "/Calls/{sid}.json", calls.update),
        ("GET", "/Calls/{call_sid}/Recordings.json", recordings.list),
        ("POST", "/Calls/{call_sid}/Streams.json", streams.create),
        ("POST", "/Calls/{call_sid}/Streams/{stream}.json", streams.update),
        ("POST", "/Queues.json", queues.create),
        ("GET", "/Queues.json", queues.list),
        ("GET", "/Queues/{queue}.json", queues.fetch),
        ("POST", "/Queues/{queue}.json", queues.update),
        ("DELETE", "/Queues/{queue}.json", queues.delete),
        ("GET", "/Queues/{queue}/Members.json", queues.list_members),
        ("GET", "/Queues/{queue}/Members/{member}.json", queues.fetch_member),
        ("POST", "/Queues/{queue}/Members/{member}.json", queues.update_member),
        ("GET", "/Conferences.json", conferences.list),
        ("GET", "/Conferences/{conference}.json", conferences.fetch),
        ("POST", "/Conferences/{conference}.json", conferences.update),
        ("POST", "/Conferences/{conference}/Participants.json", participants.create),
        ("GET", "/Conferences/{conference}/Participants.json", participants.list),
        ("GET", "/Conferences/{conference}/Participants/{participant}.json", participants.fetch),
        ("POST", "/Conferences/{conference}/Participants/{participant}.json", participants.update),
        ("DELETE", "/Conferences/{conference}/Participants/{participant}.json", participants.delete),
        ("POST", "/IncomingPhoneNumbers.json", numbers.create),
        ("GET", "/IncomingPhoneNumbers.json", numbers.list),
        ("GET", "/IncomingPhoneNumbers/{sid}.json", numbers.fetch),
        ("POST", "/IncomingPhoneNumbers/{sid}.json", numbers.update),
        ("DELETE", "/IncomingPhoneNumbers/{sid}.json", numbers.delete),
        ("GET", "/Recordings.json", recordings.list),
        ("GET", "/Recordings/{sid}.json", recordings.fetch),
        ("GET", "/Recordings/{sid}.wav", recordings.sound),
        ("GET", "/Recordings/{sid}", recordings.sound),
        ("DELETE", "/Recordings/{sid}.json", recordings.delete),
        ("*", "/{rest:.*}", _nothing),
    ]
    base = f"/{API_VERSION}/Accounts/{{account}}"
    trust_hub = web.route("GET", "/v1/CustomerProfiles", door.guard(account.profiles))
    tasks = [
        web.route(method, f"/v1{path}", door.guard(handler))
        for method, path, handler in (*WorkspaceApi(exchange).routes(), *TasksApi(exchange).routes())
    ]
    rest = [web.route(method, base + path, door.guard(handler)) for method, path, handler in table]
    return [trust_hub, *tasks, *rest]


async def _nothing(request: web.Request) -> web.StreamResponse:
    raise Refused(20404, 404)


def _troubled(exchange: Exchange, what: What, handler: Handler) -> Handler:
    """Orders that may go wrong, as it was ordered."""

    async def troubled(request: web.Request) -> web.StreamResponse:
        trouble = exchange.plant.troubles.order(what)
        if trouble is None:
            return await handler(request)
        if trouble.carried_out:
            await handler(request)
        if trouble.answer == "error":
            raise Refused(trouble.code, trouble.status)
        if trouble.answer == "silence":
            await asyncio.sleep(_SILENCE_S)
        if request.transport:
            request.transport.abort()
        raise ConnectionResetError

    return troubled


class _Door:
    """Credentials, the account in the path, and how many requests Twilio answers at once."""

    def __init__(self, exchange: Exchange) -> None:
        self._plant = exchange.plant
        self._limits = exchange.account.limits
        self._at_once = 0

    def guard(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                return await self._pass(request, handler)
            except Refused as refused:
                return refused.response()
            except (web.HTTPException, ConnectionError):
                raise
            except Exception:
                log.exception("%s %s failed", request.method, request.path)
                return Refused(20500, 500).response()

        return guarded

    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _authorised(request, self._plant.account_sid, self._plant.auth_token):
            raise Refused(20003, 401)
        if request.match_info.get("account", self._plant.account_sid) != self._plant.account_sid:
            raise Refused(20404, 404)
        most = self._limits.requests_at_once
        if most is not None and self._at_once >= most:
            raise Refused(20429, 429)
        self._at_once += 1
        try:
            return await handler(request)
        finally:
            self._at_once -= 1


def _authorised(request: web.Request, account: str, token: str) -> bool:
    """HTTP Basic with the account's SID and token."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        given = b64decode(credentials, validate=True)
    except ValueError:
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, f"{account}:{token}".encode())
