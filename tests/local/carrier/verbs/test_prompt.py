"""<Say>, <Play> and <Pause>."""

from aiohttp import web

from local.carrier.sound import interleave, tone, wav_header
from tests.local.carrier.office import Telephony

WAV = wav_header(1, 1600) + interleave(tone(440, 200))


async def heard_ms(line: Telephony, sid: str) -> int:
    """How long the agent's one sound was, by ear."""
    timeline = line.carrier.handle(sid).timeline
    end = await timeline.until("sound", 5, who="agent", speaking=False)
    (start,) = timeline.of("sound", who="agent", speaking=True)
    return int(str(end.detail["line_ms"])) - int(str(start.detail["line_ms"]))


async def test_a_text_is_spoken_before_the_next_verb(spoken: Telephony) -> None:
    spoken.office.page("/voice", '<Say voice="Polly.Joanna-Neural">Hello</Say><Pause length="1"/>')
    call = await spoken.call()
    assert await heard_ms(spoken, call.sid) == 200
    call.hang_up()
    assert await call.ended(5) == "completed"


async def test_a_loop_repeats_the_text(spoken: Telephony) -> None:
    spoken.office.page("/voice", '<Say loop="3">Hello</Say><Pause/>')
    call = await spoken.call()
    assert await heard_ms(spoken, call.sid) == 600
    call.hang_up()
    assert await call.ended(5) == "completed"


async def test_without_a_voice_the_call_goes_on_with_an_error(line: Telephony) -> None:
    line.office.page("/voice", "<Say>Hello</Say><Redirect>/next</Redirect>")
    line.office.page("/next", "<Hangup/>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [13520]
    assert len(line.office.at("/next")) == 1


async def test_a_text_refused_by_the_voice_or_too_long_is_skipped(spoken: Telephony) -> None:
    spoken.office.page("/voice", f"<Say>fail</Say><Say>{'x' * 3001}</Say><Say></Say><Hangup/>")
    call = await spoken.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [13520, 13521]


async def test_a_sound_file_is_fetched_and_played(line: Telephony) -> None:
    line.office.page("/hello.wav", web.Response(body=WAV, content_type="audio/wav"))
    line.office.page("/voice", "<Play>hello.wav</Play><Pause/>")
    call = await line.call()
    assert await heard_ms(line, call.sid) == 200
    call.hang_up()
    assert await call.ended(5) == "completed"


async def test_an_endless_sound_stops_when_the_caller_hangs_up(line: Telephony) -> None:
    line.office.page("/hello.wav", web.Response(body=WAV, content_type="audio/wav"))
    line.office.page("/voice", '<Play loop="0">/hello.wav</Play>')
    call = await line.call()
    await call.timeline.until("sound", 5, who="agent", speaking=True)
    call.hang_up()
    assert await call.ended(5) == "completed"


async def test_a_sound_file_that_cannot_be_played_is_skipped(line: Telephony) -> None:
    line.office.page("/missing.wav", web.Response(status=404))
    line.office.page("/noise.wav", web.Response(body=b"not a WAV file"))
    line.office.page("/voice", "<Play>/missing.wav</Play><Play>/noise.wav</Play><Play>http://[</Play>")
    call = await line.call()
    assert await call.ended(5) == "completed"
    assert [e.detail["code"] for e in call.timeline.of("error")] == [11200, 12300, 11100]
