"""Every synthesiser on its bad days: each fault is named within its deadline, and the next phrase is spoken."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from shared.ports import ProviderError, Refused, Throttled, Unavailable
from tests.adapters.text_to_speech_vendors import REMOTE, VOICE, Remote, Vendor, running
from tests.fakes import PATIENCE_S

TEXT = "Good morning."

pytestmark = [pytest.mark.parametrize("name", REMOTE), pytest.mark.parametrize("cached", [False, True])]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")


async def _heard(vendor: Vendor, *, cached: bool) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([chunk async for chunk in vendor.text_to_speech.speak(TEXT, VOICE, cached=cached)])


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (401, Refused), (403, Refused), (429, Throttled), (500, Unavailable), (503, Unavailable)],
)
async def test_a_refusal_is_named_and_the_next_phrase_is_spoken(
    name: str, cached: bool, status: int, error: type[ProviderError]
) -> None:
    async with running(name) as vendor:
        vendor.fail(status)
        with pytest.raises(error) as caught:
            await _heard(vendor, cached=cached)
        assert await _heard(vendor, cached=cached) == vendor.audio(TEXT)

    assert "tell-no-one" not in str(caught.value)


@pytest.mark.parametrize("chunks", [0, 1])
async def test_every_stall_is_ended_by_a_deadline(name: str, cached: bool, chunks: int) -> None:
    async with running(name, first_byte_s=0.3, whole_s=0.1) as vendor:
        vendor.stall(after_chunks=chunks)
        with pytest.raises(Unavailable, match="in time"):
            await _heard(vendor, cached=cached)
        assert await _heard(vendor, cached=cached) == vendor.audio(TEXT)


def _refuse(vendor: Remote) -> None:
    vendor.fail(400)


def _nonsense(vendor: Remote) -> None:
    vendor.talk_nonsense()


def _break(vendor: Remote) -> None:
    vendor.reset(after_chunks=1)


def _nothing(vendor: Remote) -> None:
    vendor.say_nothing()


@pytest.mark.parametrize("fault", [_nonsense, _break, _nothing])
async def test_every_break_is_named_and_the_next_phrase_is_spoken(
    name: str, cached: bool, fault: Callable[[Remote], None]
) -> None:
    async with running(name) as vendor:
        fault(vendor)
        with pytest.raises(Unavailable):
            await _heard(vendor, cached=cached)
        assert await _heard(vendor, cached=cached) == vendor.audio(TEXT)


async def test_a_vendor_that_is_not_there_is_named(name: str, cached: bool) -> None:
    scheme = "ws" if name == "cartesia" else "http"
    async with running(name, endpoint=f"{scheme}://127.0.0.1:1") as vendor:
        with pytest.raises(Unavailable):
            await _heard(vendor, cached=cached)


async def test_a_vendor_that_never_answers_is_given_up(name: str, cached: bool) -> None:
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    host, port = silent.sockets[0].getsockname()[:2]
    scheme = "ws" if name == "cartesia" else "http"
    async with silent, running(name, endpoint=f"{scheme}://{host}:{port}", first_byte_s=0.1) as vendor:
        with pytest.raises(Unavailable, match="in time"):
            await _heard(vendor, cached=cached)


async def test_a_slow_listener_does_not_use_up_the_vendors_time(name: str, cached: bool) -> None:
    async with running(name, whole_s=0.05) as vendor:
        heard = b""
        async for chunk in vendor.text_to_speech.speak(TEXT, VOICE, cached=cached):
            heard += chunk
            await asyncio.sleep(0.06)  # longer than the vendor may take

    assert heard == vendor.audio(TEXT)


async def test_neither_log_nor_error_holds_a_secret_or_a_word(
    name: str, cached: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[Any] = []
    async with running(name) as vendor:
        for fault in (_refuse, _nonsense, _break):
            fault(vendor)
            with pytest.raises(ProviderError) as caught:
                await _heard(vendor, cached=cached)
            errors.append(caught.value)
        await _heard(vendor, cached=cached)

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("shared."))
    said = f"{ours}\n{errors}"
    assert not any(word in said for word in ("a-secret", "tell-no-one", TEXT))
