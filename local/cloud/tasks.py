"""A service of ECS's on Fargate: real processes instead of containers, and the balancer before them.

As many as are wanted, each up a while after it was asked for; one that ends is started anew. A task gets connections
once its health was seen, and loses them when it is to go: then it gets SIGTERM at once, where the real balancer would
first wait for its connections to end.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

_CHECK_S = 5.0
_STOP_S = 120.0  # the most Fargate allows between the signal and the end
_END_S = 3.0  # for all of them, when the stand-in itself is told to stop
_NO_TARGET = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_CHUNK = 65_536


@dataclass(eq=False, slots=True)
class _Task:
    port: int | None = None
    """Where it takes connections; None while it does not."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    process: Process | None = None


class Tasks:
    """Processes of one command, which says `{"event": "server_listening", "port": ...}` when it listens."""

    def __init__(self, command: Sequence[str], start_s: float) -> None:
        self._command = command
        self._start_s = start_s
        self._tasks: list[_Task] = []
        self._changed = asyncio.Event()
        self._next = 0
        self.desired = 0

    @property
    def running(self) -> int:
        return sum(task.port is not None for task in self._tasks)

    @property
    def pending(self) -> int:
        return sum(task.port is None and not task.stopping.is_set() for task in self._tasks)

    def want(self, count: int) -> None:
        self.desired = count
        self._changed.set()

    async def run(self) -> None:
        """Keep as many as are wanted, until cancelled; then none is left."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._changed.clear()
                    kept = [task for task in self._tasks if not task.stopping.is_set()]
                    for task in kept[self.desired :]:
                        task.stopping.set()
                    for _ in range(self.desired - len(kept)):
                        self._tasks.append(task := _Task())
                        group.create_task(self._live(task))
                    await self._changed.wait()
        finally:
            await self._end()

    async def _live(self, task: _Task) -> None:
        """One task, from its being asked for to its end."""
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._start_s):
                    await task.stopping.wait()
            if not task.stopping.is_set():
                environment = {**os.environ, "PORT": "0"}
                task.process = await asyncio.create_subprocess_exec(
                    *self._command, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=STDOUT
                )
                async with asyncio.TaskGroup() as group:
                    leaving = group.create_task(_leave(task, task.process))
                    await _follow(task, task.process)
                    leaving.cancel()
        finally:
            if task.process is None or task.process.returncode is not None:
                self._tasks.remove(task)
                self._changed.set()

    async def _end(self) -> None:
        processes = [task.process for task in self._tasks if task.process is not None]
        for process in processes:
            _signal(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                await asyncio.gather(*(process.wait() for process in processes))
        for process in processes:
            _signal(process, signal.SIGKILL)
            await process.wait()

    @contextlib.asynccontextmanager
    async def balanced(self) -> AsyncIterator[int]:
        """The port of loopback at which connections reach the tasks, each in its turn."""
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            server.close_clients()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports = [task.port for task in self._tasks if task.port is not None]
        with contextlib.suppress(OSError):
            if not ports:
                writer.write(_NO_TARGET)
                await writer.drain()
            else:
                self._next += 1
                back, forth = await asyncio.open_connection("127.0.0.1", ports[self._next % len(ports)])
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pump(reader, forth))
                    group.create_task(_pump(back, writer))
        writer.close()


async def _follow(task: _Task, process: Process) -> None:
    """Pass on what it says, to its end; once it listens and is healthy it takes connections."""
    assert process.stdout is not None
    async for line in process.stdout:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        if b'"server_listening"' in line:
            port = int(json.loads(line)["port"])
            healthy = await _healthy(port)
            task.port = port if healthy and not task.stopping.is_set() else None
    task.port = None
    await process.wait()


async def _leave(task: _Task, process: Process) -> None:
    await task.stopping.wait()
    task.port = None
    _signal(process, signal.SIGTERM)
    await asyncio.sleep(_STOP_S)
    _signal(process, signal.SIGKILL)


def _signal(process: Process, sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(sign)


async def _healthy(port: int) -> bool:
    """The balancer's check."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_CHECK_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = await reader.readline()
            writer.close()
            return b" 200 " in answer
    return False


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes one way; when one side has ended, so does the other."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
