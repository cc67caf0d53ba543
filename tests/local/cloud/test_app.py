"""The speech services over real sockets, asked by botocore and a WebSocket client, with the real engines behind."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import ProtocolError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError as SocketLost
from websockets.exceptions import InvalidStatus

from local.cloud import transcribe as streaming
from local.cloud.cloud import Cloud, Config, Engines, running
from local.cloud.lab import Fault
from shared.wire import event_stream, mulaw
from tests.local.cloud.client import (
    AUDIO,
    QUERY,
    SECOND,
    aws,
    end,
    listen,
    presigned,
    say,
    spoken,
    stream,
    transcribe,
)


async def sentence(cloud: Cloud, text: str, voice: str = "Joanna") -> bytes:
    return mulaw.decode(await spoken(cloud.speech, text, voice))


def plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha() or letter == " ")


async def test_s1_what_polly_says_transcribe_understands(cloud: Cloud) -> None:
    said = "I would like to book an appointment for Tuesday morning."
    heard = await transcribe(cloud.speech, await sentence(cloud, said))
    assert plain(heard.text) == plain(said)
    assert heard.partials
    assert {result["ResultId"] for result in heard.partials} <= {result["ResultId"] for result in heard.finals}


async def test_t13_several_streams_at_once_keep_to_themselves(cloud: Cloud) -> None:
    said = {"Joanna": "Could you tell me your opening hours?", "Matthew": "I need to cancel my appointment."}
    sounds = await asyncio.gather(*(sentence(cloud, text, voice) for voice, text in said.items()))
    heard = await asyncio.gather(*(transcribe(cloud.speech, sound) for sound in (*sounds, *sounds)))
    assert [plain(each.text) for each in heard] == [plain(text) for text in said.values()] * 2


async def test_silence_is_no_words(cloud: Cloud) -> None:
    assert (await transcribe(cloud.speech, bytes(3 * SECOND))).results == []


async def test_a_vocabulary_made_by_the_control_plane_helps_a_stream(cloud: Cloud) -> None:
    control = aws("transcribe", cloud.speech)
    await asyncio.to_thread(
        control.create_vocabulary, VocabularyName="clinic", LanguageCode="en-US", Phrases=["Doctor-Okonkwo"]
    )
    described = await asyncio.to_thread(control.get_vocabulary, VocabularyName="clinic")
    assert described["VocabularyState"] == "READY"
    sound = await sentence(cloud, "I have an appointment with Doctor Okonkwo.")
    assert "Okonkwo" in (await transcribe(cloud.speech, sound, vocabulary_name="clinic")).text
    assert "Okonkwo" not in (await transcribe(cloud.speech, sound)).text


async def test_the_control_plane_names_its_errors(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        await asyncio.to_thread(aws("transcribe", cloud.speech).get_vocabulary, VocabularyName="none")


async def test_an_unsigned_stream_is_turned_away_at_the_door(cloud: Cloud) -> None:
    url = cloud.speech.replace("http", "ws") + "/stream-transcription-websocket?language-code=en-US"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url)
    assert refused.value.response.status_code == 403


async def test_a_wrong_signature_is_told_in_an_exception_event(cloud: Cloud) -> None:
    async with connect(presigned(cloud.speech, QUERY, secret="guess")) as socket:
        ((name, message),) = (await listen(socket)).exceptions
    assert name == "BadRequestException"
    assert "signature" in message


@pytest.mark.parametrize("service", ["polly", "transcribe"])
async def test_a_wrongly_signed_request_is_forbidden(cloud: Cloud, service: str) -> None:
    client = aws(service, cloud.speech, secret="guess")
    call = client.describe_voices if service == "polly" else client.list_vocabularies
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(call)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


async def exception_after(cloud: Cloud, message: bytes | str | None, **query: str) -> str:
    async with stream(cloud.speech, **query) as socket:
        if message is not None:
            await socket.send(message)
        ((name, _),) = (await listen(socket)).exceptions
    return name


@pytest.mark.parametrize(
    "message",
    [
        b"not an event stream, and long enough to be looked at",
        "text",
        event_stream.encode(AUDIO, b"odd"),
        event_stream.encode(AUDIO, bytes(SECOND + 2)),
        event_stream.encode(AUDIO | {":event-type": "ConfigurationEvent"}, b"{}"),
        event_stream.encode(AUDIO, bytes(320))[:-1] + b"\0",
    ],
    ids=["garbage", "text", "half a sample", "more than a second", "another event", "a wrong checksum"],
)
async def test_a_message_that_is_no_audio_ends_the_stream(cloud: Cloud, message: bytes | str) -> None:
    assert await exception_after(cloud, message) == "BadRequestException"


async def test_a_query_that_makes_no_sense_is_answered_by_a_bad_request(cloud: Cloud) -> None:
    assert await exception_after(cloud, None, sample_rate="44") == "BadRequestException"


async def test_a_stream_without_audio_is_closed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_SILENT_CLIENT_S", 0.1)
    async with stream(cloud.speech) as socket:
        ((name, message),) = (await listen(socket)).exceptions
    assert name == "BadRequestException"
    assert "15 seconds" in message


async def test_streams_beyond_the_limit_are_refused_and_a_place_becomes_free_again(loaded: Engines) -> None:
    async with running(Config(most_streams=1), loaded) as cloud:
        async with stream(cloud.speech) as first:
            await say(first, bytes(320))
            assert await exception_after(cloud, None) == "LimitExceededException"
            await end(first)
            assert (await listen(first)).exceptions == []
        async with stream(cloud.speech) as third:
            await end(third)
            assert (await listen(third)).exceptions == []


async def open_streams(cloud: Cloud) -> int:
    async with httpx.AsyncClient() as http:
        return int((await http.get(f"{cloud.speech}/lab/stats")).json()["open_streams"])


async def test_a_client_that_vanishes_frees_its_place(loaded: Engines) -> None:
    async with running(Config(most_streams=1), loaded) as cloud:
        async with stream(cloud.speech) as socket:
            await say(socket, bytes(SECOND))
            socket.transport.abort()
        async with asyncio.timeout(10):
            while await open_streams(cloud):
                continue


async def test_s2_polly_streams_mu_law_and_says_what_it_charged(cloud: Cloud) -> None:
    def call() -> tuple[dict[str, Any], bytes]:
        answer = aws("polly", cloud.speech).synthesize_speech(
            Engine="neural", OutputFormat="mulaw", SampleRate="8000", Text="Good morning.", VoiceId="Ruth"
        )
        with answer["AudioStream"] as audio:
            return answer, audio.read()

    answer, sound = await asyncio.to_thread(call)
    assert (answer["ContentType"], answer["RequestCharacters"]) == ("audio/mulaw", 13)
    assert 0.4 < len(sound) / 8000 < 2


async def test_pcm_is_made_at_both_rates(cloud: Cloud) -> None:
    low = await spoken(cloud.speech, "Good morning.", OutputFormat="pcm", SampleRate="8000")
    high = await spoken(cloud.speech, "Good morning.", OutputFormat="pcm", SampleRate="16000")
    assert len(high) == pytest.approx(2 * len(low), rel=0.05)


async def test_ssml_pauses_and_spells(cloud: Cloud) -> None:
    document = '<speak>Your code is <say-as interpret-as="digits">42</say-as>.<break time="2s"/>Thank you.</speak>'
    sound = mulaw.decode(await spoken(cloud.speech, document, TextType="ssml"))
    heard = await transcribe(cloud.speech, sound)
    assert len(heard.finals) == 2
    assert "thank you" in plain(heard.finals[1]["Alternatives"][0]["Transcript"])


async def test_the_voices_can_be_listed(cloud: Cloud) -> None:
    client = aws("polly", cloud.speech)
    indian = await asyncio.to_thread(client.describe_voices, LanguageCode="en-IN", Engine="generative")
    assert [voice["Id"] for voice in indian["Voices"]] == ["Kajal"]


async def test_a_polly_error_has_its_aws_name(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="InvalidSsmlException"):
        await spoken(cloud.speech, "<speak>", TextType="ssml")


async def test_faults_are_asked_for_over_http(cloud: Cloud) -> None:
    async with httpx.AsyncClient(base_url=cloud.speech) as http:
        wanted = {"service": "polly", "kind": "throttle", "times": 2}
        assert (await http.post("/lab/faults", json=wanted)).status_code == 200
        assert (await http.post("/lab/faults", json={"service": "s3"})).status_code == 400
        with pytest.raises(ClientError, match="ThrottlingException"):
            await spoken(cloud.speech, "Hello.")
        assert (await http.get("/lab/faults")).json()["faults"][0]["times"] == 1
        assert (await http.delete("/lab/faults")).json() == {"faults": []}
    assert await spoken(cloud.speech, "Hello.")


async def test_polly_breaks_off_when_asked_to(cloud: Cloud) -> None:
    cloud.faults.add(Fault(service="polly", kind="reset"))
    with pytest.raises(ProtocolError):
        await spoken(cloud.speech, "One sentence. And another, that is longer than the first one was. And a third.")


async def test_polly_fails_by_the_name_asked_for(cloud: Cloud) -> None:
    cloud.faults.add(Fault(service="polly", kind="exception", error="ServiceFailureException"))
    with pytest.raises(ClientError, match="ServiceFailureException"):
        await spoken(cloud.speech, "Hello.")


async def test_a_late_or_halting_polly_still_says_everything(cloud: Cloud) -> None:
    whole = await spoken(cloud.speech, "Hello. Good morning.")
    cloud.faults.add(Fault(service="polly", kind="delay", ms=50))
    cloud.faults.add(Fault(service="polly", kind="stall", ms=50))
    assert await spoken(cloud.speech, "Hello. Good morning.") == whole
    assert await spoken(cloud.speech, "Hello. Good morning.") == whole


async def test_a_stream_breaks_without_a_goodbye_when_asked_to(cloud: Cloud) -> None:
    async with stream(cloud.speech) as socket:
        await say(socket, bytes(SECOND // 2))
        cloud.faults.add(Fault(service="transcribe", kind="reset"))
        await say(socket, bytes(320))
        with pytest.raises(SocketLost):
            await asyncio.wait_for(socket.recv(), 10)


async def test_a_running_stream_fails_by_the_name_asked_for(cloud: Cloud) -> None:
    cloud.faults.add(Fault(service="transcribe", kind="exception", error="ServiceUnavailableException"))
    assert await exception_after(cloud, event_stream.encode(AUDIO, bytes(320))) == "ServiceUnavailableException"


async def test_the_next_streams_are_refused_when_asked_to(cloud: Cloud) -> None:
    cloud.faults.add(Fault(service="transcribe", kind="throttle"))
    assert await exception_after(cloud, None) == "LimitExceededException"


async def test_a_deaf_service_hears_nothing_for_a_while(cloud: Cloud) -> None:
    sound = await sentence(cloud, "Can anybody hear me?")
    cloud.faults.add(Fault(service="transcribe", kind="deaf", ms=60_000))
    assert (await transcribe(cloud.speech, sound)).results == []


async def test_late_results_come_in_order(cloud: Cloud) -> None:
    sound = await sentence(cloud, "Can anybody hear me?")
    cloud.faults.add(Fault(service="transcribe", kind="delay", ms=200))
    cloud.faults.add(Fault(service="transcribe", kind="stall", ms=50))
    heard = await transcribe(cloud.speech, sound)
    assert [result["IsPartial"] for result in heard.results] == [True] * len(heard.partials) + [False]


async def test_the_laboratory_keeps_the_time(cloud: Cloud) -> None:
    await transcribe(cloud.speech, await sentence(cloud, "Good morning, how are you today?"))
    async with httpx.AsyncClient(base_url=cloud.speech) as http:
        stats = json.loads((await http.get("/lab/stats")).text)
    assert {"engines.load", "polly.first_byte", "transcribe.speech_end_to_final"} <= stats["ms"].keys()
    assert stats["counts"]["transcribe.streams"] == 1


async def test_an_enormous_request_is_not_taken_in(cloud: Cloud) -> None:
    async with httpx.AsyncClient(base_url=cloud.speech) as http:
        answer = await http.post("/v1/speech", content=bytes(2_000_000))
    assert answer.status_code == 403
