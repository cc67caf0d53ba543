"""<Say>, <Play> and <Pause>: what the caller is given to hear. Also nested in <Gather>."""

from local.carrier.call import Call
from local.carrier.courier import Undelivered
from local.carrier.page import Next, Page
from local.carrier.playout import MAX_BYTES
from local.carrier.sound import UnreadableSound, read_wav
from local.carrier.speech import MAX_TEXT, SpeechUnavailable
from local.carrier.twiml import BadTwiml, Element, Rule, anything, whole
from local.carrier.verbs.verb import Verb

_LOOPS = whole(0, 1000)
_MOST_TOGETHER = 50


async def _say(call: Call, verb: Element, page: Page) -> Next:
    if len(verb.text) > MAX_TEXT:
        call.timeline.fault(13521)
        return None
    if not verb.text:
        return None
    try:
        sound = await call.plant.voice.say(verb.text, verb.get("voice", ""))
    except SpeechUnavailable as failed:
        call.timeline.fault(13520, str(failed))
        return None
    await _loop(call, sound, verb.number("loop", 1))
    return None


async def _play(call: Call, verb: Element, page: Page) -> Next:
    try:
        reply = await call.plant.courier.media(page.resolve(verb.text))
        sound = read_wav(reply.body)
    except (Undelivered, BadTwiml) as failed:
        call.timeline.fault(failed.code, "Play")
    except UnreadableSound as failed:
        call.timeline.fault(12300, f"Play: {failed}")
    else:
        await _loop(call, sound, verb.number("loop", 1))
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
    _say,
)
PLAY = Verb(Rule({"loop": _LOOPS}, ignored=frozenset({"digits"}), text=True), _play)
PAUSE = Verb(Rule({"length": whole(0, 3600)}), _pause)

PROMPTS = {"Say": SAY, "Play": PLAY, "Pause": PAUSE}
