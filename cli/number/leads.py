"""Where a number's calls go, before and after. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cli.deployed.refusal import Refusal
from cli.deployed.stacks import FALLBACK, STATUS, TEXT, VOICE, Deployed
from cli.deployed.twilio_account import Number

RETRIED: Final = "#rc=3&rp=all"
"""Twilio gives up a status callback at its first failure unless told otherwise (Twilio, "Connection Overrides")."""

_LABELS: Final = {
    "voice_url": "A call comes in",
    "voice_method": "A call comes in, by",
    "voice_fallback_url": "If that fails",
    "voice_fallback_method": "If that fails, by",
    "status_callback": "When it is over",
    "status_callback_method": "When it is over, by",
    "sms_url": "A text message comes in",
    "sms_method": "A text message comes in, by",
    "voice_application_sid": "TwiML App (overrides the above)",
    "trunk_sid": "SIP trunk (overrides the above)",
}


def leads_to(deployed: Deployed) -> Mapping[str, str]:
    """What a number has to say for its calls to come to this deployment. Raises Refusal while it is half finished."""
    wanted = {
        "voice_url": deployed.webhook_url + VOICE,
        "voice_method": "POST",
        "voice_fallback_url": deployed.fallback_url + FALLBACK,
        "voice_fallback_method": "POST",
        "status_callback": deployed.webhook_url + STATUS + RETRIED,
        "status_callback_method": "POST",
        "sms_url": deployed.webhook_url + TEXT,
        "sms_method": "POST",
        "voice_application_sid": "",
        "trunk_sid": "",
    }
    if not deployed.stream_url:
        deployed.output("Stream", "StreamUrlOut")
        raise Refusal(f"{deployed.stage.parameter('stream-url')} is missing; run `make deploy` again")
    return wanted


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Mapping[str, str]:
    """Those of `after` that differ."""
    return {name: value for name, value in after.items() if before.get(name, "") != value}


def rows(before: Mapping[str, str], change: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    """What is shown of a change: the field, its value now, its value then."""
    for name, value in change.items():
        yield _LABELS[name], before.get(name, "") or "(nothing)", value or "(nothing)"


def find(numbers: Sequence[Number], wanted: str | None) -> Number:
    """The number that was named, or the only one there is. Raises Refusal."""
    owned = ", ".join(number.phone_number for number in numbers)
    if not numbers:
        raise Refusal("this Twilio account has no number; buy one in Twilio's console: Phone Numbers, Buy a number")
    if wanted is None and len(numbers) > 1:
        raise Refusal(f"name one of the account's numbers: {owned}")
    if wanted is None:
        return numbers[0]
    called = plain(wanted)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", called):
        raise Refusal(f"{wanted!r} is not a number in the form +15550100123; this account has {owned}")
    for number in numbers:
        if number.phone_number == called:
            return number
    raise Refusal(f"{called} is not a number of this Twilio account, which has {owned}")


def plain(number: str) -> str:
    """Without what people put between digits."""
    return re.sub(r"[ ().-]", "", number)
