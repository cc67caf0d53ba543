"""The bare floor: a socket server that only reads Twilio's messages, decodes the sound and hears whether it is loud.

It answers 300 ms after speech ends with a fixed tone, so that the same load can measure it. No recognition, model or
synthesis, no neural voice activity, no state: what a phone agent in Python cannot go below.

    python -m bench.floor --port 0
"""

import argparse
import asyncio
import json
import math
import struct
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import numpy as np
import uvicorn
import uvloop

from shared.wire import mulaw, twilio_media
from shared.wire.twilio_media import Mark, Media, Start, Stop

LOUD = 0.012
"""RMS of full scale that counts as speech."""
SPEECH_FRAMES = 5
SILENCE_FRAMES = 15
REPLY_MS = 3_900

_SAMPLES = np.frombuffer(mulaw.decode(bytes(range(256))), np.int16).astype(np.float32) / np.float32(32768)

type Asgi = MutableMapping[str, Any]


def _tone(ms: int) -> bytes:
    count = 8 * ms
    samples = (int(9_800 * math.sin(2 * math.pi * 220 * i / 8000)) for i in range(count))
    return mulaw.encode(struct.pack(f"<{count}h", *samples))


class Floor:
    def __init__(self) -> None:
        self._reply = _tone(REPLY_MS)

    async def __call__(
        self, scope: Asgi, receive: Callable[[], Awaitable[Asgi]], send: Callable[[Asgi], Awaitable[None]]
    ) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        stream_sid = ""
        voiced = silent = 0
        speaking = False
        while (text := (await receive()).get("text")) is not None:
            match twilio_media.decode(text):
                case Start(stream_sid=stream_sid):
                    await send({"type": "websocket.send", "text": twilio_media.media(stream_sid, self._reply[:8_000])})
                case Media(media=sound):
                    samples = _SAMPLES[np.frombuffer(sound.payload, np.uint8)]
                    if float(np.dot(samples, samples)) > LOUD * LOUD * len(samples):
                        voiced, silent = voiced + 1, 0
                    else:
                        voiced, silent = 0, silent + 1
                    if not speaking and voiced >= SPEECH_FRAMES:
                        speaking = True
                        await send({"type": "websocket.send", "text": twilio_media.clear(stream_sid)})
                    elif speaking and silent >= SILENCE_FRAMES:
                        speaking = False
                        for at in range(0, len(self._reply), 3_200):
                            part = self._reply[at : at + 3_200]
                            await send({"type": "websocket.send", "text": twilio_media.media(stream_sid, part)})
                        await send({"type": "websocket.send", "text": twilio_media.mark(stream_sid, "reply")})
                case Stop():
                    break
                case Mark() | None | _:
                    pass


async def serve(port: int) -> None:
    config = uvicorn.Config(
        Floor(),
        port=port,
        lifespan="off",
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
    json.dump({"port": server.servers[0].sockets[0].getsockname()[1]}, sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    uvloop.run(serve(parser.parse_args().port))
