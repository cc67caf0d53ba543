"""N simultaneous callers against one media socket server, as a process of its own; prints what they saw as JSON.

    python -m bench.load --port 9200 --calls 10 --seconds 30 --pid 1234

Frames are sent at their true time, in batches of at most a millisecond. `late` says how far from it they were sent:
when its p99 grows beyond some 5 ms, the client is the limit and the run says nothing.
"""

import argparse
import asyncio
import gc
import heapq
import json
import random
import sys
import wave
from pathlib import Path
from typing import Any

import uvloop

from bench.caller import Caller, comfort_noise, frames, now, turn_row
from bench.meter import Meter
from bench.socket_client import ClientSocket, HandshakeRefused
from shared.usecases.stream_token import TOKEN_PARAMETER
from shared.wire import mulaw, signature

SPEECH = Path(__file__).parent / "speech"
AUTH_TOKEN = "bench-auth-token"
STREAM_URL = "wss://bench.example.com/media"
TOKEN = "bench-stream-token"
SETTLE_S = 3.0
"""After the last call is up, before the metering."""
RAMP_S = 0.05
"""Between one call and the next."""


def lines() -> list[list[bytes]]:
    """The callers' lines as base64 frames."""
    spoken = []
    for path in sorted(SPEECH.glob("*.wav")):
        with wave.open(str(path)) as recording:
            spoken.append(frames(mulaw.encode(recording.readframes(recording.getnframes()))))
    return spoken


class Load:
    """All callers of one run, on one event loop."""

    def __init__(self, port: int, calls: int, seed: int) -> None:
        self._port = port
        rnd = random.Random(seed)
        spoken, noise = lines(), comfort_noise()
        parameters = {TOKEN_PARAMETER: TOKEN}
        self.callers = [
            Caller(index + 1, spoken, noise, parameters, random.Random(rnd.random())) for index in range(calls)
        ]
        self.refused: list[str] = []
        self._due: list[tuple[float, int]] = []
        self._over = False

    async def run(self, seconds: float, pid: int) -> dict[str, Any]:
        """Bring all calls up, let them talk for `seconds`, hang up, and say what was seen."""
        meter = Meter(pid)
        base = meter.sample()
        async with asyncio.TaskGroup() as tasks:
            metering = tasks.create_task(meter.run())
            tasks.create_task(self._pump())
            await asyncio.gather(*(self._open(caller, at * RAMP_S) for at, caller in enumerate(self.callers)))
            all_up = now()
            await asyncio.sleep(min(SETTLE_S, seconds / 4))
            steady = meter.sample()
            await asyncio.sleep(seconds - (now() - all_up))
            steady_end = meter.sample()
            for caller in self.callers:
                caller.end()
            self._over = True
            await asyncio.sleep(1)
            metering.cancel()
        return self._result(all_up, meter.cost(base, steady, steady_end, len(self.callers)))

    async def _open(self, caller: Caller, after_s: float) -> None:
        await asyncio.sleep(after_s)
        headers = {signature.HEADER: signature.sign(AUTH_TOKEN, STREAM_URL)}
        try:
            socket = await ClientSocket.connect(
                "127.0.0.1", self._port, "/media", headers, caller.received, caller.lost
            )
        except (HandshakeRefused, OSError) as error:
            self.refused.append(str(error))
            return
        caller.begin(socket)
        heapq.heappush(self._due, (caller.next_due, caller.index))

    async def _pump(self) -> None:
        """Let each caller send its frame when it is due."""
        while not self._over:
            sent = 0
            while self._due and self._due[0][0] <= now() and sent < 50:
                _, index = heapq.heappop(self._due)
                caller = self.callers[index - 1]
                if caller.tick():
                    heapq.heappush(self._due, (caller.next_due, index))
                sent += 1
            wait = self._due[0][0] - now() if self._due else 0.005
            await asyncio.sleep(0 if sent == 50 else max(0.001, wait))

    def _result(self, all_up: float, cost: dict[str, float]) -> dict[str, Any]:
        return {
            "calls": len(self.callers),
            "refused": self.refused,
            "closed_early": sum(caller.closed_early for caller in self.callers),
            "answer_s": [caller.answered for caller in self.callers if caller.answered is not None],
            "late_s": [late for caller in self.callers for late in caller.late],
            "underruns_s": [late for caller in self.callers for late in caller.underruns],
            "sound_bytes": sum(caller.sound_bytes for caller in self.callers),
            "turns": [turn_row(turn) for caller in self.callers for turn in caller.turns if turn.first_speech > all_up],
            "cost": cost,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pid", type=int, required=True, help="the server process, to be metered")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    load = Load(options.port, options.calls, options.seed)
    gc.collect()
    gc.freeze()
    gc.disable()
    json.dump(uvloop.run(load.run(options.seconds, options.pid)), sys.stdout)


if __name__ == "__main__":
    main()
