"""The vendors of the streaming service, each in its own protocol, with fixed delays: recognition (Amazon Transcribe's
WebSocket API), synthesis (Amazon Polly), the model (OpenAI chat completions) and call state (DynamoDB's JSON API).

    python -m bench.providers --port 0

They hear loudness, not words, and say the same thing every time. Every event is logged with the monotonic clock, under
the call it belongs to; `GET /events` gives the log. A call is known by the first frame of its sound (`bench.caller`),
and from there by the number that transcript and reply carry.

Recognition gives its words in two ways: `early` for every third utterance, all stable while the caller still speaks, so
that the end of the turn is the service's own decision; and `late` for the others, only after the longest silence that
an open question waits, so that the words themselves start the model and the time between is the service's own.
"""

import argparse
import asyncio
import gc
import json
import re
import struct
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import uvicorn
import uvloop

from bench.store import answer as store_answer
from shared.wire import event_stream, mulaw

LOUD = 0.012
EARLY_PARTIAL_MS = 200
"""Between partial results while the caller speaks, in the early way."""
EARLY_FINAL_MS = 400
LATE_FINAL_MS = 800
FIRST_TOKEN_MS = 300
NEXT_TOKEN_MS = 10
FIRST_SOUND_MS = 100
SOUND_SPEED = 5
"""Sound is made this many times faster than it plays."""
MS_PER_CHARACTER = 50

REPLY = "I can help caller {call} with that. Your order number {call} will arrive on Thursday afternoon."
WORDS = "caller {call} would like to know when the order is going to arrive please"
NUMBER = re.compile(r"\b(?:caller|number) (\d+)")

type Asgi = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Asgi]]
type Send = Callable[[Asgi], Awaitable[None]]

now = time.monotonic
events: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)


def note(call: int, kind: str) -> None:
    events[call].append((kind, now()))


