"""A caller who follows a script: speaks lines, listens, interrupts, presses keys, waits, hangs up.

It decides by loudness alone when the agent has begun and finished speaking, as a person on the line would by ear.
"""

import asyncio
from typing import Annotated, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field

from local.carrier.handset import Answer, Handset, PhoneFailed, Unconnected
from local.carrier.sound import UnreadableSound, read_wav, tone
from local.carrier.speech import SpeechUnavailable, Voice
from shared.wire import mulaw

_Ms = Annotated[int, Field(ge=0, le=600_000)]


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class Say(_Step):
    """Speak a line with a synthesised voice (`Polly.Joanna`), until it is spoken."""

    do: Literal["say"] = "say"
    text: str = Field(min_length=1, max_length=3000)
    voice: str = "Polly.Joanna-Neural"


class Play(_Step):
    """Speak a WAV file (base64 in JSON), until it is spoken."""

    do: Literal["play"] = "play"
    wav: bytes = Field(repr=False)


class Listen(_Step):
    """Wait until the agent has spoken and then been quiet for `quiet_ms`; fails after `within_ms`."""

    do: Literal["listen"] = "listen"
    quiet_ms: _Ms = 1000
    within_ms: _Ms = 30_000


class Beep(_Step):
    """The tone of a mailbox, before it records; at 2100 Hz, that of a fax machine."""

    do: Literal["beep"] = "beep"
    ms: _Ms = 500
    hz: Annotated[int, Field(ge=100, le=3500)] = 1000


class Keep(_Step):
    """Keep what is said from now on, as a mailbox does, until it has been quiet for `quiet_ms` or for `most_ms`."""

    do: Literal["keep"] = "keep"
    quiet_ms: _Ms = 5000
    most_ms: _Ms = 120_000


class AwaitKey(_Step):
    """Wait until the other side presses this key, as a menu does; hangs up after `within_ms`."""

    do: Literal["await_key"] = "await_key"
    key: str = Field(pattern=r"^[0-9*#A-D]$")
    within_ms: _Ms = 10_000


class Interrupt(_Step):
    """Speak a line once the agent has spoken for `after_ms`, without waiting for its end; fails after `within_ms`."""

    do: Literal["interrupt"] = "interrupt"
    text: str = Field(min_length=1, max_length=3000)
    voice: str = "Polly.Joanna-Neural"
    after_ms: _Ms = 800
    within_ms: _Ms = 30_000


class Press(_Step):
    """Press keys, `gap_ms` apart."""

    do: Literal["press"] = "press"
    digits: str = Field(pattern=r"^[0-9*#A-D]{1,50}$", repr=False)
    gap_ms: _Ms = 200


class Wait(_Step):
    """Stay silent."""

    do: Literal["wait"] = "wait"
    ms: _Ms


class HangUp(_Step):
    do: Literal["hang_up"] = "hang_up"


type Step = Annotated[
    Say | Play | Beep | Keep | Listen | Interrupt | Press | AwaitKey | Wait | HangUp, Field(discriminator="do")
]


class Script:
    """Answers after `ring_ms`, then does its steps in order. Stays on the line after the last, silent.

    `answer` None never answers; with `unconnected` it cannot even be rung, for this reason (a SIP code).
    """

    def __init__(
        self,
        *steps: Step,
        ring_ms: int = 0,
        answer: Answer | None = Answer.PICKED_UP,
        unconnected: int | None = None,
    ) -> None:
        self._steps = steps
        self._ring_ms = ring_ms
        self._answer = answer
        self._unconnected = unconnected
        self._sounds: dict[int, bytes] = {}
        self.done = 0
        """How many steps were carried out."""

    async def prepare(self, voice: Voice) -> None:
        if self._unconnected:
            raise Unconnected(self._unconnected)
        for number, step in enumerate(self._steps):
            try:
                if isinstance(step, Say | Interrupt):
                    self._sounds[number] = await voice.say(step.text, step.voice)
                elif isinstance(step, Play):
                    self._sounds[number] = read_wav(step.wav)
            except (SpeechUnavailable, UnreadableSound) as error:
                raise PhoneFailed(f"step {number + 1} has no sound: {error}") from None

    async def ring(self) -> Answer:
        await asyncio.sleep(self._ring_ms / 1000)
        if self._answer is None:
            await asyncio.Event().wait()
        return self._answer or Answer.BUSY

    async def talk(self, handset: Handset) -> None:
        for number, step in enumerate(self._steps):
            try:
                await self._do(step, self._sounds.get(number, b""), handset)
            except TimeoutError:
                raise PhoneFailed(f"step {number + 1} ({step.do}) waited too long for the agent") from None
            self.done = number + 1
            handset.note(step=number + 1, do=step.do)

    async def ended(self, status: str) -> None:
        pass

    async def _do(self, step: Step, sound: bytes, handset: Handset) -> None:
        match step:
            case Say() | Play():
                await _speak(handset, sound)
            case Beep():
                await _speak(handset, tone(step.hz, step.ms))
            case Keep():
                await _keep(handset, step)
            case Listen():
                await _listen(handset, step)
            case Interrupt():
                begun = handset.ear.heard_ms
                await handset.until(lambda: handset.ear.heard_ms - begun >= step.after_ms, step.within_ms)
                await _speak(handset, sound)
            case Press():
                for digit in step.digits:
                    handset.press(digit)
                    await handset.wait(step.gap_ms)
            case AwaitKey():
                await _await_key(handset, step)
            case Wait():
                await handset.wait(step.ms)
            case HangUp():
                handset.hang_up()
            case _:
                assert_never(step)


async def _speak(handset: Handset, sound: bytes) -> None:
    handset.speak(sound)
    await handset.until(lambda: not handset.speaking, len(sound) // mulaw.BYTES_PER_MS + 1000)


async def _listen(handset: Handset, step: Listen) -> None:
    ear = handset.ear
    begun = ear.heard_ms
    spoken = ear.speaking

    def finished() -> bool:
        nonlocal spoken
        spoken = spoken or ear.heard_ms > begun
        return spoken and not ear.speaking and ear.quiet_ms >= step.quiet_ms

    await handset.until(finished, step.within_ms)


async def _keep(handset: Handset, step: Keep) -> None:
    kept = bytearray()
    handset.listener = kept.extend
    end = handset.now_ms + step.most_ms

    def over() -> bool:
        quiet_ms = min(handset.ear.quiet_ms, len(kept) // mulaw.BYTES_PER_MS)
        return handset.now_ms >= end or quiet_ms >= step.quiet_ms

    try:
        await handset.until(over, step.most_ms)
    finally:
        # A caller who hangs up has left their message all the same.
        handset.listener = None
        handset.kept.append(bytes(kept))


async def _await_key(handset: Handset, step: AwaitKey) -> None:
    try:
        await handset.until(lambda: step.key in handset.received, step.within_ms)
    except TimeoutError:
        handset.hang_up()
    handset.received = ""
