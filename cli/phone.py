"""`switchboard phone`: everything stays up, and a page in the browser is the telephone."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from cli.booking_call import VOICE
from cli.carrier import Carrier, CarrierRefused
from cli.children import Children
from cli.laptop import CALLER, NUMBER, Laptop, laptop
from cli.phone_server import Softphone, build_app
from cli.show import Show
from cli.stand_ins import ROOT
from cli.watch.board import Board
from cli.watch.definition import read
from cli.watch.logs import LogFolder
from cli.watch.page import routes as watch_routes

WATCH_EVERY_S = 0.5


def phone(port: int, out: Path, console: Console, *, start_s: float | None = None) -> tuple[str, list[str]]:
    """Serve until Ctrl-C; the figures of the session. Raises ChildFailed when a part of the machine dies.

    With `start_s` no streaming task is kept, as on a stage with idle zero.
    """
    show = Show(console, "Ava")
    show.step("starting the telephone network, the small AWS, the model and the product")
    with (
        socket.create_server(("127.0.0.1", port)) as listener,
        laptop(out / "logs", show.step, start_s=start_s) as machine,
    ):
        begun = time.monotonic()
        app = phone_app(machine, [Mount("/watch", routes=watch_routes(Board(read(), LogFolder(out / "logs"))))])
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        console.print(f"\n  Open {address}/ and call; {address}/watch/ shows how calls go. Ctrl-C ends it.")
        console.print(f"  While it is open, calls to {CALLER} ring there.")
        names = " or ".join(colleague.username for colleague in machine.desk.colleagues)
        console.print(f"  {address}/desk is where people see it: sign in as {names}, {machine.desk.password}")
        console.print(
            f"  {machine.stripe_url}/ is where links to pay by lead, {machine.crm_url}/ what the CRM holds.\n"
        )
        texts = Texts(machine.carrier, console)
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(uvicorn.Server(config), listener, machine.children, texts.look))
        machine.children.check()
        calls = machine.carrier.calls()
    return f"{len(calls)} calls in {(time.monotonic() - begun) / 60:.0f} min", []


def phone_app(machine: Laptop, beside: Sequence[BaseRoute] = ()) -> Starlette:
    """The page, for the number of this machine, and what is served beside it."""
    softphone = Softphone(
        carrier=machine.carrier.url.replace("http", "ws") + "/lab/phone",
        business=machine.agent.business,
        from_=CALLER,
        to=NUMBER,
        voice=VOICE,
    )
    desk = Route("/desk", partial(_to, machine.desk.url))
    return build_app(ROOT / "web" / "phone", machine.calls, softphone, [desk, *beside])


async def _to(url: str, request: Request) -> Response:
    return RedirectResponse(url)


class Texts:
    """Text messages, shown as they come: no telephone here has a screen for them."""

    def __init__(self, carrier: Carrier, console: Console) -> None:
        self._carrier, self._console = carrier, console
        self._shown = 0

    def look(self) -> None:
        """Show what is new."""
        try:
            texts = self._carrier.texts()
        except CarrierRefused:
            return  # a carrier that has died is noticed by others
        for text in reversed(texts[: len(texts) - self._shown]):
            line = f"  text from {text['from']} to {text['to']}: {text['body']}"
            self._console.print(line, markup=False, soft_wrap=True)
        self._shown = len(texts)


async def _serve(server: uvicorn.Server, listener: socket.socket, children: Children, look: Callable[[], None]) -> None:
    """Until a signal, or until a part of the machine has died."""
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(_watch(server, children, look))
        await server.serve(sockets=[listener])
        watch.cancel()


async def _watch(server: uvicorn.Server, children: Children, look: Callable[[], None]) -> None:
    while not server.should_exit:
        server.should_exit = not children.alive
        if not server.should_exit:
            await asyncio.to_thread(look)
        await asyncio.sleep(WATCH_EVERY_S)
