"""Recognition (Amazon Transcribe), synthesis (Amazon Polly) and the model (OpenAI chat completions) on sockets, each in
its own protocol, so that what meets a fault is the product's own adapter; and three that are always well (Deepgram,
ElevenLabs, Bedrock), to stand in.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from local.model.protocol import Completion, pieces_of, read_request
from rehearsal.faults import bedrock
from rehearsal.faults.trouble import SLOW_S, Kind, Party, Phase, Trouble
from rehearsal.hearing import Ear, HearingPace
from rehearsal.speech import Speech
from rehearsal.thinking import ThinkingPace, engine
from rehearsal.voice import VoicePace
from shared.ports import Transcript
from shared.wire import event_stream, mulaw, transcribe_messages
from shared.wire.transcribe_messages import PRONUNCIATION, Alternative, Item, Result

_GARBAGE: Final = b"<html>\xff\x00 something else</html>"
_FOR_EVER_S: Final = 36_000
_STATUS: Final = {Kind.REFUSES: HTTPStatus.FORBIDDEN, Kind.FAILS: HTTPStatus.SERVICE_UNAVAILABLE}
_EXCEPTION: Final = {Kind.REFUSES: "AccessDeniedException", Kind.FAILS: "InternalFailureException"}
_DEEPGRAM: Final = "/v1/listen"
_CHUNK: Final = 100 * mulaw.BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class Addresses:
    sockets: str
    """ws://, of both recognisers"""
    http: str


@asynccontextmanager
async def vendors_up(speech: Speech, trouble: Trouble, draw: random.Random) -> AsyncIterator[Addresses]:
    """All three, on ports of their own, until they are left."""
    http = _Http(speech, trouble, draw)
    application = web.Application()
    application.router.add_post("/v1/speech", http.speak)
    application.router.add_post("/v1/text-to-speech/{voice}/stream", http.stand_in)
    application.router.add_post("/v1/chat/completions", http.reply)
    application.router.add_post(bedrock.PATH, http.reply_in_its_stead)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    hearing = _Hearing(speech, trouble, draw)
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with serve(
            hearing.serve, "127.0.0.1", 0, process_request=hearing.check, compression=None, ping_interval=None
        ) as server:
            ear_port = next(iter(server.sockets)).getsockname()[1]
            yield Addresses(f"ws://127.0.0.1:{ear_port}", f"http://127.0.0.1:{port}")
    finally:
        await runner.cleanup()


