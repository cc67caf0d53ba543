"""Who gets in, over real sockets."""

from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from shared.ports import Unavailable
from shared.wire import signature
from tests.streaming.conftest import MAX_CALLS, Service
from tests.streaming.twilio import STREAM_URL, calling, upgraded

POLICY = 1008
FAILED = 1011


async def get(service: Service, path: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{service.port}{path}")).status_code


async def refused(service: Service, *, signed: str | None = None, path: str = "/media") -> int:
    with pytest.raises(InvalidStatus) as error:
        async with upgraded(service.port, signed=signed, path=path):
            pass
    return error.value.response.status_code


async def test_health_says_that_the_process_lives_and_nothing_of_its_load(service: Service) -> None:
    service.app.calls.drain()

    assert await get(service, "/health") == 200


async def test_ready_until_it_drains(service: Service) -> None:
    assert await get(service, "/ready") == 200

    service.app.calls.drain()

    assert await get(service, "/ready") == 503


async def test_other_paths_and_methods_are_not_served(service: Service) -> None:
    assert await get(service, "/") == 404
    assert await refused(service, path="/other") == 404
    async with httpx.AsyncClient() as client:
        assert (await client.post(f"http://127.0.0.1:{service.port}/ready")).status_code == 405


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("", id="none"),
        pytest.param("bm90IHRoaXMgb25l", id="forged"),
        pytest.param(signature.sign("another-token", STREAM_URL), id="another account's"),
        pytest.param(signature.sign("twelve-thirty", "wss://elsewhere.example.com/media"), id="another address's"),
    ],
)
async def test_t3_an_upgrade_without_twilios_signature_is_refused(service: Service, given: str) -> None:
    assert await refused(service, signed=given) == 403
    assert service.app.calls.count == 0


async def test_a_signature_over_the_url_with_a_slash_is_accepted(service: Service) -> None:
    async with upgraded(service.port, signed=signature.sign("twelve-thirty", STREAM_URL + "/")):
        assert service.app.calls.count == 1


async def test_beyond_its_places_the_service_refuses_with_503_and_is_not_ready(service: Service) -> None:
    async with AsyncExitStack() as sockets:
        for _ in range(MAX_CALLS):
            await sockets.enter_async_context(upgraded(service.port))
        assert await refused(service) == 503
        assert await get(service, "/ready") == 503
    await service.idle()
    assert await get(service, "/ready") == 200


async def test_a_draining_service_refuses_new_calls_and_does_not_call_itself_full(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.app.calls.drain()

    assert await refused(service) == 503
    assert [line.__dict__["reason"] for line in caplog.records if line.message == "upgrade_refused"] == ["draining"]


async def test_a_socket_that_does_not_start_is_closed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.app.START_S", 0.05)
    async with upgraded(service.port) as connection:
        await connection.wait_closed()
        assert connection.close_code == POLICY
    await service.idle()


@pytest.mark.parametrize("token", [None, "", "forged"])
async def test_a_stream_without_its_token_is_closed_before_anything_is_spent(
    service: Service, token: str | None
) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, token) as line:
        assert await line.closed() == POLICY
    assert service.hearing.streams == []
    assert service.call(call_sid).streams == 0


async def test_a_token_speaks_only_for_its_own_call(service: Service) -> None:
    service.new_call(1, token="one")
    other = service.new_call(2, token="two")
    async with calling(service.port, other, "one") as line:
        assert await line.closed() == POLICY


async def test_a_token_is_good_once(service: Service) -> None:
    call_sid = service.new_call()
    async with calling(service.port, call_sid, "let-me-in") as first:
        await first.until(lambda: bool(first.marks))
        async with calling(service.port, call_sid, "let-me-in", stream=2) as replay:
            assert await replay.closed() == POLICY
        assert first.close_code is None


@pytest.mark.parametrize("call_sid", ["", "CA1", "x" * 5_000])
async def test_impossible_names_are_refused_before_the_store_is_asked(service: Service, call_sid: str) -> None:
    service.store.fail(Unavailable("must not be asked"))
    async with calling(service.port, call_sid, "let-me-in") as line:
        assert await line.closed() == POLICY


async def test_a_store_that_cannot_be_reached_closes_the_stream_as_failed(service: Service) -> None:
    call_sid = service.new_call()
    service.store.fail(Unavailable("down"))
    async with calling(service.port, call_sid, "let-me-in") as line:
        assert await line.closed() == FAILED
    await service.idle()
