"""<Gather>: keys or speech from the caller, while prompts play. All waiting is counted on the line's clock."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from local.carrier.call import Call
from local.carrier.courier import Fields
from local.carrier.line import Line
from local.carrier.page import Next, Page, ask
from local.carrier.sound import FRAME_MS
from local.carrier.speech import SpeechUnavailable
from local.carrier.twiml import Element, Rule, anything, boolean, http_method, keys, one_of, whole
from local.carrier.verbs.prompt import PROMPTS
from local.carrier.verbs.verb import Verb

_PREROLL_FRAMES = 25
_CHUNK_FRAMES = 5
_MAX_SPEECH_MS = 60_000

_RULE = Rule(
    {
        "input": one_of("dtmf", "speech", "dtmf speech", "speech dtmf"),
        "action": anything,
        "method": http_method,
        "timeout": whole(0, 600),
        "speechTimeout": lambda value: value == "auto" or whole(1, 600)(value),
        "maxSpeechTime": whole(1, 60),
        "finishOnKey": keys,
        "numDigits": whole(1, 1000),
        "language": anything,
        "bargeIn": boolean,
        "actionOnEmptyResult": boolean,
    },
    children={name: prompt.rule for name, prompt in PROMPTS.items()},
    ignored=frozenset(
        {
            *("hints", "speechModel", "enhanced", "profanityFilter", "debug"),
            *("partialResultCallback", "partialResultCallbackMethod"),
        }
    ),
)


class _Keypad:
    """Digits of one Gather. `finished` once the count or the finishing key is reached."""

    def __init__(self, line: Line, limit: int, finish_on: str) -> None:
        self.digits = ""
        self.finished = False
        self.last_ms = 0
        self._line = line
        self._limit = limit
        self._finish_on = finish_on

    def press(self, digit: str) -> None:
        if self.finished:
            return
        self.last_ms = self._line.now_ms
        if digit in self._finish_on:
            self.finished = True
            return
        self.digits += digit
        self.finished = len(self.digits) >= self._limit

    @property
    def used(self) -> bool:
        return self.finished or bool(self.digits)


class _Microphone:
    """Keeps the caller's sound from half a second before speech begins, for recognition."""

    def __init__(self, line: Line) -> None:
        self.started_ms: int | None = None
        self._line = line
        self._recent: deque[bytes] = deque(maxlen=_PREROLL_FRAMES)
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()

    def hear(self, frame: bytes) -> None:
        if self.started_ms is not None:
            if self._line.now_ms - self.started_ms <= _MAX_SPEECH_MS:
                self._frames.put_nowait(frame)
            return
        self._recent.append(frame)
        if self._line.caller.speaking:
            self.started_ms = self._line.now_ms
            for earlier in self._recent:
                self._frames.put_nowait(earlier)

    async def sound(self, silence_ms: int, longest_ms: int) -> AsyncIterator[bytes]:
        """In pieces of 100 ms, until the caller has been quiet for `silence_ms` or spoken for `longest_ms`."""
        piece = b""
        for _ in range(longest_ms // FRAME_MS):
            piece += await self._frames.get()
            if len(piece) >= _CHUNK_FRAMES * 160:
                yield piece
                piece = b""
            if self._frames.empty() and self._line.caller.quiet_ms >= silence_ms:
                break
        yield piece


async def _gather(call: Call, verb: Element, page: Page) -> Next:
    line = call.line
    action = page.action_or_self(verb)
    modes = verb.get("input", "dtmf").split()
    keypad = _Keypad(line, verb.number("numDigits", 1000), verb.get("finishOnKey", "#"))
    microphone = _Microphone(line)
    if "dtmf" in modes:
        line.key_listeners.add(keypad.press)
    if "speech" in modes:
        line.frame_listeners.add(microphone.hear)
    try:
        await _prompt(call, verb, page, lambda: keypad.used or microphone.started_ms is not None)
        timeout_ms = verb.number("timeout", 5) * 1000
        begun = line.now_ms
        await line.until(lambda: keypad.used or microphone.started_ms is not None or line.now_ms - begun >= timeout_ms)
        if not keypad.used and microphone.started_ms is not None:
            fields = await _speech(call, verb, microphone, timeout_ms)
        else:
            await line.until(lambda: keypad.finished or line.now_ms - max(begun, keypad.last_ms) >= timeout_ms)
            fields = [("Digits", keypad.digits)] if keypad.digits else []
    finally:
        line.key_listeners.discard(keypad.press)
        line.frame_listeners.discard(microphone.hear)
    if not fields and not verb.flag("actionOnEmptyResult", False):
        return None
    empty = [("Digits", "")] if "dtmf" in modes else [("SpeechResult", "")]
    return ask(action, fields or empty)


async def _prompt(call: Call, verb: Element, page: Page, interrupted: Callable[[], bool]) -> None:
    """Play the nested prompts; input stops them at once unless bargeIn is off."""

    async def play() -> None:
        for prompt in verb.children:
            await PROMPTS[prompt.name].perform(call, prompt, page)

    async with asyncio.TaskGroup() as tasks:
        playing = tasks.create_task(play())
        barge_in = verb.flag("bargeIn", True)
        await call.line.until(lambda: playing.done() or (barge_in and interrupted()))
        playing.cancel()


async def _speech(call: Call, verb: Element, microphone: _Microphone, timeout_ms: int) -> Fields:
    """Recognise what the caller is saying; nothing when nothing was understood."""
    silence = verb.get("speechTimeout", "")
    if silence == "auto":
        call.timeline.fault(13335)
    silence_ms = int(silence) * 1000 if silence.isdigit() else timeout_ms
    sound = microphone.sound(silence_ms, verb.number("maxSpeechTime", 60) * 1000)
    try:
        heard = await call.plant.hearing.recognise(sound, verb.get("language", "en-US"))
    except SpeechUnavailable as failed:
        call.timeline.fault(11200, f"Gather: {failed}")
        return []
    if not heard.text:
        return []
    fields = [("SpeechResult", heard.text)]
    if heard.confidence is not None:
        fields.append(("Confidence", f"{heard.confidence:.8f}"))
    return fields


GATHER = Verb(_RULE, _gather)