class _Http:
    def __init__(self, speech: Speech, trouble: Trouble, draw: random.Random) -> None:
        self._speech, self._trouble, self._draw = speech, trouble, draw
        self._asked = 0

    async def speak(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if self._asked:
            self._trouble.reached(Phase.SPEAKING)
        return await self._answer(request, Party.VOICE, "audio/mulaw", self._sound(asked["Text"]))

    async def stand_in(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        return await self._answer(request, None, "audio/basic", self._sound(asked["text"]))

    async def reply(self, request: web.Request) -> web.StreamResponse:
        self._asked += 1
        self._trouble.reached(Phase.THINKING)
        chat = read_request(await request.read())
        decision = engine().reply(chat.conversation(), chat.offered(), chat.choice())
        calls = tuple((f"call_{self._asked}_{number}", call) for number, call in enumerate(decision.calls))
        pieces = tuple(pieces_of(decision.text))
        completion = Completion(f"chatcmpl-{self._asked}", 0, chat.model, pieces, calls, 0, cut=False)
        return await self._answer(request, Party.MODEL, "text/event-stream", self._paced(_sse(completion)))

    async def reply_in_its_stead(self, request: web.Request) -> web.StreamResponse:
        self._asked += 1
        chat = bedrock.chat(await request.read())
        decision = engine().reply(chat.conversation(), chat.offered(), chat.choice())
        calls = tuple((f"use_{self._asked}_{number}", call) for number, call in enumerate(decision.calls))
        said = self._paced(bedrock.events(decision.text, calls))
        return await self._answer(request, None, bedrock.CONTENT_TYPE, said)

    async def _sound(self, text: str) -> AsyncIterator[bytes]:
        pace, ulaw = VoicePace(), self._speech.say(text).ulaw
        await asyncio.sleep(pace.first_byte_ms / 1000 * self._draw.lognormvariate(0, pace.first_byte_spread))
        for at in range(0, len(ulaw), _CHUNK):
            yield ulaw[at : at + _CHUNK]
            await asyncio.sleep(_CHUNK / mulaw.BYTES_PER_MS / 1000 / pace.speed)

    async def _paced(self, events: Iterable[bytes]) -> AsyncIterator[bytes]:
        pace = ThinkingPace()
        await asyncio.sleep(pace.first_token_ms / 1000 * self._draw.lognormvariate(0, pace.first_token_spread))
        for event in events:
            yield event
            await asyncio.sleep(pace.token_ms / 1000)

    async def _answer(
        self, request: web.Request, party: Party | None, content_type: str, body: AsyncIterator[bytes]
    ) -> web.StreamResponse:
        """The body in pieces; broken as this party is, which may begin in the middle."""
        kind = None if party is None else self._trouble.of(party)
        if kind in _STATUS:
            return web.Response(status=_STATUS[kind])
        if kind is Kind.SLOW:
            await asyncio.sleep(SLOW_S)
        response = web.StreamResponse(headers={"Content-Type": "text/html" if kind is Kind.GARBAGE else content_type})
        await response.prepare(request)
        sent = 0
        async for piece in body:
            kind = None if party is None else self._trouble.of(party)
            if kind is Kind.GARBAGE:
                await response.write(_GARBAGE)
                break
            if sent >= 2 and kind is Kind.STALLS:
                await asyncio.sleep(_FOR_EVER_S)
            if sent >= 2 and kind is not None and kind is not Kind.SLOW:
                assert request.transport is not None
                request.transport.abort()
                break
            await response.write(piece)
            sent += 1
        return response


class _Hearing:
    def __init__(self, speech: Speech, trouble: Trouble, draw: random.Random) -> None:
        self._speech, self._trouble, self._draw = speech, trouble, draw

    @property
    def _kind(self) -> Kind | None:
        return self._trouble.of(Party.RECOGNITION)

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        well = self._kind is None or request.path.startswith(_DEEPGRAM)
        status = None if well or self._kind is None else _STATUS.get(self._kind)
        return None if status is None else connection.respond(status, "no\n")

    async def serve(self, socket: ServerConnection) -> None:
        """One stream of sound, until either side ends it."""
        assert socket.request is not None
        if socket.request.path.startswith(_DEEPGRAM):
            await self._stand_in(socket)
            return
        results: asyncio.Queue[Transcript | None] = asyncio.Queue()
        ear = Ear(self._speech, HearingPace(), self._draw, results.put_nowait)

        def break_off() -> None:
            results.put_nowait(None)

        self._trouble.begins.append(break_off)
        if self._kind is Kind.SLOW:
            await asyncio.sleep(SLOW_S)
        try:
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(self._tell(socket, results))
                await self._listen(socket, ear, break_off)
                telling.cancel()
        finally:
            self._trouble.begins.remove(break_off)
            ear.close()

    async def _stand_in(self, socket: ServerConnection) -> None:
        """One of Deepgram's streams, well."""
        results: asyncio.Queue[Transcript] = asyncio.Queue()
        ear = Ear(self._speech, HearingPace(final_ms=400), self._draw, results.put_nowait)

        async def tell() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await socket.send(_deepgram(await results.get()))

        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(tell())
            with suppress(ConnectionClosed):
                async for frame in socket:
                    if isinstance(frame, bytes):
                        ear.hear(frame)
            telling.cancel()
        ear.close()

    async def _listen(self, socket: ServerConnection, ear: Ear, break_off: Any) -> None:
        decoder = event_stream.Decoder()
        heard = False
        try:
            async for frame in socket:
                assert isinstance(frame, bytes)
                for message in decoder.feed(frame):
                    ear.hear(mulaw.encode(message.payload))
                if self._kind is not None and not heard:
                    heard = True
                    break_off()
        except ConnectionClosed:
            pass

    async def _tell(self, socket: ServerConnection, results: asyncio.Queue[Transcript | None]) -> None:
        try:
            while True:
                transcript = await results.get()
                match self._kind:
                    case Kind.STALLS:
                        continue
                    case Kind.GARBAGE:
                        await socket.send(_GARBAGE)
                    case Kind.DISCONNECTS:
                        socket.transport.abort()
                    case Kind.REFUSES | Kind.FAILS as kind:
                        await socket.send(transcribe_messages.failure(_EXCEPTION[kind], "no"))
                        await socket.close()
                    case Kind.SLOW | None as kind:
                        if kind is Kind.SLOW:
                            await asyncio.sleep(SLOW_S)
                        if transcript is not None:
                            await socket.send(transcribe_messages.results(_result(transcript)))
        except ConnectionClosed:
            return


def _sse(completion: Completion) -> Iterator[bytes]:
    for chunk in completion.chunks(include_usage=True):
        yield f"data: {json.dumps(chunk)}\n\n".encode()
    yield b"data: [DONE]\n\n"


def _deepgram(transcript: Transcript) -> str:
    """As in Deepgram's API reference, as far as the adapter reads it."""
    words = [
        {
            "word": word.text.lower(),
            "punctuated_word": word.text,
            "start": word.start_ms / 1000,
            "end": word.end_ms / 1000,
            "confidence": 0.95,
        }
        for word in transcript.words
    ]
    return json.dumps(
        {
            "type": "Results",
            "start": 0.0,
            "duration": transcript.words[-1].end_ms / 1000 if words else 0.0,
            "is_final": transcript.is_final,
            "speech_final": transcript.is_final,
            "channel": {"alternatives": [{"transcript": transcript.text, "words": words}]},
        }
    )


def _result(transcript: Transcript) -> Result:
    final = transcript.is_final
    items = tuple(
        Item(
            word.text,
            PRONUNCIATION,
            word.start_ms / 1000,
            word.end_ms / 1000,
            word.confidence if final else None,
            None if final else number < transcript.stable_words,
        )
        for number, word in enumerate(transcript.words)
    )
    end = items[-1].end_time if items else 0.0
    return Result(transcript.result_id, not final, 0.0, end, (Alternative(transcript.text, items),))
