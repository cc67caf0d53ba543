"""What every TextToSpeech does: the fake, and each vendor's adapter over the vendor's own protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from shared.failover import Candidate
from shared.ports import ProviderError
from streaming.failover import SpeaksInTurn
from tests.adapters.text_to_speech_vendors import REMOTE, VOICE, FakeVendor, Vendor, running
from tests.fakes import PATIENCE_S, FakeTextToSpeech

TEXT = "Good morning."


@pytest.fixture(params=["fake", "in turn", *REMOTE])
async def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendor]:
    if request.param == "fake":
        yield FakeVendor()
        return
    if request.param == "in turn":
        vendor = FakeVendor()
        vendor.text_to_speech = SpeaksInTurn([Candidate("fake", vendor.fake), Candidate("other", FakeTextToSpeech())])
        yield vendor
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    async with running(request.param) as remote:
        yield remote


async def _heard(vendor: Vendor, text: str, *, cached: bool = False) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([chunk async for chunk in vendor.text_to_speech.speak(text, VOICE, cached=cached)])


async def _collect(vendor: Vendor, chunks: list[bytes], *, cached: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async for chunk in vendor.text_to_speech.speak(TEXT, VOICE, cached=cached):
            chunks.append(chunk)  # noqa: PERF401 - what was heard before the failure counts


@pytest.mark.parametrize("cached", [False, True])
async def test_the_whole_text_is_heard_in_order(vendor: Vendor, cached: bool) -> None:
    assert await _heard(vendor, TEXT, cached=cached) == vendor.audio(TEXT)
    assert await _heard(vendor, TEXT, cached=cached) == vendor.audio(TEXT)


async def test_nothing_to_say_is_no_sound(vendor: Vendor) -> None:
    assert await _heard(vendor, "") == b""


@pytest.mark.parametrize("cached", [False, True])
async def test_a_failure_half_way_is_raised_after_what_was_heard(vendor: Vendor, cached: bool) -> None:
    vendor.refuse_after_first_chunk(TEXT)
    chunks: list[bytes] = []
    with pytest.raises(ProviderError):
        await _collect(vendor, chunks, cached=cached)

    assert chunks
    assert vendor.audio(TEXT).startswith(b"".join(chunks))


async def test_s2_the_first_sound_does_not_wait_for_the_last_and_stopping_stops_the_vendor(vendor: Vendor) -> None:
    vendor.hold_after_first_chunk(TEXT)
    async with aclosing(vendor.text_to_speech.speak(TEXT, VOICE)) as chunks:
        async with asyncio.timeout(PATIENCE_S):
            first = await anext(chunks)

    assert vendor.audio(TEXT).startswith(first)
    await vendor.changes.until(lambda: vendor.given_up() == 1)
