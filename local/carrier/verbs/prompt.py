"""<Say>, <Play> and <Pause>: what the caller is given to hear. Also nested in <Gather>."""

from local.carrier.call import Call
from local.carrier.courier import Undelivered
from local.carrier.page import Next, Page
from local.carrier.playout import MAX_BYTES
from local.carrier.sound import FRAME_MS, SILENT_FRAME, UnreadableSound, read_wav
from local.carrier.speech import MAX_TEXT, SpeechUnavailable
from local.carrier.twiml import BadTwiml, Element, Rule, anything, whole
from local.carrier.verbs.verb import Verb

_LOOPS = whole(0, 1000)
_MOST_TOGETHER = 50


async def sound_of(call: Call, verb: Element, page: Page) -> bytes:
    """One prompt, once through; nothing when it cannot be had, which is noted."""
    match verb.name:
        case "Say":
            return await _spoken(call, verb)
        case "Play":
            return await _fetched(call, verb, page)
        case _:
            return SILENT_FRAME * (verb.number("length", 1) * 1000 // FRAME_MS)


async def _spoken(call: Call, verb: Element) -> bytes:
    if len(verb.text) > MAX_TEXT:
        call.timeline.fault(13521)
        return b""
    if not verb.text:
        return b""
    try:
        return await call.plant.voice.say(verb.text, verb.get("voice", ""))
    except SpeechUnavailable as failed:
        call.timeline.fault(13520, str(failed))
        return b""


async def _fetched(call: Call, verb: Element, page: Page) -> bytes:
    try:
        reply = await call.plant.courier.media(page.resolve(verb.text))
        return read_wav(reply.body)
    except (Undelivered, BadTwiml) as failed:
        call.timeline.fault(failed.code, "Play")
    except UnreadableSound as failed:
        call.timeline.fault(12300, f"Play: {failed}")
    return b""


async def _prompt(call: Call, verb: Element, page: Page) -> Next:
    await _loop(call, await sound_of(call, verb, page), verb.number("loop", 1))
    return None


async def _pause(call: Call, verb: Element, page: Page) -> Next:
    await call.line.wait(verb.number("length", 1) * 1000)
    return None


async def _loop(call: Call, sound: bytes, times: int) -> None:
    """Play that many times without a gap; 0 is until the call goes elsewhere."""
    together = min(_MOST_TOGETHER, MAX_BYTES // max(1, len(sound)))
    played = 0
    while sound and (times == 0 or played < times):
        count = together if times == 0 else min(together, times - played)
        await call.line.play(sound * count)
        played += count


SAY = Verb(
    Rule({"voice": anything, "loop": _LOOPS}, ignored=frozenset({"language"}), text=True),
    _prompt,
)
PLAY = Verb(Rule({"loop": _LOOPS}, ignored=frozenset({"digits"}), text=True), _prompt)
PAUSE = Verb(Rule({"length": whole(0, 3600)}), _pause)

PROMPTS = {"Say": SAY, "Play": PLAY, "Pause": PAUSE}
