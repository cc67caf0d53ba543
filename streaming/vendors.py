"""The vendors that the settings choose, behind their ports; several behind one port stand in for each other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import botocore.session

from shared.adapters.bedrock_chat import BedrockChat
from shared.adapters.cartesia import Cartesia
from shared.adapters.deepgram import Deepgram
from shared.adapters.elevenlabs import ElevenLabs
from shared.adapters.openai_chat import OpenAiChat
from shared.adapters.openai_transcription import OpenAiTranscription
from shared.adapters.polly import Polly
from shared.adapters.transcribe import Transcribe
from shared.core.agent import Agent
from shared.failover import Candidate, RepliesInTurn, first_token_s
from shared.ports import LanguageModel, SpeechToText, TextToSpeech
from shared.settings import ProviderSettings, SettingsError, StreamingSettings
from shared.speech.ear import PATIENT, Patience
from streaming.failover import HearsInTurn, SpeaksInTurn

# With a stand-in, two tries have to fit into what the core waits for a sound (5 s).
_FIRST_BYTE_S: Final = 2.0
_FIRST_BYTE_EACH_S: Final = 1.5
_PATIENCE_EACH: Final = Patience(connect_s=1.5, attempts=2)


@dataclass(frozen=True, slots=True)
class Vendors:
    hearing: SpeechToText
    voice: TextToSpeech
    model: LanguageModel
    models: Sequence[OpenAiChat | BedrockChat]

    async def warm_up(self) -> None:
        """Connect before the first caller waits for it. Never fails."""
        await asyncio.gather(*(model.warm_up() for model in self.models))


@asynccontextmanager
async def chosen(settings: StreamingSettings, agents: Mapping[str, Agent]) -> AsyncIterator[Vendors]:
    """Whom the settings choose, with connections of their own. Raises SettingsError before anything is opened."""
    providers = settings.providers
    hearing = [Candidate(name, _HEARING[name](settings, agents)) for name in providers.speech_to_text]
    models = [_MODELS[name](settings) for name in providers.models.language_model]
    async with AsyncExitStack() as stack:
        for model in models:
            stack.push_async_callback(model.aclose)
        voices = [
            Candidate(name, await stack.enter_async_context(_VOICES[name](settings)))
            for name in providers.text_to_speech
        ]
        thinking: list[Candidate[LanguageModel]] = [
            Candidate(name, model) for name, model in zip(providers.models.language_model, models, strict=True)
        ]
        yield Vendors(
            hearing[0].port if len(hearing) == 1 else HearsInTurn(hearing),
            voices[0].port if len(voices) == 1 else SpeaksInTurn(voices),
            models[0] if len(models) == 1 else RepliesInTurn(thinking),
            models,
        )


def vocabularies(agents: Mapping[str, Agent]) -> Mapping[str, str]:
    """Agent name to the name under which recognisers know its words; none for an agent that has no entry."""
    return {name: name for name, agent in agents.items() if agent.vocabulary}


def _transcribe(settings: StreamingSettings, agents: Mapping[str, Agent]) -> SpeechToText:
    providers = settings.providers
    credentials = botocore.session.get_session().get_credentials()
    if credentials is None:
        raise SettingsError("AWS_ACCESS_KEY_ID", "no AWS credentials are found; set them, or run under a role")
    return Transcribe(
        region=settings.aws_region,
        credentials=credentials,
        endpoint=providers.transcribe_url,
        vocabulary_prefix=providers.transcribe_vocabulary or None,
        patience=_patience(providers),
    )


def _deepgram(settings: StreamingSettings, agents: Mapping[str, Agent]) -> SpeechToText:
    providers = settings.providers
    return Deepgram(
        api_key=providers.deepgram_api_key,
        endpoint=providers.deepgram_url,
        model=providers.deepgram_model,
        vocabularies={name: agent.vocabulary for name, agent in agents.items()},
        patience=_patience(providers),
    )


def _openai_transcription(settings: StreamingSettings, agents: Mapping[str, Agent]) -> SpeechToText:
    providers = settings.providers
    return OpenAiTranscription(
        api_key=providers.openai_api_key,
        endpoint=providers.openai_realtime_url,
        model=providers.openai_transcription_model,
        vocabularies={name: agent.vocabulary for name, agent in agents.items()},
        patience=_patience(providers),
    )


def _patience(providers: ProviderSettings) -> Patience:
    return PATIENT if len(providers.speech_to_text) == 1 else _PATIENCE_EACH


def _polly(settings: StreamingSettings) -> AbstractAsyncContextManager[TextToSpeech]:
    tps = settings.providers.polly_tps
    return Polly.running(
        region=settings.aws_region,
        connections=2 * settings.max_calls,
        per_second=tps,
        burst=tps * 10 // 8,
        first_byte_s=_first_byte_s(settings.providers),
    )


def _polly_stream(settings: StreamingSettings) -> AbstractAsyncContextManager[TextToSpeech]:
    try:
        from shared.adapters.polly_stream import PollyStream  # needs h2, which the image does not carry
    except ImportError:
        fix = "names polly-stream, which needs the group polly-stream; install it"
        raise SettingsError("TEXT_TO_SPEECH", fix) from None
    return PollyStream.running(region=settings.aws_region, first_byte_s=_first_byte_s(settings.providers))


def _cartesia(settings: StreamingSettings) -> AbstractAsyncContextManager[TextToSpeech]:
    providers = settings.providers
    return Cartesia.running(
        api_key=providers.cartesia_api_key,
        endpoint=providers.cartesia_url,
        model=providers.cartesia_model,
        first_byte_s=_first_byte_s(providers),
    )


def _elevenlabs(settings: StreamingSettings) -> AbstractAsyncContextManager[TextToSpeech]:
    providers = settings.providers
    return ElevenLabs.running(
        connections=2 * settings.max_calls,
        api_key=providers.elevenlabs_api_key,
        endpoint=providers.elevenlabs_url,
        model=providers.elevenlabs_model,
        first_byte_s=_first_byte_s(providers),
    )


def _first_byte_s(providers: ProviderSettings) -> float:
    return _FIRST_BYTE_S if len(providers.text_to_speech) == 1 else _FIRST_BYTE_EACH_S


def _openai(settings: StreamingSettings) -> OpenAiChat:
    models = settings.providers.models
    return OpenAiChat(
        api_key=models.openai_api_key,
        model=models.openai_model,
        base_url=models.openai_base_url,
        first_token_s=first_token_s(len(models.language_model)),
    )


def _bedrock(settings: StreamingSettings) -> BedrockChat:
    models = settings.providers.models
    wait_s = first_token_s(len(models.language_model))
    return BedrockChat(region=settings.aws_region, model=models.bedrock_model, first_token_s=wait_s)


type _Hearing = Callable[[StreamingSettings, Mapping[str, Agent]], SpeechToText]
type _Model = Callable[[StreamingSettings], OpenAiChat | BedrockChat]
type _Voice = Callable[[StreamingSettings], AbstractAsyncContextManager[TextToSpeech]]

_HEARING: Final[Mapping[str, _Hearing]] = {
    "transcribe": _transcribe,
    "deepgram": _deepgram,
    "openai": _openai_transcription,
}
_VOICES: Final[Mapping[str, _Voice]] = {
    "polly": _polly,
    "polly-stream": _polly_stream,
    "cartesia": _cartesia,
    "elevenlabs": _elevenlabs,
}
_MODELS: Final[Mapping[str, _Model]] = {"openai": _openai, "bedrock": _bedrock}
