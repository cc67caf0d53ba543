"""What is heard while a call waits for others: the account's `waitUrl` or `HoldUrl`, or the carrier's tune."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from local.carrier.call import Call
from local.carrier.courier import MAX_MEDIA_BYTES, Fields
from local.carrier.document import LoopGuard, fetch, page_of
from local.carrier.line import Line
from local.carrier.page import Fetch, Next, Page
from local.carrier.record import Webhook
from local.carrier.sound import UnreadableSound, read_wav
from local.carrier.tones import tune
from local.carrier.twiml import BadTwiml
from local.carrier.verbs.flow import REDIRECT
from local.carrier.verbs.prompt import PROMPTS, sound_of
from local.carrier.verbs.verb import Verb

WAITING_VERBS: Mapping[str, Verb] = {**PROMPTS, "Redirect": REDIRECT}
_NOT_HERE = 13238


def no_fields() -> Fields:
    return []


async def accompany(
    call: Call,
    music: Webhook,
    *,
    verbs: Mapping[str, Verb] = WAITING_VERBS,
    fields: Callable[[], Fields] = no_fields,
    after: Literal["silence", "again", "return"] = "silence",
) -> Next:
    """Does what the document says, or plays the sound file over and over.

    Returns where a verb leads the call. When the document ends there is silence until this is cancelled, or it is
    asked again, or this returns too. Raises Undelivered, BadTwiml.
    """
    guard = LoopGuard()
    home = Fetch(music.url, music.method, "wait")
    source = home
    while True:
        guard.pass_by(asyncio.get_running_loop().time())
        page = await _open(call, replace(source, fields=(*source.fields, *fields())), verbs)
        step = await _perform(call, page, verbs)
        if isinstance(step, Fetch):
            source = step
        elif step is not None or after == "return":
            return step
        elif after == "again":
            source = home
        else:
            await asyncio.Event().wait()


async def repeat(line: Line, sound: bytes) -> None:
    """Plays it over and over, until cancelled."""
    while sound:
        await line.play(sound * max(1, 480_000 // len(sound)))


async def play_tune(line: Line) -> None:
    await repeat(line, tune())


async def rendered(call: Call, webhook: Webhook) -> bytes:
    """The sound of a document or sound file, once through; at most what an announcement may be, ten minutes.

    Raises Undelivered, BadTwiml.
    """
    source = Fetch(webhook.url, webhook.method, "announcement")
    reply = await fetch(call, source, MAX_MEDIA_BYTES)
    if _is_sound(reply.content_type):
        return _sound(reply.body)
    page = page_of(call, source, reply, {name: verb.rule for name, verb in PROMPTS.items()}, _NOT_HERE)
    pieces = [await sound_of(call, prompt, page) * max(1, prompt.number("loop", 1)) for prompt in page.verbs]
    return b"".join(pieces)


async def _open(call: Call, source: Fetch, verbs: Mapping[str, Verb]) -> Page:
    reply = await fetch(call, source, MAX_MEDIA_BYTES)
    if _is_sound(reply.content_type):
        await repeat(call.line, _sound(reply.body))
    return page_of(call, source, reply, {name: verb.rule for name, verb in verbs.items()}, _NOT_HERE)


async def _perform(call: Call, page: Page, verbs: Mapping[str, Verb]) -> Next:
    for element in page.verbs:
        step = await verbs[element.name].perform(call, element, page)
        if step is not None:
            return step
    return None


def _is_sound(content_type: str) -> bool:
    return content_type.strip().lower().startswith("audio/")


def _sound(body: bytes) -> bytes:
    try:
        return read_wav(body)
    except UnreadableSound as unreadable:
        raise BadTwiml(12300, str(unreadable)) from None
