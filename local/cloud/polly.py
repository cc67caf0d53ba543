"""Amazon Polly's REST API: SynthesizeSpeech (`POST /v1/speech`) and DescribeVoices (`GET /v1/voices`).

Sources: Amazon Polly Developer Guide, "SynthesizeSpeech", "Quotas in Amazon Polly", "Available voices".
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Literal, Protocol, assert_never

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_pascal
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from local.cloud.lab import Faults, Stats
from local.cloud.sound import Samples, pcm16
from local.cloud.ssml import InvalidSsml, Say, Silence, billed, parse
from local.cloud.voices import ENGINES, VOICES, Engine, Voice, silence
from shared.wire import mulaw

_MOST_BILLED, _MOST_TOTAL = 3_000, 6_000
_BETWEEN_SENTENCES_MS = 250
_PIECE_BYTES = 4_096
_BURSTS: Mapping[Engine, tuple[float, float]] = {  # requests a second, and at once
    "standard": (80, 100),
    "neural": (8, 10),
    "long-form": (8, 10),
    "generative": (8, 10),
}


class PollyError(Exception):
    """The request fails with this AWS error code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal)

    output_format: Literal["json", "mp3", "ogg_opus", "ogg_vorbis", "pcm", "mulaw", "alaw"]
    text: str
    voice_id: str
    engine: Engine = "standard"
    text_type: Literal["text", "ssml"] = "text"
    sample_rate: str | None = None
    language_code: str | None = None
    lexicon_names: list[str] = []


@dataclass(frozen=True, slots=True)
class Order:
    """One checked SynthesizeSpeech request."""

    voice: Voice
    engine: Engine
    format: Literal["mulaw", "pcm"]
    sample_rate: int
    parts: tuple[Say | Silence, ...]
    characters: int


def order(body: bytes) -> Order:
    """What the request body asks for. Raises PollyError as the service does."""
    try:
        asked = _Body.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise PollyError("ValidationException", f"{first['loc']}: {first['msg']}") from None
    voice = _voice(asked)
    if asked.output_format not in ("mulaw", "pcm"):
        raise PollyError(
            "ValidationException", f"OutputFormat {asked.output_format} is not made here; mulaw and pcm are."
        )
    rates = ("8000",) if asked.output_format == "mulaw" else ("16000", "8000")
    sample_rate = rates[0] if asked.sample_rate is None else asked.sample_rate
    if sample_rate not in rates:
        raise PollyError("InvalidSampleRateException", f"SampleRate of {asked.output_format} is {' or '.join(rates)}.")
    if asked.lexicon_names:
        raise PollyError("LexiconNotFoundException", "Lexicon not found.", 404)
    characters = billed(asked.text) if asked.text_type == "ssml" else len(asked.text)
    if characters > _MOST_BILLED or len(asked.text) > _MOST_TOTAL:
        raise PollyError("TextLengthExceededException", "Maximum text length has been exceeded.")
    return Order(voice, asked.engine, asked.output_format, int(sample_rate), _parts(asked), characters)


def _voice(asked: _Body) -> Voice:
    voice = VOICES.get(asked.voice_id)
    if voice is None:
        raise PollyError("ValidationException", f"VoiceId is one of the English voices here: {', '.join(VOICES)}.")
    if asked.engine not in voice.engines:
        raise PollyError(
            "EngineNotSupportedException", "This voice does not support the selected engine: " + asked.engine
        )
    if asked.language_code not in (None, voice.language):
        raise PollyError("LanguageNotSupportedException", f"{voice.name} speaks {voice.language} here.")
    return voice


def _parts(asked: _Body) -> tuple[Say | Silence, ...]:
    if asked.text_type == "text":
        return (Say(asked.text),)
    try:
        return tuple(parse(asked.text))
    except InvalidSsml as error:
        raise PollyError("InvalidSsmlException", f"Invalid SSML request: {error}") from None


class _Bucket:
    """Requests a second with a burst: what is left of a quota."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._at = burst, clock()

    def take(self) -> bool:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Speaker(Protocol):
    """The voice (`Synthesizer`); a test may bring another. Called in the pool's threads."""

    def sentences(self, part: Say) -> list[str]: ...
    def speak(self, phonemes: str, voice: Voice, rate: float, sample_rate: int) -> Samples: ...


