"""`python -m tests.e2e.speech`: speech that costs nothing, for many calls at once on few cores. Until SIGTERM.

Amazon Transcribe's WebSocket API, for callers whose voice carries its words (`captions`), and Amazon Polly, with a tone
for a voice. Signatures and quotas are the business of the stand-in in `local/cloud`.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import numpy as np

from local.carrier.sound import tone
from local.cloud.server import serving
from shared.wire import event_stream, mulaw
from tests.e2e import captions

LOUD = 400
"""Mean magnitude of 16-bit samples that counts as a voice."""
PARTIAL_FRAMES = 10
SILENT_FRAMES = 15
MS_A_LETTER = 30
"""Of the agent's speech: twice as fast as people speak."""

_EVENT = {":event-type": "TranscriptEvent", ":content-type": "application/json", ":message-type": "event"}

type Asgi = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Asgi]]
type Send = Callable[[Asgi], Awaitable[None]]


class Stream:
    """One recognition stream: a partial result while the caller speaks, and the final one after 300 ms of silence."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._text = ""
        self._count = 0
        self._loud = 0
        self._silent = 0

    async def hear(self, pcm: bytes) -> None:
        samples = np.frombuffer(pcm, np.int16)
        for at in range(0, len(samples), mulaw.FRAME_BYTES):
            await self._frame(samples[at : at + mulaw.FRAME_BYTES])

    async def _frame(self, frame: captions.Samples) -> None:
        if caption := captions.read(frame):
            self._text += caption
        elif np.abs(frame).mean() > LOUD:
            self._loud, self._silent = self._loud + 1, 0
            if self._text and self._loud == PARTIAL_FRAMES:
                await self._tell(partial=True)
        elif self._text and self._loud:
            self._silent += 1
            if self._silent == SILENT_FRAMES:
                await self._tell(partial=False)
                self._text, self._loud, self._count = "", 0, self._count + 1

    async def _tell(self, *, partial: bool) -> None:
        confidence = {} if partial else {"Confidence": 0.99}
        items = [
            {"Content": word, "Type": "pronunciation", "StartTime": 0.0, "EndTime": 0.0, "Stable": True} | confidence
            for word in self._text.split()
        ]
        result = {
            "ResultId": f"said-{self._count}",
            "StartTime": 0.0,
            "EndTime": 0.0,
            "IsPartial": partial,
            "Alternatives": [{"Transcript": self._text.strip(), "Items": items}],
        }
        payload = json.dumps({"Transcript": {"Results": [result]}}).encode()
        await self._send({"type": "websocket.send", "bytes": event_stream.encode(_EVENT, payload)})


async def app(scope: Asgi, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await _recognise(receive, send)
    elif scope["path"] == "/v1/speech":
        await _speak(json.loads((await receive())["body"])["Text"], send)


async def _speak(text: str, send: Send) -> None:
    sound = tone(220, MS_A_LETTER * len(text))
    headers = [(b"content-type", b"audio/basic"), (b"content-length", str(len(sound)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": sound})


async def _recognise(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    stream, decoder = Stream(send), event_stream.Decoder()
    try:
        while (data := (await receive()).get("bytes")) is not None:
            for message in decoder.feed(data):
                if message.payload:
                    await stream.hear(message.payload)
    except OSError:
        return


async def main() -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with serving(app) as port:
        sys.stdout.write(json.dumps({"port": port}) + "\n")
        sys.stdout.flush()
        await told.wait()


if __name__ == "__main__":
    asyncio.run(main())
