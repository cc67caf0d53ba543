"""<Dial> to numbers and SIP addresses: they ring at once or in turn, may hear a whisper, and are connected."""

import re
from urllib.parse import parse_qsl

from local.carrier.bridge import Bridge
from local.carrier.call import Call
from local.carrier.legs import Leg, Party, dial, first_to_pick_up
from local.carrier.page import Page
from local.carrier.record import CALLBACK_EVENTS, Detection, Plan, Webhook, is_e164, is_sip
from local.carrier.taping import Taping
from local.carrier.tones import ringback
from local.carrier.twiml import BadTwiml, Element, Rule, anything, http_method, one_of, whole
from local.carrier.verbs.dialled import Dialled
from local.carrier.verbs.waiting import repeat
from local.carrier.waits import first

MAX_PARTIES = 10
_MAX_SIP_HEADERS = 1024
_REFUSALS = {21211: 13223, 21214: 13224, 21215: 13227, 21216: 13225, 21217: 13223}
"""Codes of a refused order, as those of a <Dial>."""
_LEAVE_S = 5

_LEG = {
    "url": anything,
    "method": http_method,
    "statusCallback": anything,
    "statusCallbackMethod": http_method,
    "statusCallbackEvent": anything,
    "machineDetection": one_of("Enable", "DetectMessageEnd"),
    "machineDetectionTimeout": whole(3, 59),
    "machineDetectionSpeechThreshold": whole(1000, 6000),
    "machineDetectionSpeechEndThreshold": whole(500, 5000),
    "machineDetectionSilenceTimeout": whole(2000, 10_000),
    "amdStatusCallback": anything,
    "amdStatusCallbackMethod": http_method,
}
NUMBER = Rule(_LEG, ignored=frozenset({"sendDigits", "byoc"}), text=True)
SIP = Rule({**_LEG, "username": anything, "password": anything}, text=True)


async def connect_parties(call: Call, verb: Element, page: Page, result: Dialled) -> None:
    """Until the conversation is over, or nobody could be reached."""
    parties = [party for noun in _nouns(verb) if (party := _party(call, verb, noun, page))]
    caller_id = _caller_id(call, verb, parties)
    if not parties or caller_id is None:
        return
    result.bridged = False
    waves = [[party] for party in parties] if verb.flag("sequential", False) else [parties]
    legs: list[Leg] = []
    taping = _taping(call, verb)
    if taping and "ringing" in verb.get("record", ""):
        taping.follow(call.line)
    try:
        leg = await _ring(call, caller_id, waves, legs, result)
        if leg:
            await _converse(call, verb, leg, taping, result)
    finally:
        for each in legs:
            each.hang_up()
        _settle(result)
        if taping:
            _keep(call, taping, page.webhook(verb, "recordingStatusCallback"), result)


async def _ring(call: Call, caller_id: str, waves: list[list[Party]], legs: list[Leg], result: Dialled) -> Leg | None:
    """The leg that was picked up and did not decline. Meanwhile the caller hears it ring."""

    reached: Leg | None = None

    async def reach() -> None:
        nonlocal reached
        for wave in waves:
            fresh = [dial(call, caller_id, party) for party in wave]
            legs.extend(fresh)
            result.leg = fresh[-1].call
            picked_up = await first_to_pick_up(fresh)
            if picked_up:
                result.leg = picked_up.call
                reached = picked_up if await picked_up.accepted() else None
                return

    if call.answered:
        await first(reach(), repeat(call.line, ringback()))
    else:
        await reach()
    return reached


async def _converse(call: Call, verb: Element, leg: Leg, taping: Taping | None, result: Dialled) -> None:
    call.answer()
    bridge = Bridge()
    leg.connect(bridge)
    result.bridged = True
    if taping:
        taping.follow(call.line)
    limit_ms = verb.number("timeLimit", 14_400) * 1000
    await first(bridge.talk(call.line), call.line.wait(limit_ms), star_pressed(call, verb))
    leg.hang_up()
    await first(leg.call.over.wait(), leg.call.redirected.wait(), timeout_s=_LEAVE_S)


async def star_pressed(call: Call, verb: Element) -> None:
    """Returns when the caller presses * and `hangupOnStar` makes that the end."""
    pressed: list[str] = []
    call.line.key_listeners.add(pressed.append)
    try:
        await call.line.until(lambda: verb.flag("hangupOnStar", False) and "*" in pressed)
    finally:
        call.line.key_listeners.discard(pressed.append)