class Polly:
    """The service. `per_second` replaces the quota of every engine; 0 lifts it."""

    def __init__(
        self, speaker: Speaker, pool: Executor, faults: Faults, stats: Stats, per_second: float | None = None
    ) -> None:
        self._speaker = speaker
        self._pool = pool
        self._faults = faults
        self._stats = stats
        self._clock = asyncio.get_running_loop().time
        bursts = dict(_BURSTS) if per_second is None else dict.fromkeys(ENGINES, (per_second, max(1.0, per_second)))
        self._buckets = {
            engine: _Bucket(rate, burst, self._clock) for engine, (rate, burst) in bursts.items() if rate > 0
        }

    def voices(self, request: Request) -> Response:
        """DescribeVoices."""
        engine, language = request.query_params.get("Engine"), request.query_params.get("LanguageCode")
        chosen = [
            voice
            for voice in VOICES.values()
            if engine in (None, *voice.engines) and language in (None, voice.language)
        ]
        return JSONResponse({"Voices": [_described(voice) for voice in chosen]})

    async def speech(self, body: bytes, reset: Callable[[], None]) -> Response:
        """SynthesizeSpeech: the answer streams as sentences are made. Raises PollyError."""
        asked_at = self._clock()
        asked = order(body)
        bucket = self._buckets.get(asked.engine)
        fault = self._faults.take("polly", "delay", "stall", "reset", "throttle", "exception")
        if (fault and fault.kind == "throttle") or (bucket and not bucket.take()):
            self._stats.count("polly.throttled")
            raise PollyError("ThrottlingException", "Rate exceeded")
        if fault and fault.kind == "exception":
            code = fault.error or "ServiceFailureException"
            raise PollyError(code, "As the laboratory asked.", 500 if code == "ServiceFailureException" else 400)
        sentences = self._audio(asked)
        first = await anext(sentences, b"")
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.ms / 1000)
        self._stats.count("polly.characters", asked.characters)
        self._stats.measure("polly.first_byte", (self._clock() - asked_at) * 1000)

        async def stream() -> AsyncIterator[bytes]:
            yield first
            if fault and fault.kind == "stall":
                await asyncio.sleep(fault.ms / 1000)
            if fault and fault.kind == "reset":
                reset()
                return
            async for piece in sentences:
                yield piece

        headers = {"x-amzn-RequestCharacters": str(asked.characters)}
        return StreamingResponse(stream(), media_type=f"audio/{asked.format}", headers=headers)

    async def _audio(self, asked: Order) -> AsyncIterator[bytes]:
        """The sound in the asked format, at most 4 KB at a time; a sentence is made when the one before is sent."""
        async for samples in self._spoken(asked):
            pcm = pcm16(samples)
            sound = mulaw.encode(pcm) if asked.format == "mulaw" else pcm
            for start in range(0, len(sound), _PIECE_BYTES):
                yield sound[start : start + _PIECE_BYTES]

    async def _spoken(self, asked: Order) -> AsyncIterator[Samples]:
        work = asyncio.get_running_loop().run_in_executor
        after_sentence = False
        for part in asked.parts:
            match part:
                case Silence():
                    yield silence(part, asked.sample_rate)
                    after_sentence = False
                case Say():
                    for phonemes in await work(self._pool, self._speaker.sentences, part):
                        if after_sentence:
                            yield silence(Silence(_BETWEEN_SENTENCES_MS), asked.sample_rate)
                        began = self._clock()
                        speak = self._speaker.speak
                        yield await work(self._pool, speak, phonemes, asked.voice, part.rate, asked.sample_rate)
                        self._stats.measure("polly.sentence", (self._clock() - began) * 1000)
                        after_sentence = True
                case _:
                    assert_never(part)


def _described(voice: Voice) -> dict[str, Any]:
    return {
        "Id": voice.name,
        "Name": voice.name,
        "Gender": voice.gender,
        "LanguageCode": voice.language,
        "LanguageName": "English",
        "SupportedEngines": list(voice.engines),
    }
