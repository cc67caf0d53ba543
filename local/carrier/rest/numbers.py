"""/IncomingPhoneNumbers: create, list, fetch, update, release."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

from local.carrier.exchange import Exchange, Number, NumberTaken
from local.carrier.record import API_VERSION, Webhook
from local.carrier.rest.form import Form, Refused, read_form
from local.carrier.rest.lists import page


class Numbers:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account_sid = exchange.plant.account_sid

    async def create(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        phone_number = form.number("PhoneNumber", 21421, 21421)
        change = _change(form)
        try:
            number = self._exchange.add_number(phone_number)
        except NumberTaken:
            raise Refused(21422) from None
        _apply(number, change)
        return web.json_response(self._json(number), status=201)

    async def list(self, request: web.Request) -> web.Response:
        wanted = request.query.get("PhoneNumber")
        numbers = [n for n in self._exchange.numbers.values() if wanted in (None, "", n.phone_number)]
        return page(request, "incoming_phone_numbers", [self._json(number) for number in numbers])

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._json(self._number(request)))

    async def update(self, request: web.Request) -> web.Response:
        number = self._number(request)
        _apply(number, _change(await read_form(request), number))
        number.updated = datetime.now(UTC)
        return web.json_response(self._json(number))

    async def delete(self, request: web.Request) -> web.Response:
        del self._exchange.numbers[self._number(request).sid]
        return web.Response(status=204)

    def _number(self, request: web.Request) -> Number:
        number = self._exchange.numbers.get(request.match_info["sid"])
        if number is None:
            raise Refused(20404, 404)
        return number

    def _json(self, number: Number) -> dict[str, object]:
        voice, fallback, callback = number.voice, number.voice_fallback, number.status_callback
        return {
            "sid": number.sid,
            "account_sid": self._account_sid,
            "phone_number": number.phone_number,
            "friendly_name": number.friendly_name or number.phone_number,
            "api_version": API_VERSION,
            "voice_url": voice.url if voice else "",
            "voice_method": voice.method if voice else "POST",
            "voice_fallback_url": fallback.url if fallback else "",
            "voice_fallback_method": fallback.method if fallback else "POST",
            "sms_url": number.sms.url if number.sms else "",
            "sms_method": number.sms.method if number.sms else "POST",
            "status_callback": callback.url if callback else "",
            "status_callback_method": callback.method if callback else "POST",
            "voice_caller_id_lookup": False,
            "voice_receive_mode": "voice",
            "voice_application_sid": number.voice_application_sid,
            "trunk_sid": number.trunk_sid or None,
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            "status": "in-use",
            "origin": "twilio",
            "beta": False,
            "date_created": format_datetime(number.created),
            "date_updated": format_datetime(number.updated or number.created),
            "uri": f"/{API_VERSION}/Accounts/{self._account_sid}/IncomingPhoneNumbers/{number.sid}.json",
        }


type _Change = dict[str, Webhook | str | None]

_WEBHOOKS = (
    ("voice", "VoiceUrl", "VoiceMethod"),
    ("voice_fallback", "VoiceFallbackUrl", "VoiceFallbackMethod"),
    ("status_callback", "StatusCallback", "StatusCallbackMethod"),
    ("sms", "SmsUrl", "SmsMethod"),
)

_OVERRIDES = (("VoiceApplicationSid", "AP"), ("TrunkSid", "TK"))


def _change(form: Form, number: Number | None = None) -> _Change:
    """What the form sets, checked as a whole before anything changes. A URL and its method may be set apart."""
    change: _Change = {}
    for attribute, url, method in _WEBHOOKS:
        before: Webhook | None = getattr(number, attribute, None)
        after = form.webhook(url, method, 21609 if url == "StatusCallback" else 21205) if url in form else before
        if after and before and method not in form:
            after = Webhook(after.url, before.method)
        elif after and method in form:
            after = Webhook(after.url, form.method(method))
        change[attribute] = after
    if "FriendlyName" in form:
        change["friendly_name"] = form.get("FriendlyName")[:64]
    return change | _override(form)


def _override(form: Form) -> _Change:
    """What handles the calls instead of the number's own URLs; setting either undoes the other."""
    application, trunk = (_sid(form, name, kind) for name, kind in _OVERRIDES)
    change: _Change = {}
    if application is not None:
        change["voice_application_sid"] = application
    if trunk is not None:
        change["trunk_sid"] = trunk
    if application or trunk:
        change = {"voice_application_sid": "", "trunk_sid": "", **change}
    return change


def _sid(form: Form, name: str, kind: str) -> str | None:
    """None when it is not given, empty when it is taken away."""
    if name not in form:
        return None
    value = form.get(name)
    if value and not re.fullmatch(rf"{kind}[0-9a-fA-F]{{32}}", value):
        raise Refused(21218 if kind == "AP" else 20001, why=f"'{name}' is not valid")
    return value


def _apply(number: Number, change: _Change) -> None:
    for attribute, value in change.items():
        setattr(number, attribute, value)
