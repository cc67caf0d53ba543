"""Polly's wire, its faults, our share of its quota, and the phrases we keep."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from shared.adapters.polly import Polly
from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, Throttled, Unavailable
from shared.speech.phrases import MOST_CHARACTERS
from tests.adapters.http_server import Exchange, Handler, HttpServer
from tests.fakes import PATIENCE_S

VOICE = Voice("Kajal", language="hi-IN", engine="neural")
SOUND = bytes(range(256)) * 20


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer().running() as server:
        yield server


def _polly(server: HttpServer, **limits: Any) -> Any:
    return Polly.running(region="us-east-1", endpoint=server.url, **{"per_second": 1e6, "burst": 1000, **limits})


async def _heard(polly: Polly, text: str = "Hello.", *, cached: bool = False) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([chunk async for chunk in polly.speak(text, VOICE, cached=cached)])


async def _speak(exchange: Exchange) -> None:
    await exchange.answer("audio/mulaw", SOUND)


def _error(code: str, status: int, text: str = "tell-no-one") -> Handler:
    async def answer(exchange: Exchange) -> None:
        body = json.dumps({"message": text}).encode()
        await exchange.answer("application/x-amz-json-1.0", body, status, x_amzn_ErrorType=code)

    return answer


async def test_s10_another_pace_and_other_sounds_are_asked_for_in_ssml(server: HttpServer) -> None:
    voice = replace(VOICE, rate=0.9, say_as=(("Osei", "oh-SAY"),))
    server.script(_speak)
    async with _polly(server) as polly, asyncio.timeout(PATIENCE_S):
        assert b"".join([chunk async for chunk in polly.speak("Dr. Osei & <Sons>.", voice)]) == SOUND

    asked = json.loads(server.exchanges[0].body)
    assert asked["TextType"] == "ssml"
    assert asked["Text"] == '<speak><prosody rate="90%">Dr. oh-SAY &amp; &lt;Sons&gt;.</prosody></speak>'


async def test_s10_a_phrase_is_kept_for_each_pace_and_sound(server: HttpServer) -> None:
    voices = [VOICE, replace(VOICE, rate=1.1), replace(VOICE, say_as=(("Hello", "Hullo"),))]
    server.script(*[_speak] * 3)
    async with _polly(server) as polly, asyncio.timeout(PATIENCE_S):
        for voice in [*voices, *voices]:
            async for _ in polly.speak("Hello.", voice, cached=True):
                pass

    assert len(server.exchanges) == 3


async def test_what_is_asked_of_the_vendor(server: HttpServer) -> None:
    server.script(_speak)
    async with _polly(server) as polly:
        assert await _heard(polly, "नमस्ते, how are you?") == SOUND

    (exchange,) = server.exchanges
    assert (exchange.method, exchange.path) == ("POST", "/v1/speech")
    assert "/us-east-1/polly/aws4_request" in exchange.headers["authorization"]
    assert json.loads(exchange.body) == {
        "Engine": "neural",
        "LanguageCode": "hi-IN",
        "OutputFormat": "mulaw",
        "SampleRate": "8000",
        "Text": "नमस्ते, how are you?",
        "TextType": "text",
        "VoiceId": "Kajal",
    }


async def test_the_request_is_the_one_that_aws_own_client_sends(server: HttpServer) -> None:
    server.script(_speak, _speak)
    asked = {"Engine": "neural", "LanguageCode": "hi-IN", "VoiceId": "Kajal", "Text": "नमस्ते"}
    fixed = {"OutputFormat": "mulaw", "SampleRate": "8000", "TextType": "text"}
    sdk = boto3.client("polly", region_name="us-east-1", endpoint_url=server.url)

    async with _polly(server) as polly:
        await _heard(polly, asked["Text"])
    await asyncio.to_thread(lambda: sdk.synthesize_speech(**asked, **fixed)["AudioStream"].read())

    ours, theirs = server.exchanges
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert json.loads(ours.body) == json.loads(theirs.body)
    for name in ("host", "content-type"):
        assert ours.headers[name] == theirs.headers[name]


async def test_a_request_carries_the_signature_that_aws_would_compute(server: HttpServer) -> None:
    server.script(_speak)
    async with _polly(server) as polly:
        await _heard(polly)

    (exchange,) = server.exchanges
    signed = exchange.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"content-type", "host", "x-amz-date"} <= set(signed)
    headers = {name: exchange.headers[name] for name in signed if name != "host"}
    request = AWSRequest("POST", f"{server.url}{exchange.path}", data=exchange.body, headers=headers)
    request.context["timestamp"] = exchange.headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "a-secret"), "polly", "us-east-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert exchange.headers["authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, Throttled),
        ("TooManyRequestsException", 429, Throttled),
        ("TextLengthExceededException", 400, Refused),
        ("InvalidSsmlException", 400, Refused),
        ("EngineNotSupportedException", 400, Refused),
        ("AccessDeniedException", 403, Refused),
        ("ServiceFailureException", 500, Unavailable),
        ("ServiceUnavailable", 503, Unavailable),
    ],
)
async def test_each_error_is_named_and_none_is_tried_again(
    server: HttpServer, code: str, status: int, expected: type[ProviderError]
) -> None:
    server.script(_error(code, status))
    async with _polly(server) as polly:
        with pytest.raises(expected, match=code) as caught:
            await _heard(polly)

    assert "tell-no-one" not in str(caught.value)
    assert len(server.exchanges) == 1


async def test_an_answer_that_is_no_sound_is_not_played_to_the_caller(server: HttpServer) -> None:
    async def page(exchange: Exchange) -> None:
        await exchange.answer("text/html", b"<html>Sign in to the network</html>")

    server.script(page)
    async with _polly(server) as polly:
        with pytest.raises(Unavailable, match="no audio"):
            await _heard(polly)


async def _stall(exchange: Exchange) -> None:
    await exchange.client_hangs_up()


async def _stall_before_sound(exchange: Exchange) -> None:
    await exchange.begin("audio/mulaw")
    await exchange.client_hangs_up()


async def _stall_half_way(exchange: Exchange) -> None:
    await exchange.begin("audio/mulaw")
    await exchange.chunk(SOUND)
    await exchange.client_hangs_up()


async def _reset_at_once(exchange: Exchange) -> None:
    exchange.reset()


async def _reset_half_way(exchange: Exchange) -> None:
    await exchange.begin("audio/mulaw")
    await exchange.chunk(SOUND)
    exchange.reset()


async def _cut_short(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\ncontent-type: audio/mulaw\r\ncontent-length: 9999\r\n\r\nsome")
    exchange.writer.close()


async def _no_sound(exchange: Exchange) -> None:
    await exchange.answer("audio/mulaw", b"")


async def _not_http(exchange: Exchange) -> None:
    await exchange.write(b"\0\1\2\3 nonsense\r\n\r\n")
    exchange.writer.close()


@pytest.mark.parametrize("fault", [_stall, _stall_before_sound, _stall_half_way])
@pytest.mark.parametrize("cached", [False, True])
async def test_every_stall_is_ended_by_a_deadline(server: HttpServer, fault: Handler, cached: bool) -> None:
    server.script(fault)
    async with _polly(server, first_byte_s=0.1, whole_s=0.1) as polly:
        with pytest.raises(Unavailable, match="in time"):
            await _heard(polly, cached=cached)


@pytest.mark.parametrize("fault", [_reset_at_once, _reset_half_way, _cut_short, _no_sound, _not_http])
@pytest.mark.parametrize("cached", [False, True])
async def test_every_break_is_named_and_the_next_phrase_is_spoken(
    server: HttpServer, fault: Handler, cached: bool
) -> None:
    server.script(fault, _speak)
    async with _polly(server) as polly:
        with pytest.raises(Unavailable):
            await _heard(polly, cached=cached)
        assert await _heard(polly, cached=cached) == SOUND


async def test_a_vendor_that_is_not_there_is_named() -> None:
    async with Polly.running(region="us-east-1", endpoint="http://127.0.0.1:1") as polly:
        with pytest.raises(Unavailable, match="ClientConnectorError"):
            await _heard(polly)


async def test_dribbled_sound_is_heard_as_it_comes(server: HttpServer) -> None:
    async def dribble(exchange: Exchange) -> None:
        await exchange.begin("audio/mulaw")
        for at in range(0, len(SOUND), 100):
            await exchange.chunk(SOUND[at : at + 100])
        await exchange.end()

    server.script(dribble)
    async with _polly(server) as polly:
        assert await _heard(polly) == SOUND


async def test_a_slow_listener_does_not_use_up_the_vendors_time(server: HttpServer) -> None:
    server.script(_speak)
    heard = b""
    async with _polly(server, whole_s=0.05) as polly:
        async for chunk in polly.speak("Hello.", VOICE):
            heard += chunk
            await asyncio.sleep(0.06)  # longer than the vendor may take

    assert heard == SOUND


@pytest.mark.parametrize("text", ["", "  \n", "\x00\x1f"])
async def test_nothing_audible_is_not_sent(server: HttpServer, text: str) -> None:
    async with _polly(server) as polly:
        assert await _heard(polly, text) == b""
    assert server.exchanges == []


async def test_what_cannot_be_sent_is_left_out(server: HttpServer) -> None:
    server.script(_speak)
    async with _polly(server) as polly:
        await _heard(polly, "a\ud800b\x00c")
    assert json.loads(server.exchanges[0].body)["Text"] == "a?b c"


async def test_a_text_longer_than_polly_takes_is_refused_here(server: HttpServer) -> None:
    server.script(_speak)
    async with _polly(server) as polly:
        assert await _heard(polly, "x" * MOST_CHARACTERS) == SOUND
        with pytest.raises(Refused, match="3001"):
            await _heard(polly, "x" * (MOST_CHARACTERS + 1))


async def test_a_cached_phrase_is_made_once(server: HttpServer) -> None:
    server.script(_speak, _speak)
    async with _polly(server) as polly:
        assert await _heard(polly, cached=True) == SOUND
        assert await _heard(polly, cached=True) == SOUND
        assert len(server.exchanges) == 1
        async with asyncio.timeout(PATIENCE_S):
            other = [chunk async for chunk in polly.speak("Hello.", Voice("Joanna"), cached=True)]
        assert b"".join(other) == SOUND

    assert len(server.exchanges) == 2


async def test_a_phrase_not_marked_is_made_every_time(server: HttpServer) -> None:
    server.script(_speak, _speak)
    async with _polly(server) as polly:
        await _heard(polly)
        await _heard(polly)

    assert len(server.exchanges) == 2


async def test_a_phrase_asked_for_twice_at_once_is_made_once_and_heard_by_both(server: HttpServer) -> None:
    first_heard = asyncio.Event()

    async def slowly(exchange: Exchange) -> None:
        await exchange.begin("audio/mulaw")
        await exchange.chunk(SOUND[:1000])
        await first_heard.wait()
        await exchange.chunk(SOUND[1000:])
        await exchange.end()

    server.script(slowly)
    async with _polly(server) as polly:
        leaver = polly.speak("Hello.", VOICE, cached=True)
        async with asyncio.timeout(PATIENCE_S), aclosing(leaver):
            beginning = await anext(leaver)
        async with asyncio.TaskGroup() as tasks:
            late = [tasks.create_task(_heard(polly, cached=True)) for _ in range(2)]
            first_heard.set()

    assert SOUND.startswith(beginning)
    assert [task.result() for task in late] == [SOUND, SOUND]
    assert len(server.exchanges) == 1


async def test_a_phrase_that_failed_is_made_again(server: HttpServer) -> None:
    server.script(_error("ServiceFailureException", 500), _speak)
    async with _polly(server) as polly:
        with pytest.raises(Unavailable):
            await _heard(polly, cached=True)
        assert await _heard(polly, cached=True) == SOUND


async def test_the_phrases_used_longest_ago_make_room(server: HttpServer) -> None:
    server.script(*[_speak] * 4)
    async with _polly(server, cache_bytes=2 * len(SOUND)) as polly:
        for text in ("one", "two", "one", "three", "one", "two"):
            await _heard(polly, text, cached=True)

    asked = [json.loads(exchange.body)["Text"] for exchange in server.exchanges]
    assert asked == ["one", "two", "three", "two"]


async def test_closing_while_a_phrase_is_made_ends_it(server: HttpServer) -> None:
    server.script(_stall_half_way)
    async with _polly(server) as polly:
        leaver = polly.speak("Hello.", VOICE, cached=True)
        async with asyncio.timeout(PATIENCE_S), aclosing(leaver):
            await anext(leaver)

    await server.changes.until(lambda: server.hung_up == 1)


async def test_four_fifths_of_the_burst_pass_and_the_rest_is_refused_here(server: HttpServer) -> None:
    server.script(*[_speak] * 8)
    async with _polly(server, per_second=0.001, burst=10) as polly:
        for _ in range(8):
            await _heard(polly)
        with pytest.raises(Throttled, match="quota"):
            await _heard(polly)

    assert len(server.exchanges) == 8


async def test_when_the_burst_is_over_requests_wait_for_their_turn(server: HttpServer) -> None:
    server.script(_speak, _speak)
    clock = asyncio.get_running_loop().time
    async with _polly(server, per_second=12.5, burst=1) as polly:
        began = clock()
        await _heard(polly)
        await _heard(polly)

    assert clock() - began >= 0.099
