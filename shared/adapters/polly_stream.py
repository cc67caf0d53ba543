"""TextToSpeech by Amazon Polly's bidirectional stream (`StartSpeechSynthesisStream`): many utterances at once over one
HTTP/2 connection, mu-law at 8 kHz from the vendor to the wire.

Field names are those of botocore's `polly` description, which AWS's own client for Python (`aws-sdk-polly`, built on a
C library of 11 MB) sends as well; events are signed one by one (`shared.wire.signed_events`). For generative voices.
HTTP/2 is `h2`'s, which the image does not carry: `uv pip install --group polly-stream`. What it gains here, and what
not: docs/decisions/0008-other-vendors.md. That the real service takes what is sent here is not proven.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import msgspec

from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.signing import Signer
from shared.speech.connections import Broken, Incoming, Pool, twice
from shared.speech.http import named_errors
from shared.speech.phrases import CACHE_BYTES, Phrases, in_time
from shared.wire import event_stream
from shared.wire.event_stream import BadEventStream

MOST_UTTERANCES: Final = 50
"""On one connection at a time, or fewer if the vendor says so."""

_PATH: Final = "/v1/synthesisStream"
_CONNECT_S: Final = 2.0
_THROTTLES: Final = frozenset({"ThrottlingException", "ServiceQuotaExceededException"})


class PollyStream:
    """Speaks with any generative voice of the region.

    Audio must begin within `first_byte_s`, connecting included; the vendor may take `whole_s` for the rest. Phrases
    asked for as `cached` are kept, up to `cache_bytes` of audio.
    """

    def __init__(
        self,
        url: str,
        signer: Signer,
        tasks: asyncio.TaskGroup,
        *,
        first_byte_s: float = 3.0,
        whole_s: float = 10.0,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._url = url
        self._signer = signer
        self._first_byte_s = first_byte_s
        self._whole_s = whole_s
        self._connections = Pool(self._open)
        self._phrases = Phrases("Polly", self._synthesise, tasks, cache_bytes)

    @classmethod
    @asynccontextmanager
    async def running(cls, *, region: str, endpoint: str | None = None, **limits: Any) -> AsyncIterator["PollyStream"]:
        """Connections of its own, closed on leaving. `limits` are the constructor's.

        Endpoint and credentials are those that AWS's own clients would take from the environment.
        """
        sdk = botocore.session.get_session()
        url = endpoint or sdk.create_client("polly", region_name=region).meta.endpoint_url
        async with asyncio.TaskGroup() as tasks:
            polly = cls(url, Signer("polly", region, sdk.get_credentials()), tasks, **limits)
            try:
                yield polly
            finally:
                polly._phrases.stop()
                await polly._connections.close()

    def speak(self, text: str, voice: Voice, *, cached: bool = False) -> AsyncGenerator[bytes]:
        """Audio as it arrives."""
        return self._phrases.speak(text, voice, cached=cached)

    def _synthesise(self, text: str, voice: Voice) -> AsyncGenerator[bytes]:
        begin_by = asyncio.get_running_loop().time() + self._first_byte_s
        return twice(lambda: self._utter(text, voice, begin_by))

    async def _utter(self, text: str, voice: Voice, begin_by: float) -> AsyncGenerator[bytes]:
        asked = {
            "x-amzn-Engine": voice.engine,
            "x-amzn-LanguageCode": voice.language,
            "x-amzn-OutputFormat": "mulaw",
            "x-amzn-SampleRate": "8000",
            "x-amzn-VoiceId": voice.name,
            "Content-Type": "application/vnd.amazon.eventstream",
        }
        with named_errors("Polly"):
            async with asyncio.timeout_at(begin_by):
                connection = await self._connections.any()
                headers, signer = await self._signer.stream(f"{self._url}{_PATH}", asked)
            said = _event("TextEvent", {"Text": text, "TextType": "text"}), _event("CloseStreamEvent", {}), b""
            body = b"".join(signer.sign(event, datetime.now(UTC)) for event in said)
            with connection.utterance(headers, body) as utterance:
                sound = in_time(utterance.next, begin_by=begin_by, whole_s=self._whole_s)
                async with aclosing(sound) as chunks:
                    async for chunk in chunks:
                        yield chunk

    async def _open(self) -> "_Connection":
        url = urlsplit(self._url)
        secure = url.scheme == "https"
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(url.netloc, url.scheme),
                    url.hostname or "",
                    url.port or (443 if secure else 80),
                    ssl=_tls() if secure else None,
                )
        except (OSError, ssl.SSLError) as error:
            raise Unavailable(f"Polly could not be reached ({type(error).__name__})") from None
        return connection


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    return context


def _event(name: str, data: Mapping[str, str]) -> bytes:
    headers = {":message-type": "event", ":event-type": name, ":content-type": "application/json"}
    return event_stream.encode(headers, msgspec.json.encode(data))


class _Utterance(Incoming):
    """One stream of the connection, and the events on it."""

    def __init__(self) -> None:
        super().__init__("Polly")
        self._decoder = event_stream.Decoder()
        self._closed = False

    def answered(self, headers: Mapping[bytes, bytes]) -> None:
        status = int(headers.get(b":status", b"0"))
        if status != 200:
            self.end(_named(status, headers.get(b"x-amzn-errortype", b"").decode("ascii", "replace")))

    def feed(self, data: bytes) -> None:
        try:
            for message in self._decoder.feed(data):
                self._hear(message)
        except BadEventStream:
            self.end(Unavailable("Polly sent something unreadable"))

    def ended(self) -> None:
        self.end(None if self._closed else Unavailable("Polly broke off"))

    def _hear(self, message: event_stream.Message) -> None:
        if message.headers.get(":message-type") != "event":
            self.end(_named(0, str(message.headers.get(":exception-type", ""))))
        elif message.headers.get(":event-type") == "AudioEvent":
            self.add(message.payload)
        elif message.headers.get(":event-type") == "StreamClosedEvent":
            self._closed = True
            self.end()


class _Connection(asyncio.Protocol):
    """HTTP/2 by `h2`, as far as it is needed: requests out, answers to their utterances."""

    def __init__(self, authority: str, scheme: str) -> None:
        self._authority = authority
        self._scheme = scheme
        self._http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        self._transport: asyncio.Transport | None = None
        self._utterances: dict[int, _Utterance] = {}
        self._going = False

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def has_room(self) -> bool:
        most = min(MOST_UTTERANCES, self._http.remote_settings.max_concurrent_streams)
        return not self._going and len(self._utterances) < most

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @contextmanager
    def utterance(self, headers: Mapping[str, str], body: bytes) -> Iterator[_Utterance]:
        """Ask; what is not wanted of the answer any more is cancelled. Raises Broken."""
        number, utterance = self._ask(headers, body), _Utterance()
        self._utterances[number] = utterance
        try:
            yield utterance
        except TimeoutError:
            self._going = True  # nothing comes: no more is begun here
            raise
        finally:
            del self._utterances[number]
            if not utterance.over and self.is_open:
                self._http.reset_stream(number, h2.errors.ErrorCodes.CANCEL)
                self._flush()
            if self._going and not self._utterances and self._transport is not None:
                self._transport.close()

    def _ask(self, headers: Mapping[str, str], body: bytes) -> int:
        if not self.is_open:
            raise Broken("Polly closed the connection")
        pseudo = {":method": "POST", ":scheme": self._scheme, ":authority": self._authority, ":path": _PATH}
        fields = {**pseudo, **{name.lower(): value for name, value in headers.items()}}
        try:
            number = self._http.get_next_available_stream_id()
            self._http.send_headers(number, list(fields.items()))
            self._http.send_data(number, body, end_stream=True)
        except h2.exceptions.ProtocolError:  # no room in the vendor's window, or the connection is on its way out
            self._going = True
            raise Broken("Polly takes no more on this connection") from None
        self._flush()
        return number

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._http.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self._http.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._break(Unavailable("Polly sent something unreadable"))
            return
        for event in events:
            self._handle(event)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(Broken("Polly closed the connection"))

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ConnectionTerminated):
            self._going = True
        utterance = self._utterances.get(getattr(event, "stream_id", None) or 0)
        if isinstance(event, h2.events.DataReceived):
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if utterance is not None:
                utterance.feed(event.data)
        elif utterance is None:
            return
        elif isinstance(event, h2.events.ResponseReceived):
            utterance.answered(dict(event.headers))
        elif isinstance(event, h2.events.StreamEnded):
            utterance.ended()
        elif isinstance(event, h2.events.StreamReset):
            utterance.end(Unavailable("Polly broke off"))

    def _break(self, error: ProviderError) -> None:
        for utterance in self._utterances.values():
            utterance.end(error)
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        if self._transport is not None and (data := self._http.data_to_send()):
            self._transport.write(data)


def _named(status: int, error_type: str) -> ProviderError:
    """What an error means, before the stream or (with status 0) in it; its text is not read."""
    code = error_type.partition(":")[0] or f"HTTP {status}"
    if code in _THROTTLES or status == 429:
        return Throttled(f"Polly: {code}")
    refused = code == "ValidationException" or 300 <= status < 500
    return (Refused if refused else Unavailable)(f"Polly: {code}")
