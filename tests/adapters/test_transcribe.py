"""Transcribe on its bad days: nothing is lost that can be kept, and what is lost is named."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.exceptions import CredentialRetrievalError

from shared.adapters.transcribe import Transcribe
from shared.ports import ProviderError, Recognition, Refused, Throttled, Transcript, Unavailable, Word
from shared.speech.ear import Patience
from shared.speech.tape import BACKLOG_BYTES, LARGEST_CHUNK_BYTES, REPLAY_BYTES
from shared.wire import event_stream, mulaw, transcribe_messages
from shared.wire.transcribe_messages import Result
from tests.adapters.speech_to_text_vendors import EAGER
from tests.adapters.transcribe_server import CREDENTIALS, REGION, TranscribeServer, final, partial
from tests.fakes import PATIENCE_S


def _adapter(server: TranscribeServer, **values: Any) -> Transcribe:
    return Transcribe(region=REGION, credentials=CREDENTIALS, endpoint=server.endpoint, **{"patience": EAGER, **values})


@pytest.fixture
async def server() -> AsyncIterator[TranscribeServer]:
    async with TranscribeServer().running() as server:
        yield server


@asynccontextmanager
async def _listening(server: TranscribeServer, **values: Any) -> AsyncIterator[Recognition]:
    async with _adapter(server, **values).listen(language="en-US") as stream:
        yield stream


async def _next(results: AsyncIterator[Transcript]) -> Transcript:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(results)


def _seconds(first: int, last: int) -> bytes:
    """Audio whose every second is one code, so that it can be told apart."""
    return b"".join(bytes([second]) * 8000 for second in range(first, last))


async def test_what_is_asked_of_the_vendor(server: TranscribeServer) -> None:
    async with _listening(server):
        query = (await server.connection()).query

    assert {name: value for name, value in query.items() if not name.startswith("X-Amz-")} == {
        "language-code": "en-US",
        "media-encoding": "pcm",
        "sample-rate": "8000",
        "enable-partial-results-stabilization": "true",
        "partial-results-stability": "high",
    }
    assert query["X-Amz-Expires"] == "300"
    assert query["X-Amz-Security-Token"] == "a-session-token"


async def test_s9_languages_that_callers_mix_are_identified_as_they_come(server: TranscribeServer) -> None:
    asked = _adapter(server).listen(language="hi-IN", mixed_with=("en-IN",), vocabulary="clinic")
    async with asked:
        query = (await server.connection()).query

    assert {name: value for name, value in query.items() if not name.startswith("X-Amz-")} == {
        "identify-multiple-languages": "true",
        "language-options": "hi-IN,en-IN",
        "vocabulary-names": "clinic",
        "media-encoding": "pcm",
        "sample-rate": "8000",
        "enable-partial-results-stabilization": "true",
        "partial-results-stability": "high",
    }


async def test_a_wrong_secret_is_refused_at_once(server: TranscribeServer) -> None:
    other = type(CREDENTIALS)("AKIDEXAMPLE", "another-secret", "a-session-token")
    adapter = Transcribe(region=REGION, credentials=other, endpoint=server.endpoint)
    async with adapter.listen(language="en-US") as stream:
        with pytest.raises(Refused, match="HTTP 403"):
            await _next(stream.results())


async def test_audio_goes_in_chunks_of_60_to_200_ms(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        for _ in range(101):
            stream.send(bytes(160))
        connection = await server.connection()
        await connection.hears(2 * 100 * 160)
        for _ in range(6):
            stream.send(bytes(160))
        await connection.hears(2 * 106 * 160)

    assert all(2 * 480 <= size <= 2 * LARGEST_CHUNK_BYTES for size in connection.chunk_sizes)


async def test_a_long_silence_goes_in_large_chunks_and_what_is_heard_in_it_at_once(server: TranscribeServer) -> None:
    silence, voice = b"\xff" * 160, bytes(160)
    async with _listening(server) as stream:
        connection = await server.connection()
        stream.send(silence * 3)
        await connection.hears(2 * 3 * 160)
        for frame in [silence] * 170 + [voice] * 5:
            stream.send(frame)
        await connection.hears(2 * 178 * 160)

    small, large = 2 * 3 * 160, 2 * 10 * 160
    assert connection.chunk_sizes == [small] * 42 + [large] * 4 + [2 * 8 * 160, 2 * 160, small]
    assert bytes(connection.audio) == mulaw.decode(silence * 173 + voice * 5)


async def test_silence_goes_in_large_chunks_as_soon_as_what_was_said_is_understood(server: TranscribeServer) -> None:
    silence, voice = b"\xff" * 160, bytes(160)
    async with _listening(server) as stream:
        connection = await server.connection()
        stream.send(voice * 6)
        await connection.hears(2 * 6 * 160)
        await connection.say(final("r", "yes", 0, 120))
        assert (await _next(stream.results())).text == "yes"
        for frame in [silence] * 22 + [voice] * 3:
            stream.send(frame)
        await connection.hears(2 * 29 * 160)

    large = 2 * 10 * 160
    assert connection.chunk_sizes == [2 * 6 * 160, large, large, 2 * 3 * 160]


async def test_audio_that_the_network_does_not_take_is_kept_for_the_next_connection(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        stream.send(_seconds(0, 1))
        first = await server.connection()
        await first.hears(2 * 8000)
        first.stop_reading()
        for _ in range(1000):  # more than the buffers of both ends hold
            stream.send(b"\xff" * 8000)
        stream.send(_seconds(0, 10))
        first.reset()
        second = await server.connection(1)
        await second.hears(2 * BACKLOG_BYTES)

    assert bytes(second.audio) == mulaw.decode(_seconds(0, 10))


async def test_while_the_vendor_is_not_ready_the_oldest_audio_goes_first(
    server: TranscribeServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with _listening(server) as stream:
        stream.send(_seconds(0, 14))
        connection = await server.connection()
        await connection.hears(2 * BACKLOG_BYTES)

    assert bytes(connection.audio) == mulaw.decode(_seconds(4, 14))
    assert [vars(record)["dropped_ms"] for record in caplog.records if record.msg == "recognition_dropped"] == [4000]


async def test_after_a_reset_the_last_seconds_are_sent_again(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        stream.send(_seconds(0, 5))
        first = await server.connection()
        await first.hears(2 * 5 * 8000)
        first.reset()
        second = await server.connection(1)
        stream.send(_seconds(5, 6))
        await second.hears(2 * (REPLAY_BYTES + 8000))

    assert bytes(second.audio) == mulaw.decode(_seconds(2, 6))


async def test_what_was_finally_heard_is_not_sent_again(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        results = stream.results()
        stream.send(_seconds(0, 5))
        first = await server.connection()
        await first.hears(2 * 5 * 8000)
        await first.say(final("a", "yes", 3000, 4000))
        await _next(results)
        first.reset()
        second = await server.connection(1)
        await second.hears(2 * 8000)
        stream.send(_seconds(5, 6))
        await second.hears(2 * 2 * 8000)

    assert bytes(second.audio) == mulaw.decode(_seconds(4, 6))


async def test_times_go_on_counting_from_the_start_of_the_stream(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        results = stream.results()
        stream.send(_seconds(0, 5))
        first = await server.connection()
        await first.hears(2 * 5 * 8000)
        first.reset()
        second = await server.connection(1)
        await second.say(final("b", "yes", 500, 900))
        heard = await _next(results)

    assert heard.words == (Word("yes", 2500, 2900, 1.0),)


async def test_a_result_cut_off_goes_on_under_its_old_name(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        results = stream.results()
        first = await server.connection()
        await first.say(partial("a", "book", 0, 100))
        await _next(results)
        first.reset()
        second = await server.connection(1)
        await second.say(partial("x", "booking", 0, 100))
        await second.say(final("x", "booking", 0, 100))
        await second.say(partial("y", "tomorrow", 200, 300))
        heard = [await _next(results) for _ in range(3)]

    assert [(result.result_id, result.text) for result in heard] == [
        ("a", "booking"),
        ("a", "booking"),
        ("y", "tomorrow"),
    ]


@pytest.mark.parametrize("name", ["InternalFailureException", "ServiceUnavailableException", "LimitExceededException"])
async def test_a_passing_fault_is_outlived(server: TranscribeServer, name: str) -> None:
    async with _listening(server) as stream:
        await (await server.connection()).throw(name, "later")
        await (await server.connection(1)).say(final("a", "yes", 0, 100))
        assert (await _next(stream.results())).text == "yes"


async def test_an_idle_stream_is_opened_again_when_there_is_audio(server: TranscribeServer) -> None:
    idle = "Your request timed out because no new audio was received for 15 seconds."
    async with _listening(server) as stream:
        stream.send(_seconds(0, 1))
        first = await server.connection()
        await first.hears(2 * 8000)
        await first.throw("BadRequestException", idle)
        await first.close()
        stream.send(_seconds(1, 2))
        second = await server.connection(1)
        await second.hears(2 * 2 * 8000)

    assert bytes(second.audio) == mulaw.decode(_seconds(0, 2))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (("LimitExceededException", "too many"), Throttled),
        (("InternalFailureException", "oops"), Unavailable),
        (("ConflictException", "twice"), Unavailable),
    ],
)
async def test_a_lasting_fault_is_raised_after_the_last_attempt(
    server: TranscribeServer, fault: tuple[str, str], expected: type[ProviderError]
) -> None:
    async with _listening(server, patience=Patience(attempts=3, backoff_s=0)) as stream:
        for attempt in range(3):
            await (await server.connection(attempt)).throw(*fault)
        with pytest.raises(expected, match=fault[0]):
            await _next(stream.results())

    assert len(server.connections) == 3


@pytest.mark.parametrize(("status", "expected"), [(429, Throttled), (503, Unavailable), (500, Unavailable)])
async def test_a_handshake_turned_away_is_tried_again_and_then_named(
    server: TranscribeServer, status: int, expected: type[ProviderError]
) -> None:
    server.turn_away(status, status)
    async with _listening(server, patience=Patience(attempts=2, backoff_s=0)) as stream:
        with pytest.raises(expected, match=str(status)):
            await _next(stream.results())
    assert server.turned_away == 2

    server.turn_away(status)
    async with _listening(server, patience=Patience(attempts=2, backoff_s=0)) as stream:
        await (await server.connection()).say(final("a", "yes", 0, 100))
        assert (await _next(stream.results())).text == "yes"


@pytest.mark.parametrize("name", ["BadRequestException", "AccessDeniedException", "SomethingNewException"])
async def test_what_another_try_cannot_mend_is_raised_at_once(server: TranscribeServer, name: str) -> None:
    async with _listening(server) as stream:
        await (await server.connection()).throw(name, "The specified vocabulary doesn't exist.")
        with pytest.raises(Refused):
            await _next(stream.results())

    assert len(server.connections) == 1


async def test_only_a_bad_requests_own_words_are_repeated(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        await (await server.connection()).throw("InvalidSignatureException", "the canonical request was a-secret")
        with pytest.raises(Refused) as caught:
            await _next(stream.results())

    assert "a-secret" not in str(caught.value)


_EVENT = {":message-type": "event", ":event-type": "TranscriptEvent"}


@pytest.mark.parametrize(
    "frame",
    [
        b"\0" * 40,
        "text",
        event_stream.encode(_EVENT, b"{"),
        event_stream.encode(_EVENT, b'{"Transcript":{"Results":[{"IsPartial":7}]}}'),
        event_stream.encode(_EVENT, b"x" * 100_000),
    ],
)
async def test_something_unreadable_costs_the_connection_not_the_call(
    server: TranscribeServer, frame: bytes | str
) -> None:
    async with _listening(server) as stream:
        await (await server.connection()).send(frame)
        await (await server.connection(1)).say(final("a", "yes", 0, 100))
        assert (await _next(stream.results())).text == "yes"


async def test_results_and_events_without_words_are_passed_over(server: TranscribeServer) -> None:
    async with _listening(server) as stream:
        connection = await server.connection()
        await connection.send(event_stream.encode({**_EVENT, ":event-type": "SomethingNew"}, b"?"))
        await connection.send(transcribe_messages.results())
        await connection.send(transcribe_messages.results(Result("r", True)))
        await connection.say(final("a", "yes", 0, 100))
        assert (await _next(stream.results())).text == "yes"


async def test_a_result_that_dribbles_in_is_heard_whole(server: TranscribeServer) -> None:
    payload = b'{"Transcript":{"Results":[{"ResultId":"r","IsPartial":false,"Alternatives":[{"Transcript":"yes"}]}]}}'
    message = event_stream.encode(_EVENT, payload)
    async with _listening(server) as stream:
        connection = await server.connection()
        for at in range(0, len(message), 7):
            await connection.send(message[at : at + 7])
        assert await _next(stream.results()) == Transcript("r", "yes", True, 1)


async def test_a_vendor_that_never_answers_the_handshake_is_given_up() -> None:
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    host, port = silent.sockets[0].getsockname()[:2]
    adapter = Transcribe(
        region=REGION,
        credentials=CREDENTIALS,
        endpoint=f"ws://{host}:{port}",
        patience=Patience(connect_s=0.05, attempts=2, backoff_s=0),
    )
    async with silent, adapter.listen(language="en-US") as stream:
        with pytest.raises(Unavailable, match="TimeoutError"):
            await _next(stream.results())


async def test_a_vendor_that_is_not_there_is_named() -> None:
    adapter = Transcribe(
        region=REGION, credentials=CREDENTIALS, endpoint="ws://127.0.0.1:1", patience=Patience(attempts=2, backoff_s=0)
    )
    async with adapter.listen(language="en-US") as stream:
        with pytest.raises(Unavailable, match="could not be reached"):
            await _next(stream.results())


async def test_credentials_are_read_anew_at_every_connection(server: TranscribeServer) -> None:
    class Refreshing:
        reads = 0

        def get_frozen_credentials(self) -> Any:
            self.reads += 1
            if self.reads == 1:
                raise CredentialRetrievalError(provider="container", error_msg="a-secret")
            return CREDENTIALS.get_frozen_credentials()

    credentials = Refreshing()
    adapter = Transcribe(region=REGION, credentials=credentials, endpoint=server.endpoint, patience=EAGER)
    async with adapter.listen(language="en-US") as stream:
        (await server.connection()).reset()
        await (await server.connection(1)).say(final("a", "yes", 0, 100))
        await _next(stream.results())

    assert credentials.reads == 3


async def test_no_line_of_the_log_holds_a_credential_or_a_word(
    server: TranscribeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with _listening(server) as stream:
        first = await server.connection()
        await first.say(final("a", "tell-no-one", 0, 100))
        await _next(stream.results())
        first.reset()
        await server.connection(1)

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("shared."))
    assert "recognition_lost" in ours
    assert not any(secret in ours for secret in ("X-Amz", "secret", "tell-no-one"))


async def test_the_default_endpoint_is_the_regions_own() -> None:
    url = Transcribe(region="ap-south-1", credentials=CREDENTIALS)._presigned({"language-code": "hi-IN"})

    assert url.startswith(
        "wss://transcribestreaming.ap-south-1.amazonaws.com:8443/stream-transcription-websocket?language-code=hi-IN&"
    )
