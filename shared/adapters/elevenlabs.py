"""TextToSpeech by ElevenLabs: one request for each text, mu-law at 8 kHz from the vendor to the wire.

From elevenlabs.io/docs, read in 2026-11: "Stream speech" (`POST /v1/text-to-speech/{voice_id}/stream`, `output_format`,
`xi-api-key`), the formats of elevenlabs-python (`ulaw_8000`), and the help pages on error codes (400 and 401 with the
reason in the body; 429 when a plan's concurrent requests are used up or the system is busy). The WebSocket API is for
text that is still being written, five contexts a socket; ours is written, so a request is enough. That the real service
takes what is sent here is not proven.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import msgspec

from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.speech.http import named_errors, session
from shared.speech.phrases import CACHE_BYTES, Phrases, in_time

PROVIDER: Final = "elevenlabs"
"""Under which an agent names its voice here."""

_KEEP_CONNECTED_S: Final = 60
_SPEAK_ONE_LANGUAGE: Final = ("eleven_multilingual_v2", "eleven_flash_v2", "eleven_turbo_v2")
"""Models that refuse to be told the language."""


class ElevenLabs:
    """Speaks with any voice of the account.

    Audio must begin within `first_byte_s`, connecting included; the vendor may take `whole_s` for the rest. Phrases
    asked for as `cached` are kept, up to `cache_bytes` of audio.
    """

    def __init__(
        self,
        connections: aiohttp.ClientSession,
        tasks: asyncio.TaskGroup,
        *,
        api_key: str,
        endpoint: str = "https://api.elevenlabs.io",
        model: str = "eleven_flash_v2_5",
        first_byte_s: float = 3.0,
        whole_s: float = 10.0,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._session = connections
        self._headers = {"xi-api-key": api_key, "Content-Type": "application/json", "Accept-Encoding": "identity"}
        self._endpoint = endpoint.rstrip("/")
        self._model = model
        self._first_byte_s = first_byte_s
        self._whole_s = whole_s
        self._phrases = Phrases("ElevenLabs", self._synthesise, tasks, cache_bytes)

    @classmethod
    @asynccontextmanager
    async def running(cls, *, connections: int = 50, **values: Any) -> AsyncIterator["ElevenLabs"]:
        """Connections of its own, closed on leaving. `values` are the constructor's."""
        opened = session(connections=connections, keep_s=_KEEP_CONNECTED_S)
        async with opened, asyncio.TaskGroup() as tasks:
            elevenlabs = cls(opened, tasks, **values)
            try:
                yield elevenlabs
            finally:
                elevenlabs._phrases.stop()

    def speak(self, text: str, voice: Voice, *, cached: bool = False) -> AsyncGenerator[bytes]:
        """Audio as it arrives."""
        return self._phrases.speak(text, voice, cached=cached)

    async def _synthesise(self, text: str, voice: Voice) -> AsyncGenerator[bytes]:
        begin_by = asyncio.get_running_loop().time() + self._first_byte_s
        with named_errors("ElevenLabs"):
            async with asyncio.timeout_at(begin_by):
                response = await self._ask(text, voice)
            with closing(response):
                sound = in_time(response.content.readany, begin_by=begin_by, whole_s=self._whole_s)
                async with aclosing(sound) as chunks:
                    async for chunk in chunks:
                        yield chunk

    async def _ask(self, text: str, voice: Voice) -> aiohttp.ClientResponse:
        voice_id = voice.elsewhere.get(PROVIDER)
        if voice_id is None:
            raise Refused("ElevenLabs: the agent names no voice of ElevenLabs'")
        body: dict[str, Any] = {"text": text, "model_id": self._model}
        if voice.rate != 1:
            body["voice_settings"] = {"speed": voice.rate}
        if self._model not in _SPEAK_ONE_LANGUAGE:
            body["language_code"] = voice.language.partition("-")[0]
        url = f"{self._endpoint}/v1/text-to-speech/{quote(voice_id, safe='')}/stream?output_format=ulaw_8000"
        response = await self._session.post(
            url, data=msgspec.json.encode(body), headers=self._headers, allow_redirects=False
        )
        if response.status == 200 and not response.content_type.startswith(("text/", "application/json")):
            return response
        response.close()
        raise _named(response.status)


def _named(status: int) -> ProviderError:
    """What a status means; the body is not read, for it may quote the caller's words."""
    if status == 429:
        return Throttled("ElevenLabs: HTTP 429")
    return (Refused if 300 <= status < 500 else Unavailable)(f"ElevenLabs: HTTP {status}")
