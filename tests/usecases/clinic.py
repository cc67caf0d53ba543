"""A clinic with one agent on one line: what the tests of use cases and webhooks take for granted."""

from datetime import UTC, datetime, timedelta

from shared.core.agent import Agent, Phrases, Route, Voice
from shared.core.next_step import NextStep
from shared.ports import CallRecord, CallStore
from shared.usecases.answer_call import IncomingCall, answer_call
from shared.usecases.answers import Addresses
from shared.usecases.stream_token import hash_token
from shared.wire.twiml import ConnectStream, Verb

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)

NUMBER = "+15550100123"
CALLER = "+14155550100"
CALL_SID = "CA" + "1" * 32
OTHER_SID = "CA" + "2" * 32
ACCOUNT_SID = "AC" + "0" * 32
STREAM_SID = "MZ" + "3" * 32

STREAM_URL = "wss://stream.example.com/media"
ADDRESSES = Addresses(
    next_step="https://voice.example.com/twilio/next",
    stream=STREAM_URL,
    stream_status="https://voice.example.com/twilio/stream-status",
    turn="https://voice.example.com/twilio/turn",
    transfer="https://voice.example.com/twilio/transfer",
    payment="https://voice.example.com/twilio/payment",
    hold_music="https://voice.example.com/hold.wav",
)
LINES = {NUMBER: "front_door"}

MESSAGE = "Please leave a message after the tone."
GOODBYE = "Thank you for calling. Goodbye."

AGENT = Agent(
    name="front_door",
    business="Hillside Clinic",
    role="the front desk",
    greeting="Hello, Hillside Clinic.",
    disclosure="I am an automated assistant.",
    question="How can I help?",
    language="en-US",
    timezone="America/New_York",
    voice=Voice("Joanna"),
    phrases=Phrases(
        anything_else="Anything else?",
        goodbye="Goodbye.",
        one_moment=("One moment.",),
        not_understood=("Sorry?",),
        still_there=("Are you there?",),
        silent_goodbye="I cannot hear you. Goodbye.",
        trouble="Could you say that again?",
        cut_off="We were cut off. Please go on.",
        time_is_up="Our time is up.",
        message_taken=GOODBYE,
        dropped="Never mind.",
        unsure="Not sure.",
        check="I heard {value}, right?",
        use_keypad="Or type it.",
        what_to_change="What should I change?",
        no_card_numbers="No card numbers, please.",
        back="I'm back.",
        whisper="A caller of {business}: {about}.",
        accept="Press 1 or say yes.",
        not_needed="Not needed any more.",
        hold="Please hold. Press star to come back.",
        verified="verified: {identity}",
        not_verified="not verified",
    ),
    when_it_fails="reception",
    routes=(Route("reception", "people", ("a person",), say="I will put you through.", message=MESSAGE),),
)
AGENTS = {"front_door": AGENT}


def incoming(call_sid: str = CALL_SID, called: str = NUMBER) -> IncomingCall:
    return IncomingCall(call_sid=call_sid, account_sid=ACCOUNT_SID, caller=CALLER, called=called)


def answered(store: CallStore, call_sid: str = CALL_SID) -> str:
    """A call that has been answered; the token its stream must show."""
    verbs = answer_call(store, ADDRESSES, AGENTS, LINES, incoming(call_sid), token=f"token {call_sid}", now=NOW)
    return token_of(verbs)


def streaming(store: CallStore, call_sid: str = CALL_SID, *, then: NextStep | None = None) -> int:
    """A call whose stream has begun, and perhaps has said what follows it; the stream's number."""
    stream = store.claim_stream(call_sid, hash_token(answered(store, call_sid)), NOW)
    assert stream is not None
    if then is not None:
        assert store.set_next_step(call_sid, then, stream=stream)
    return stream


def token_of(verbs: tuple[Verb, ...]) -> str:
    """The token in TwiML that opens a stream."""
    (token,) = (verb.parameters["token"] for verb in verbs if isinstance(verb, ConnectStream))
    return token


def state(store: CallStore, call_sid: str = CALL_SID) -> CallRecord:
    call = store.get(call_sid)
    assert call is not None
    return call


def nobody(call: CallRecord, step: NextStep) -> tuple[Verb, ...]:
    """Puts callers through where none is expected to be."""
    raise AssertionError(f"{call.call_sid} is put through: {step}")
