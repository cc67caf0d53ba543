"""Whole transfers, as a product makes them: out of a two-way stream, with a briefed human, and back."""

from aiohttp import web

from local.carrier.handset import Answer
from local.carrier.phones.script import HangUp, Listen, Press, Wait
from local.carrier.server import CallHandle
from tests.local.carrier.media_server import Server
from tests.local.carrier.office import CLINIC, VOICE, Telephony, stream
from tests.local.carrier.people import HUMAN, someone, voice
from tests.local.carrier.rest.conftest import client_of

NAME = "transfer-1"
MODERATED = 'startConferenceOnEnter="false" endConferenceOnExit="true" beep="false"'
CALLER_SIDE = f'<Dial action="/after"><Conference {MODERATED}>{NAME}</Conference></Dial>'


async def streaming(line: Telephony) -> CallHandle:
    """A caller who talks to the agent over a two-way stream."""

    async def converse(socket: web.WebSocketResponse) -> None:
        server = Server(socket)
        await server.begin()
        await server.until("stop")

    line.office.socket = converse
    line.office.page("/voice", f"<Connect>{stream()}</Connect><Hangup/>")
    call = await line.call(voice(20_000, hz=500))
    await call.timeline.until("stream", 5, state="started")
    return call


async def test_a_warm_transfer_the_human_accepts_by_key_and_hears_the_caller(spoken: Telephony) -> None:
    someone(spoken, Listen(quiet_ms=100, within_ms=60_000), Press(digits="1"), Wait(ms=400), voice(), Wait(ms=60_000))
    listening = f"<Start>{stream(track='both_tracks', name='assist')}</Start>"
    spoken.office.page("/after", "<Hangup/>")
    spoken.office.page(
        "/whisper", '<Gather numDigits="1" action="/accepted"><Say>A caller about billing.</Say></Gather><Hangup/>'
    )
    spoken.office.page("/accepted", f'<Dial><Conference beep="false">{NAME}</Conference></Dial>')
    caller = await streaming(spoken)
    async with client_of(spoken) as sdk:
        document = f"<Response>{listening}{CALLER_SIDE}</Response>"
        await sdk(lambda c: c.calls(caller.sid).update(twiml=document.replace('"/after"', f'"{VOICE}/after"')))
        await caller.timeline.until("conference", 5, event="participant-join")
        made = await sdk(lambda c: c.calls.create(to=HUMAN, from_=CLINIC, url=f"{VOICE}/whisper", timeout=20))
        human = spoken.carrier.handle(made.sid)
        await human.timeline.until("conference", 5, event="conference-start")
        await human.timeline.until("sound", 5, who="other", speaking=True)
        await caller.timeline.until("sound", 5, who="other", speaking=True)
        caller.hang_up()
        assert await human.ended(5) == "completed"
        assert await caller.ended(5) == "completed"
    states = [event.detail["state"] for event in caller.timeline.of("stream")]
    assert states == ["opening", "started", "stopped", "opening", "started", "stopped"]


async def test_a_caller_whose_human_does_not_come_returns_to_the_agent(line: Telephony) -> None:
    someone(line, answer=Answer.BUSY)
    caller = await streaming(line)
    async with client_of(line) as sdk:
        line.office.page("/transfer", f'<Dial action="/after">{HUMAN}</Dial>')
        line.office.page("/after", f"<Connect>{stream()}</Connect><Hangup/>")
        await sdk(lambda c: c.calls(caller.sid).update(url=f"{VOICE}/transfer"))
        assert (await line.office.until("/after")).fields["DialCallStatus"] == "busy"
        await caller.timeline.until("stream", 5, 2, state="started")
        caller.hang_up()
        assert await caller.ended(5) == "completed"


async def test_a_mailbox_that_presses_nothing_leaves_the_caller_with_the_agent(spoken: Telephony) -> None:
    someone(spoken, voice(3000), HangUp())
    spoken.office.page("/transfer", f'<Dial action="/after"><Number url="/whisper">{HUMAN}</Number></Dial>')
    spoken.office.page("/whisper", '<Gather numDigits="1" timeout="2"><Say>Press one.</Say></Gather><Hangup/>')
    spoken.office.page("/after", "<Hangup/>")
    caller = await streaming(spoken)
    async with client_of(spoken) as sdk:
        await sdk(lambda c: c.calls(caller.sid).update(url=f"{VOICE}/transfer"))
        after = await spoken.office.until("/after")
    assert after.fields["DialBridged"] == "false"
    assert not caller.timeline.of("sound", who="other")
    assert await caller.ended(5) == "completed"