async def app(scope: Asgi, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await Recognition(receive, send).run()
        return
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    body += message.get("body", b"")
    match scope["path"]:
        case "/v1/chat/completions":
            await reply(json.loads(body), send)
        case "/v1/speech":
            await speak(json.loads(body), send)
        case "/v1/models":
            await respond(send, b'{"object":"list","data":[]}')
        case "/events":
            await respond(send, json.dumps(events).encode())
        case "/":
            headers = dict(scope["headers"])
            operation = headers[b"x-amz-target"].decode().partition(".")[2]
            await respond(send, json.dumps(store_answer(operation, json.loads(body))).encode())
        case _:
            await respond(send, b"", 404)


async def respond(send: Send, body: bytes, status: int = 200) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# --- recognition

_EVENT = {":event-type": "TranscriptEvent", ":content-type": "application/json", ":message-type": "event"}


@dataclass(slots=True)
class Utterance:
    number: int
    late: bool
    loud_s: float = 0.0
    last_loud: float = 0.0
    told: float = 0.0


class Recognition:
    """One Transcribe stream."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._call: int | None = None
        self._utterance = Utterance(1, late=False)

    async def run(self) -> None:
        await self._receive()
        await self._send({"type": "websocket.accept"})
        decoder = event_stream.Decoder()
        try:
            while (data := (await self._receive()).get("bytes")) is not None:
                for message in decoder.feed(data):
                    await self._hear(message.payload)
        except OSError:
            return

    async def _hear(self, pcm: bytes) -> None:
        if not pcm:
            return
        if self._call is None:
            samples = struct.unpack("<16h", pcm[:32])
            self._call = sum((sample < 0) << bit for bit, sample in enumerate(samples))
        sound = np.frombuffer(pcm, np.int16).astype(np.float32)
        at, spoken = now(), self._utterance
        if float(np.dot(sound, sound)) > (LOUD * 32768) ** 2 * len(sound):
            spoken.loud_s += len(sound) / 8000
            spoken.last_loud = at
            if not spoken.late and spoken.loud_s > 0.3 and at - spoken.told >= EARLY_PARTIAL_MS / 1000:
                spoken.told = at
                await self._tell(partial=True)
        elif spoken.loud_s >= 0.1:
            delay = LATE_FINAL_MS if spoken.late else EARLY_FINAL_MS
            if at - spoken.last_loud >= delay / 1000:
                note(self._call, "late_words" if spoken.late else "early_words")
                await self._tell(partial=False)
                self._utterance = Utterance(spoken.number + 1, late=spoken.number % 3 != 0)

    async def _tell(self, *, partial: bool) -> None:
        words = WORDS.format(call=self._call).split()
        items = [
            {"Content": word, "Type": "pronunciation", "StartTime": 0.0, "EndTime": 0.0, "Stable": True}
            | ({} if partial else {"Confidence": 0.98})
            for word in words
        ]
        result = {
            "ResultId": f"utterance-{self._utterance.number}",
            "StartTime": 0.0,
            "EndTime": 0.0,
            "IsPartial": partial,
            "Alternatives": [{"Transcript": " ".join(words), "Items": items}],
        }
        payload = json.dumps({"Transcript": {"Results": [result]}}).encode()
        await self._send({"type": "websocket.send", "bytes": event_stream.encode(_EVENT, payload)})


# --- the model


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return _sse({"choices": choices})


def _sse(fields: dict[str, Any]) -> bytes:
    chunk = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0, "model": "bench"} | fields
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


async def reply(request: dict[str, Any], send: Send) -> None:
    """Stream the reply, a token every few ms. `sentence` is when the token was sent that shows its end: the next."""
    asked = now()
    call = number_in(request["messages"][-1]["content"])
    events[call].append(("model_asked", asked))
    tokens = re.findall(r"\s*\w+|[^\w\s]", REPLY.format(call=call))
    shows_sentence = tokens.index(".") + 1
    await until(asked + FIRST_TOKEN_MS / 1000)
    headers = [(b"content-type", b"text/event-stream")]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        begun = now()
        for at, token in enumerate(tokens):
            await until(begun + at * NEXT_TOKEN_MS / 1000)
            if at == 0:
                note(call, "model_began")
            if at == shows_sentence:
                note(call, "sentence")
            await send({"type": "http.response.body", "body": _chunk({"content": token}), "more_body": True})
        usage = {"prompt_tokens": 50, "completion_tokens": len(tokens), "total_tokens": 50 + len(tokens)}
        rest = _chunk({}, "stop") + _sse({"choices": [], "usage": usage}) + b"data: [DONE]\n\n"
        await send({"type": "http.response.body", "body": rest})
    except OSError:
        note(call, "model_cancelled")


# --- synthesis

_TONE = mulaw.encode(struct.pack("<800h", *(int(9_800 * np.sin(2 * np.pi * 220 * i / 8000)) for i in range(800))))
"""100 ms of a tone; 220 Hz fits it in whole periods."""


async def speak(request: dict[str, Any], send: Send) -> None:
    asked = now()
    text = request["Text"]
    call = number_in(text)
    events[call].append(("speech_asked", asked))
    count = max(1, round(len(text) * MS_PER_CHARACTER / 100))
    await until(asked + FIRST_SOUND_MS / 1000)
    headers = [(b"content-type", b"audio/basic"), (b"x-amzn-requestcharacters", str(len(text)).encode())]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        begun = now()
        for at in range(count):
            await until(begun + at * 0.1 / SOUND_SPEED)
            if at == 0:
                note(call, "speech_began")
            await send({"type": "http.response.body", "body": _TONE, "more_body": at < count - 1})
    except OSError:
        note(call, "speech_cancelled")


def number_in(text: str) -> int:
    """The call a text belongs to; 0 for what is the same in every call."""
    found = NUMBER.search(text)
    return int(found[1]) if found else 0


async def until(at: float) -> None:
    wait = at - now()
    if wait > 0:
        await asyncio.sleep(wait)


async def serve(port: int) -> None:
    config = uvicorn.Config(
        app,
        port=port,
        lifespan="off",
        backlog=1024,
        timeout_keep_alive=120,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        log_level="warning",
        access_log=False,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    sys.stdout.write(json.dumps({"port": server.servers[0].sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    uvloop.run(serve(parser.parse_args().port))
