"""`switchboard phone`: everything stays up, and a page in the browser is the telephone."""

import asyncio
import socket
import time
from pathlib import Path

import uvicorn
from rich.console import Console

from cli.booking_call import VOICE
from cli.children import Children
from cli.laptop import CALLER, NUMBER, laptop
from cli.phone_server import Softphone, build_app
from cli.show import Show
from cli.stand_ins import ROOT

WATCH_EVERY_S = 0.5


def phone(port: int, out: Path, console: Console) -> tuple[str, list[str]]:
    """Serve until Ctrl-C; the figures of the session. Raises ChildFailed when a part of the machine dies."""
    show = Show(console, "Ava")
    show.step("starting the telephone network, the small AWS, the model and the product")
    with socket.create_server(("127.0.0.1", port)) as listener, laptop(out / "logs", show.step) as machine:
        begun = time.monotonic()
        softphone = Softphone(
            carrier=machine.carrier.url.replace("http", "ws") + "/lab/phone",
            business=machine.agent.business,
            from_=CALLER,
            to=NUMBER,
            voice=VOICE,
        )
        app = build_app(ROOT / "web" / "phone", machine.calls, softphone)
        console.print(f"\n  Open http://127.0.0.1:{listener.getsockname()[1]}/ and call. Ctrl-C ends it.\n")
        asyncio.run(_serve(uvicorn.Server(_config(app)), listener, machine.children))
        calls = machine.carrier.calls()
    return f"{len(calls)} calls in {(time.monotonic() - begun) / 60:.0f} min", []


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)  # type: ignore[arg-type]


async def _serve(server: uvicorn.Server, listener: socket.socket, children: Children) -> None:
    """Until a signal, or until a part of the machine has died."""
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(_watch(children))
        await server.serve(sockets=[listener])
        watch.cancel()


async def _watch(children: Children) -> None:
    while True:
        children.check()
        await asyncio.sleep(WATCH_EVERY_S)