def _settle(result: Dialled) -> None:
    """The outcome, as far as it is known when the <Dial> ends."""
    leg = result.leg
    if leg is None:
        return
    if leg.record.over:
        result.status = leg.record.status.value
    else:
        # Of a leg that is being hung up now. Twilio's documents do not say what a caller who hangs up leaves.
        result.status = "completed" if leg.answered else "canceled"


def _keep(call: Call, taping: Taping, callback: Webhook | None, result: Dialled) -> None:
    recording = taping.finish()
    if recording is None:
        return
    result.recording_url = taping.url
    call.timeline.note("recording", recording_sid=taping.sid, status="completed", duration_s=recording.duration_s)
    if callback:
        call.notify(callback, taping.fields(recording), "recording")


def _taping(call: Call, verb: Element) -> Taping | None:
    kind = verb.get("record", "do-not-record")
    if kind in ("do-not-record", "false"):
        return None
    channels = 2 if kind.endswith("-dual") else 1
    return Taping(call.plant, call_sid=call.record.sid, channels=channels, source="DialVerb")


def _nouns(verb: Element) -> list[Element]:
    """The parties named; a number may stand in the <Dial> itself."""
    nouns = [child for child in verb.children if child.name in ("Number", "Sip")]
    return nouns[:MAX_PARTIES] or [Element("Number", {}, verb.text)]


def _party(call: Call, verb: Element, noun: Element, page: Page) -> Party | None:
    """None, and noted, when it is no number or address."""
    headers: tuple[tuple[str, str], ...] = ()
    if noun.name == "Sip":
        to, headers = _sip(call, noun.text)
    else:
        digits = re.sub(r"[\s().-]", "", noun.text)
        to = f"+1{digits}" if re.fullmatch(r"[2-9]\d{9}", digits) else digits
    if not (is_sip(to) if noun.name == "Sip" else is_e164(to)):
        call.timeline.fault(13223)
        return None
    if code := call.host.refusal(to):
        call.timeline.fault(_REFUSALS.get(code, code))
        return None
    whisper = page.webhook_with(noun, "url", "method")
    plan = Plan(
        voice=whisper,
        twiml=None if whisper else "<Response/>",
        status_callback=page.webhook(noun, "statusCallback"),
        status_events=frozenset(noun.get("statusCallbackEvent", "completed").split()) & CALLBACK_EVENTS,
        detection=_detection(call, noun, page),
        ring_s=verb.number("timeout", 30),
    )
    return Party(to=to, plan=plan, sip_headers=headers)


def _sip(call: Call, uri: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The address, and the custom headers in it. Raises BadTwiml when they are too long."""
    address, _, query = uri.partition("?")
    if len(query) >= _MAX_SIP_HEADERS:
        raise BadTwiml(21227, "the SIP headers are too long")
    headers = parse_qsl(query, keep_blank_values=True)
    for name, _ in headers:
        if not name.startswith("X-") and name != "User-to-User":
            call.timeline.fault(12200, "Sip header")
    kept = tuple((name, value) for name, value in headers if name.startswith("X-") or name == "User-to-User")
    return address.partition(";")[0], kept


def _caller_id(call: Call, verb: Element, parties: list[Party]) -> str | None:
    """Whom the parties see calling; None, and noted, when the account may not show that."""
    record = call.record
    given = verb.get("callerId", record.from_)
    own = given in (record.from_, record.to) or call.host.owns(given)
    if own or (re.fullmatch(r"[\w+.-]{1,128}", given) and all(is_sip(party.to) for party in parties)):
        return given
    call.timeline.fault(13214)
    return None


def _detection(call: Call, noun: Element, page: Page) -> Detection | None:
    kind = noun.get("machineDetection", "")
    callback = page.webhook(noun, "amdStatusCallback")
    if kind and callback is None:
        call.timeline.fault(21262, "machineDetection without amdStatusCallback")
    if not kind or callback is None:
        return None
    return Detection(
        message_end=kind == "DetectMessageEnd",
        timeout_ms=noun.number("machineDetectionTimeout", 30) * 1000,
        speech_threshold_ms=noun.number("machineDetectionSpeechThreshold", 2400),
        speech_end_threshold_ms=noun.number("machineDetectionSpeechEndThreshold", 1200),
        silence_timeout_ms=noun.number("machineDetectionSilenceTimeout", 5000),
        callback=callback,
    )
