"""The API's addresses, and what every request passes: credentials, the account in the path, Twilio's errors."""

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
from local.carrier.rest.numbers import Numbers
from local.carrier.rest.participants import ParticipantsApi
from local.carrier.rest.queues import QueuesApi
from local.carrier.rest.recordings import RecordingsApi
from local.carrier.rest.streams import StreamsApi
from local.carrier.rest.taskrouter import WorkspaceApi
from local.carrier.rest.tasks import TasksApi

log = logging.getLogger(__name__)

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(exchange: Exchange) -> list[web.RouteDef]:
    """All of `/2010-04-01`, where what is not known answers 404 (20404), Trust Hub's list of profiles, and TaskRouter.

    At Twilio each has a host of its own; their paths do not meet.
    """
    account = AccountApi(exchange)
    conferences, participants = ConferencesApi(exchange), ParticipantsApi(exchange)
    queues, streams = QueuesApi(exchange), StreamsApi(exchange)
    calls, numbers, recordings = Calls(exchange), Numbers(exchange), RecordingsApi(exchange)
    table: list[tuple[str, str, Handler]] = [
        ("GET", ".json", account.fetch),
        ("GET", "/Balance.json", account.balance),
        ("POST", "/Calls.json", calls.create),
        ("GET", "/Calls.json", calls.list),
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
    trust_hub = web.route("GET", "/v1/CustomerProfiles", _guarded(exchange, account.profiles))
    tasks = [
        web.route(method, f"/v1{path}", _guarded(exchange, handler))
        for method, path, handler in (*WorkspaceApi(exchange).routes(), *TasksApi(exchange).routes())
    ]
    rest = [web.route(method, base + path, _guarded(exchange, handler)) for method, path, handler in table]
    return [trust_hub, *tasks, *rest]


async def _nothing(request: web.Request) -> web.StreamResponse:
    raise Refused(20404, 404)


def _guarded(exchange: Exchange, handler: Handler) -> Handler:
    account, token = exchange.plant.account_sid, exchange.plant.auth_token

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            if not _authorised(request, account, token):
                raise Refused(20003, 401)
            if request.match_info.get("account", account) != account:
                raise Refused(20404, 404)
            return await handler(request)
        except Refused as refused:
            return refused.response()
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return Refused(20500, 500).response()

    return guarded


def _authorised(request: web.Request, account: str, token: str) -> bool:
    """HTTP Basic with the account's SID and token."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        given = b64decode(credentials, validate=True)
    except ValueError:
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, f"{account}:{token}".encode())
