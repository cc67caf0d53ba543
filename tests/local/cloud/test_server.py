import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.cloud.server import serving


async def hello(request: Request) -> Response:
    (transport,) = request.state.reset.args
    delayed = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
    return PlainTextResponse("delayed" if delayed else "at once")


async def broken(request: Request) -> Response:
    request.state.reset()
    return PlainTextResponse("never seen")


APP = Starlette(routes=[Route("/", hello), Route("/broken", broken)])


async def test_small_answers_are_not_held_back() -> None:
    async with serving(APP) as port, httpx.AsyncClient() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/")).text == "at once"


async def test_an_app_can_break_its_connection() -> None:
    async with serving(APP) as port, httpx.AsyncClient() as http:
        with pytest.raises(httpx.ReadError):
            await http.get(f"http://127.0.0.1:{port}/broken")


async def test_the_port_is_free_again_afterwards() -> None:
    async with serving(APP) as port:
        pass
    async with serving(APP, port) as again, httpx.AsyncClient() as http:
        assert (await http.get(f"http://127.0.0.1:{again}/")).status_code == 200


async def test_a_taken_port_is_an_error() -> None:
    async with serving(APP) as port:
        with pytest.raises(OSError, match="in use"):
            async with serving(APP, port):
                pass


async def test_what_goes_wrong_inside_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError):
        async with serving(APP):
            raise KeyError("mine")
