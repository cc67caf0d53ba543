"""/Messages: send, fetch, list."""

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.rest.form import Form, Refused, read_form
from local.carrier.rest.lists import page
from local.carrier.text_message import MAX_BODY_CHARS
from local.carrier.texts import OptedOut


class MessagesApi:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._texts = exchange.texts

    async def create(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        to = form.number("To", 21604, 21211)
        sender = self._sender(form)
        body = form.get("Body")
        if not body:
            raise Refused(21602)
        if len(body) > MAX_BODY_CHARS:
            raise Refused(21617)
        callback = form.webhook("StatusCallback", "StatusCallbackMethod", 21609)
        fate = self._texts.fates.get(to)
        if fate and fate.refused:
            raise Refused(fate.refused)
        try:
            message = self._texts.send(sender, to, body, callback)
        except OptedOut:
            raise Refused(21610) from None
        return web.json_response(message.json(), status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        message = self._texts.messages.get(request.match_info["sid"])
        if message is None:
            raise Refused(20404, 404)
        return web.json_response(message.json())

    async def list(self, request: web.Request) -> web.Response:
        wanted = [(name, request.query.get(name)) for name in ("To", "From")]
        shown = [message.json() for message in reversed(self._texts.messages.values())]
        for name, value in wanted:
            if value:
                shown = [message for message in shown if message[name.lower()] == value]
        return page(request, "messages", shown)

    def _sender(self, form: Form) -> str:
        service = form.get("MessagingServiceSid")
        if service:
            if service not in self._texts.services:
                raise Refused(21701, why="'MessagingServiceSid' is not a messaging service of this account")
            return service
        sender = form.number("From", 21603, 21212)
        if not self._exchange.owns(sender):
            raise Refused(21606, why="'From' is not a number of this account")
        return sender
