"""Every model's endpoint on its bad days: each fault is named within its deadline, and the next reply comes."""

import asyncio
import logging
from contextlib import aclosing

import pytest

from shared.ports import ModelEvent, ModelText, ProviderError, Refused, Throttled, Unavailable
from tests.adapters.language_model_vendors import REMOTE, Remote, running
from tests.fakes import PATIENCE_S

MESSAGES = ({"role": "user", "content": "Tell no one."},)
HELLO = [ModelText("Hello.")]

pytestmark = pytest.mark.parametrize("name", REMOTE)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")


async def _replied(vendor: Remote) -> list[ModelEvent]:
    async with asyncio.timeout(PATIENCE_S), aclosing(vendor.language_model.reply(MESSAGES, ())) as reply:
        return [event async for event in reply if isinstance(event, ModelText)]


@pytest.mark.parametrize(
    ("status", "error", "times"),
    [(400, Refused, 1), (401, Refused, 1), (403, Refused, 1), (429, Throttled, 1), (500, Unavailable, 2)],
)
async def test_a_refusal_is_named_and_the_next_reply_comes(
    name: str, status: int, error: type[ProviderError], times: int
) -> None:
    async with running(name) as vendor:
        vendor.server.script(*[vendor.status(status)] * times)
        with pytest.raises(error) as caught:
            await _replied(vendor)
        vendor.will_reply(HELLO, then="over")
        assert await _replied(vendor) == HELLO

    assert "tell-no-one" not in str(caught.value)


async def test_a_vendor_that_stumbles_is_asked_once_more(name: str) -> None:
    async with running(name) as vendor:
        vendor.server.script(vendor.status(503))
        vendor.will_reply(HELLO, then="over")
        assert await _replied(vendor) == HELLO


@pytest.mark.parametrize("said", [[], HELLO])
@pytest.mark.parametrize("deadline", ["whole_s", "quiet_s"])
async def test_every_stall_is_ended_by_a_deadline(name: str, said: list[ModelEvent], deadline: str) -> None:
    async with running(name, first_token_s=0.3, **{deadline: 0.3}) as vendor:
        vendor.will_reply(said, then="stalls")
        with pytest.raises(Unavailable, match="in time"):
            await _replied(vendor)
        vendor.will_reply(HELLO, then="over")
        assert await _replied(vendor) == HELLO


async def test_every_break_is_named_and_the_next_reply_comes(name: str) -> None:
    async with running(name) as vendor:
        vendor.server.script(vendor.nonsense())
        vendor.will_reply(HELLO, then="breaks")
        for _ in range(2):
            with pytest.raises(Unavailable):
                await _replied(vendor)
        vendor.will_reply(HELLO, then="over")
        assert await _replied(vendor) == HELLO


async def test_a_vendor_that_is_not_there_is_named(name: str) -> None:
    async with running(name, endpoint="http://127.0.0.1:1") as vendor:
        with pytest.raises(Unavailable, match="could not be reached"):
            await _replied(vendor)


async def test_a_vendor_that_never_answers_is_given_up(name: str) -> None:
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    host, port = silent.sockets[0].getsockname()[:2]
    async with silent, running(name, endpoint=f"http://{host}:{port}", first_token_s=0.2) as vendor:
        with pytest.raises(Unavailable, match="in time"):
            await _replied(vendor)


async def test_neither_log_nor_error_holds_a_secret_or_a_word(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[ProviderError] = []
    async with running(name) as vendor:
        vendor.server.script(vendor.status(400), vendor.nonsense(), vendor.status(503), vendor.status(503))
        for _ in range(3):
            with pytest.raises(ProviderError) as caught:
                await _replied(vendor)
            errors.append(caught.value)

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("shared."))
    said = f"{ours}\n{errors}"
    assert "model_asked_again" in ours
    assert not any(word in said for word in ("a-secret", "tell-no-one", "Tell no one", "Hel"))
