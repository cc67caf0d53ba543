"""/Calls: create, fetch, list, redirect, end."""

import re
from datetime import datetime
from urllib.parse import parse_qsl

from aiohttp import web

from local.carrier.call import Call, CallOver
from local.carrier.exchange import Exchange
from local.carrier.page import Fetch, Inline, Source
from local.carrier.record import CALLBACK_EVENTS, DEFAULT_RING_S, DEFAULT_TIME_LIMIT_S, Plan
from local.carrier.rest import machine_detection
from local.carrier.rest.ends import ends
from local.carrier.rest.form import Form, Refused, parse_day, read_form
from local.carrier.rest.lists import page

MAX_TWIML_CHARS = 4000
_NOT_SIMULATED = frozenset(
    {
        *("Record", "RecordingChannels", "RecordingTrack", "RecordingStatusCallback", "Trim"),
        *("CallerId", "CallReason", "CallToken", "Byoc", "SipAuthUsername", "SipAuthPassword"),
    }
)


class Calls:
    """Handlers; the account in the path has been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def create(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        to, from_ = ends(form, self._exchange)
        address, _, query = to.partition("?")
        headers = tuple(parse_qsl(query, keep_blank_values=True))
        call = self._exchange.dial_out(from_, address, _plan(form), sip_headers=headers)
        _note_oddities(call, form)
        return web.json_response(call.record.json(), status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._call(request).record.json())

    async def list(self, request: web.Request) -> web.Response:
        records = [call.record for call in reversed(self._exchange.calls.values())]
        for name, attribute in (("To", "to"), ("From", "from_"), ("Status", "status")):
            if wanted := request.query.get(name):
                records = [record for record in records if getattr(record, attribute) == wanted]
        after, before = _day(request, "StartTime>"), _day(request, "StartTime<")
        if after:
            records = [record for record in records if (record.started or record.created) >= after]
        if before:
            records = [record for record in records if (record.started or record.created) <= before]
        return page(request, "calls", [record.json() for record in records])

    async def update(self, request: web.Request) -> web.Response:
        call = self._call(request)
        form = await read_form(request)
        status = form.get("Status")
        if status not in ("", "completed", "canceled"):
            raise Refused(20001, why="'Status' must be completed or canceled")
        source = _source(form)
        if call.record.over or (source and not call.answered):
            raise Refused(21220)
        _amend(call, form)
        if source:
            try:
                call.redirect(source)
            except CallOver:
                raise Refused(21220) from None
        if status == "completed" or (status == "canceled" and not call.answered):
            call.cancel()
        return web.json_response(call.record.json())

    def _call(self, request: web.Request) -> Call:
        call = self._exchange.calls.get(request.match_info["sid"])
        if call is None:
            raise Refused(20404, 404)
        return call


def _plan(form: Form) -> Plan:
    voice = form.webhook("Url", "Method", 21205)
    twiml = form.get("Twiml")
    if voice is None and not twiml:
        raise Refused(21218 if form.get("ApplicationSid") else 21205)
    _check_twiml(twiml)
    events = frozenset(form.all("StatusCallbackEvent")) & CALLBACK_EVENTS
    digits = form.get("SendDigits")
    if not re.fullmatch(r"[0-9A-D#*wW]{0,32}", digits):
        raise Refused(20001, why="'SendDigits' may hold up to 32 of 0-9 A-D # * w W")
    return Plan(
        voice=voice,
        twiml=None if voice else twiml,
        fallback=form.webhook("FallbackUrl", "FallbackMethod", 21205),
        status_callback=form.webhook("StatusCallback", "StatusCallbackMethod", 21609),
        status_events=events or frozenset({"completed"}),
        # Twilio: keys to be pressed switch machine detection off.
        detection=machine_detection.asynchronous(form) if not digits else None,
        send_digits=digits,
        ring_s=form.whole("Timeout", DEFAULT_RING_S, 1, 600),
        time_limit_s=form.whole("TimeLimit", DEFAULT_TIME_LIMIT_S, 1, 86_400),
    )


def _source(form: Form) -> Source | None:
    """The new document of an update; Url and Twiml exclude each other."""
    voice = form.webhook("Url", "Method", 21205)
    twiml = form.get("Twiml")
    if voice and twiml:
        raise Refused(20001, why="give Url or Twiml, not both")
    _check_twiml(twiml)
    if voice:
        return Fetch(voice.url, voice.method, "update")
    return Inline(twiml) if twiml else None


def _check_twiml(twiml: str) -> None:
    if len(twiml) > MAX_TWIML_CHARS:
        raise Refused(32018)


def _amend(call: Call, form: Form) -> None:
    """Whatever else an update may change."""
    if fallback := form.webhook("FallbackUrl", "FallbackMethod", 21205):
        call.plan.fallback = fallback
    if callback := form.webhook("StatusCallback", "StatusCallbackMethod", 21609):
        call.plan.status_callback = callback
    if "TimeLimit" in form:
        call.plan.time_limit_s = form.whole("TimeLimit", DEFAULT_TIME_LIMIT_S, 1, 86_400)
        if call.answered:
            call.limit(call.plan.time_limit_s)


def _note_oddities(call: Call, form: Form) -> None:
    """What Twilio would only warn about."""
    if form.get("Url") and form.get("Twiml"):
        call.timeline.fault(32019)
    if set(form.all("StatusCallbackEvent")) - CALLBACK_EVENTS:
        call.timeline.fault(21626)
    for name in sorted(form.names() & _NOT_SIMULATED):
        call.timeline.note("not-simulated", what=name)


def _day(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name)
    return parse_day(text) if text else None
