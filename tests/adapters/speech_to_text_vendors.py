"""The far ends of the port SpeechToText, one for each vendor, which all do the same when told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from shared.adapters.deepgram import Deepgram
from shared.adapters.openai_transcription import OpenAiTranscription
from shared.adapters.transcribe import Transcribe
from shared.ports import Refused, SpeechToText, Transcript
from shared.speech.ear import Patience
from shared.wire import mulaw
from tests.adapters import deepgram_server, openai_realtime_server
from tests.adapters.socket_server import SocketServer
from tests.adapters.transcribe_server import CREDENTIALS, REGION, TranscribeServer
from tests.fakes import FakeSpeechToText

VOCABULARY = "clinic"
EAGER = Patience(backoff_s=0)


class Vendor(Protocol):
    speech_to_text: SpeechToText
    measures_words: bool
    """Whether words have times and confidences."""

    async def asked_for(self) -> tuple[str, str | None]: ...
    async def hears(self, ulaw_bytes: int) -> bytes:
        """The linear samples of what it was sent, once there is so much."""
        ...

    async def say(self, transcript: Transcript) -> None: ...
    async def refuse(self) -> None: ...


class Remote(Vendor, Protocol):
    """A vendor behind a socket, on its bad days."""

    def turn_away(self, status: int, times: int) -> None: ...
    async def reset(self, number: int) -> None: ...
    async def talk_nonsense(self, number: int) -> None: ...
    async def say_on(self, number: int, transcript: Transcript) -> None:
        """On the connection of that number, from 0."""
        ...


class FakeVendor:
    measures_words = True

    def __init__(self) -> None:
        self.fake = FakeSpeechToText()
        self.speech_to_text: SpeechToText = self.fake

    async def asked_for(self) -> tuple[str, str | None]:
        stream = await self.fake.stream()
        return stream.language, stream.vocabulary

    async def hears(self, ulaw_bytes: int) -> bytes:
        stream = await self.fake.stream()
        await self.fake.changes.until(lambda: len(stream.audio) >= ulaw_bytes)
        return mulaw.decode(bytes(stream.audio))

    async def say(self, transcript: Transcript) -> None:
        (await self.fake.stream()).say(transcript)

    async def refuse(self) -> None:
        (await self.fake.stream()).fail(Refused("no such vocabulary"))


class TranscribeVendor:
    measures_words = True

    def __init__(self, server: TranscribeServer, **limits: Any) -> None:
        self.server = server
        self.speech_to_text: SpeechToText = Transcribe(
            region=REGION, credentials=CREDENTIALS, **{"endpoint": server.endpoint, "patience": EAGER, **limits}
        )

    async def asked_for(self) -> tuple[str, str | None]:
        query = (await self.server.connection()).query
        return query["language-code"], query.get("vocabulary-name")

    async def hears(self, ulaw_bytes: int) -> bytes:
        connection = await self.server.connection()
        await connection.hears(2 * ulaw_bytes)
        return bytes(connection.audio)

    async def say(self, transcript: Transcript) -> None:
        await self.say_on(0, transcript)

    async def refuse(self) -> None:
        await (await self.server.connection()).throw("BadRequestException", "no such vocabulary")

    def turn_away(self, status: int, times: int) -> None:
        self.server.turn_away(*[status] * times)

    async def reset(self, number: int) -> None:
        (await self.server.connection(number)).reset()

    async def talk_nonsense(self, number: int) -> None:
        await (await self.server.connection(number)).send("?")

    async def say_on(self, number: int, transcript: Transcript) -> None:
        await (await self.server.connection(number)).say(transcript)


class DeepgramVendor:
    """Closes a piece of the utterance where the test wants stable words."""

    measures_words = True

    def __init__(self, server: SocketServer[deepgram_server.Connection], **limits: Any) -> None:
        self.server = server
        self.speech_to_text: SpeechToText = Deepgram(
            api_key=deepgram_server.KEY,
            vocabularies={VOCABULARY: [VOCABULARY]},
            **{"endpoint": server.endpoint, "patience": EAGER, **limits},
        )
        self._closed = 0

    async def asked_for(self) -> tuple[str, str | None]:
        query = (await self.server.connection()).query
        return query["language"][0], query.get("keyterm", [None])[0]

    async def hears(self, ulaw_bytes: int) -> bytes:
        connection = await self.server.connection()
        await connection.hears(ulaw_bytes)
        return mulaw.decode(bytes(connection.audio))

    async def say(self, transcript: Transcript) -> None:
        await self.say_on(0, transcript)

    async def refuse(self) -> None:
        connection = await self.server.connection()
        self.server.turn_away(400)
        connection.reset()

    def turn_away(self, status: int, times: int) -> None:
        self.server.turn_away(*[status] * times)

    async def reset(self, number: int) -> None:
        (await self.server.connection(number)).reset()

    async def talk_nonsense(self, number: int) -> None:
        await (await self.server.connection(number)).send("?")

    async def say_on(self, number: int, transcript: Transcript) -> None:
        connection = await self.server.connection(number)
        if not transcript.is_final and transcript.stable_words > self._closed:
            await connection.say(piece(transcript, self._closed, transcript.stable_words), speech_final=False)
            self._closed = transcript.stable_words
        rest = piece(transcript, self._closed, None, is_final=transcript.is_final)
        await connection.say(rest)
        self._closed = 0 if transcript.is_final else self._closed


class OpenAiVendor:
    measures_words = False

    def __init__(self, server: SocketServer[openai_realtime_server.Connection], **limits: Any) -> None:
        self.server = server
        self.speech_to_text: SpeechToText = OpenAiTranscription(
            api_key=openai_realtime_server.KEY,
            vocabularies={VOCABULARY: [VOCABULARY]},
            **{"endpoint": f"{server.endpoint}/v1/realtime", "patience": EAGER, **limits},
        )

    async def asked_for(self) -> tuple[str, str | None]:
        transcription = (await (await self.server.connection()).asked())["transcription"]
        language = {"en": "en-IN"}[transcription["languages"][0]]
        return language, transcription.get("keywords", [None])[0]

    async def hears(self, ulaw_bytes: int) -> bytes:
        connection = await self.server.connection()
        await connection.hears(ulaw_bytes)
        return mulaw.decode(bytes(connection.audio))

    async def say(self, transcript: Transcript) -> None:
        await self.say_on(0, transcript)

    async def refuse(self) -> None:
        await (await self.server.connection()).error("invalid_request_error", "invalid_model")

    def turn_away(self, status: int, times: int) -> None:
        self.server.turn_away(*[status] * times)

    async def reset(self, number: int) -> None:
        (await self.server.connection(number)).reset()

    async def talk_nonsense(self, number: int) -> None:
        await (await self.server.connection(number)).send("?")

    async def say_on(self, number: int, transcript: Transcript) -> None:
        connection = await self.server.connection(number)
        if transcript.is_final:
            await connection.completed(transcript.result_id, transcript.text)
        else:
            await connection.delta(transcript.result_id, transcript.text)


def piece(transcript: Transcript, first: int, last: int | None, *, is_final: bool = True) -> Transcript:
    words = transcript.words[first:last]
    return Transcript("", " ".join(word.text for word in words), is_final, 0, words)


@asynccontextmanager
async def running(name: str, **limits: Any) -> AsyncIterator[Remote]:
    """The vendor of that name, on a socket of its own. `limits` are its adapter's."""
    match name:
        case "transcribe":
            async with TranscribeServer().running() as transcribe:
                yield TranscribeVendor(transcribe, **limits)
        case "deepgram":
            async with deepgram_server.server().running() as deepgram:
                yield DeepgramVendor(deepgram, **limits)
        case "openai":
            async with openai_realtime_server.server().running() as openai:
                yield OpenAiVendor(openai, **limits)
        case _:
            raise LookupError(name)


REMOTE = ("transcribe", "deepgram", "openai")
