"""TextToSpeech by Amazon Polly: mu-law at 8 kHz from the vendor to the wire, so nothing is converted.

Quotas and limits: Amazon Polly Developer Guide, "Quotas" (neural and generative voices: 8 requests a second, bursts of
10; 3,000 billed characters a request). One operation (`SynthesizeSpeech`, POST /v1/speech) is asked for here, signed by
us and sent by aiohttp; by AWS's own client a sentence takes a millisecond longer to leave, which a caller waits.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, closing
from html import escape
from typing import Any, Final

import aiohttp
import botocore.session
import msgspec

from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.signing import Signer
from shared.speech.http import named_errors, session
from shared.speech.phrases import CACHE_BYTES, Phrases, in_time

QUOTA_SHARE: Final = 0.8
"""How much of the account's quota this process takes: the rest is for other processes and for bad estimates."""

_KEEP_CONNECTED_S: Final = 12
_HEADERS: Final = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
_THROTTLES: Final = frozenset({"ThrottlingException", "TooManyRequestsException", "Throttling", "429"})


class Polly:
    """Speaks with any voice of the region. `per_second` and `burst` are the account's quota for the engine in use.

    Audio must begin within `first_byte_s`, waiting for the quota included; the vendor may take `whole_s` for the rest.
    Phrases asked for as `cached` are kept, up to `cache_bytes` of audio.
    """

    def __init__(
        self,
        endpoint: "_Endpoint",
        tasks: asyncio.TaskGroup,
        *,
        per_second: float = 8.0,
        burst: int = 10,
        first_byte_s: float = 3.0,
        whole_s: float = 10.0,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._endpoint = endpoint
        self._pace = _Pace(per_second * QUOTA_SHARE, max(1, int(burst * QUOTA_SHARE)))
        self._first_byte_s = first_byte_s
        self._whole_s = whole_s
        self._phrases = Phrases("Polly", self._synthesise, tasks, cache_bytes)

    @classmethod
    @asynccontextmanager
    async def running(
        cls, *, region: str, endpoint: str | None = None, connections: int = 50, **limits: Any
    ) -> AsyncIterator["Polly"]:
        """Connections of its own, closed on leaving. `limits` are the constructor's.

        Endpoint and credentials are those that AWS's own clients would take from the environment.
        """
        sdk = botocore.session.get_session()
        url = endpoint or sdk.create_client("polly", region_name=region).meta.endpoint_url
        opened = session(connections=connections, keep_s=_KEEP_CONNECTED_S)
        async with opened, asyncio.TaskGroup() as tasks:
            polly = cls(
                _Endpoint(opened, f"{url}/v1/speech", Signer("polly", region, sdk.get_credentials())), tasks, **limits
            )
            try:
                yield polly
            finally:
                polly._phrases.stop()

    def speak(self, text: str, voice: Voice, *, cached: bool = False) -> AsyncGenerator[bytes]:
        """Audio as it arrives."""
        return self._phrases.speak(text, voice, cached=cached)

    async def _synthesise(self, text: str, voice: Voice) -> AsyncGenerator[bytes]:
        begin_by = asyncio.get_running_loop().time() + self._first_byte_s
        with named_errors("Polly"):
            async with asyncio.timeout_at(begin_by):
                await self._pace.wait(self._first_byte_s)
                request = {
                    "Engine": voice.engine,
                    "LanguageCode": voice.language,
                    "OutputFormat": "mulaw",
                    "SampleRate": "8000",
                    "VoiceId": voice.name,
                    **_text(text, voice.rate),
                }
                response = await self._endpoint.ask(msgspec.json.encode(request))
            with closing(response):
                sound = in_time(response.content.readany, begin_by=begin_by, whole_s=self._whole_s)
                async with aclosing(sound) as chunks:
                    async for chunk in chunks:
                        yield chunk


def _text(text: str, rate: float) -> Mapping[str, str]:
    """Plain, or at another pace than the voice's own: SSML ("prosody": `rate` is for every engine); tags are free."""
    if rate == 1:
        return {"Text": text, "TextType": "text"}
    paced = f'<speak><prosody rate="{rate:.0%}">{escape(text, quote=False)}</prosody></speak>'
    return {"Text": paced, "TextType": "ssml"}


class _Endpoint:
    """One URL of the vendor's."""

    def __init__(self, connections: aiohttp.ClientSession, url: str, signer: Signer) -> None:
        self._session = connections
        self._url = url
        self._signer = signer

    async def ask(self, body: bytes) -> aiohttp.ClientResponse:
        """POST it. Raises the ProviderError that the vendor's answer means; its text is not read."""
        headers = await self._signer.headers(self._url, body, _HEADERS)
        response = await self._session.post(self._url, data=body, headers=headers)
        if response.status == 200 and response.content_type.startswith("audio/"):
            return response
        response.close()
        raise _named(response.status, response.headers.get("x-amzn-ErrorType", ""))


class _Pace:
    """A token bucket: at most `burst` at once, `per_second` in the long run."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._interval = 1 / per_second
        self._credit = (burst - 1) * self._interval
        self._next = float("-inf")

    async def wait(self, patience_s: float) -> None:
        """Wait for a turn; raises Throttled at once when it would come too late."""
        now = asyncio.get_running_loop().time()
        turn = max(self._next, now - self._credit)
        if turn - now >= patience_s:
            raise Throttled("Polly: our share of the quota is used up")
        self._next = turn + self._interval
        if turn > now:  # else even a sleep of nothing lets every other call go first
            await asyncio.sleep(turn - now)


def _named(status: int, error_type: str) -> ProviderError:
    if status == 200:
        return Unavailable("Polly: no audio")
    code = error_type.partition(":")[0] or f"HTTP {status}"
    if code in _THROTTLES or status == 429:
        return Throttled(f"Polly: {code}")
    return (Refused if 400 <= status < 500 else Unavailable)(f"Polly: {code}")
