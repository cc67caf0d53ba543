"""What several webhooks tell the carrier to do: open a stream, take turns, say something by its own voice, hang up."""

from dataclasses import dataclass
from urllib.parse import urlencode

from shared.core.agent import Agent
from shared.core.next_step import Apologise, TakeMessage
from shared.ports import CallRecord
from shared.usecases.stream_token import TOKEN_PARAMETER
from shared.wire.twiml import ConnectStream, Hangup, Record, Redirect, Say, Verb

type Verbs = tuple[Verb, ...]

NOT_IN_SERVICE = "This number is not in service. Goodbye."
TROUBLE = "We are sorry, we cannot take your call right now. Please try again later. Goodbye."

MESSAGE_SILENCE_S = 5
MESSAGE_MAX_S = 120

_ENGINE_SUFFIX = {"standard": "", "neural": "-Neural", "generative": "-Generative"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """The absolute public URLs that TwiML sends the carrier to."""

    next_step: str
    stream: str | None
    """None while no streaming service is deployed."""
    stream_status: str
    turn: str
    transfer: str
    """Before the name of each webhook of a transfer."""
    payment: str
    """The same of a payment."""
    hold_music: str

    def of_transfer(self, webhook: str, **about: str) -> str:
        """Where a transfer's webhook is asked, about what."""
        return f"{self.transfer}/{webhook}" + (f"?{urlencode(about)}" if about else "")

    def of_payment(self, webhook: str, **about: str) -> str:
        """Where a payment's webhook is asked, about what."""
        return f"{self.payment}/{webhook}" + (f"?{urlencode(about)}" if about else "")

    def turn_number(self, number: int, *, heard: bool = False) -> str:
        """Where the `number`-th stream or turn of a call is taken; `heard` if the caller has heard what came before."""
        return f"{self.turn}?turn={number}" + ("&heard=yes" if heard else "")


def connect(addresses: Addresses, stream_url: str, token: str) -> Verbs:
    """Open a media stream. However it ends, closed by us or broken, the next-step webhook says what follows."""
    stream = ConnectStream(
        url=stream_url,
        action=addresses.next_step,
        status_callback=addresses.stream_status,
        parameters={TOKEN_PARAMETER: token},
    )
    return (stream, Redirect(addresses.next_step))


def take_turns(addresses: Addresses, call: CallRecord | None = None) -> Verbs:
    """Go on without a stream: greet, or say what was left unsaid, and listen; a turn of its own."""
    return (Redirect(addresses.turn_number(1 + (call.streams if call else 0))),)


def take_message(addresses: Addresses, agent: Agent | None, text: str) -> Verbs:
    """Say `text` and record the caller; the verbs after `<Record>` are reached only when nothing was recorded."""
    record = Record(
        action=addresses.next_step,
        timeout=MESSAGE_SILENCE_S,
        max_length=MESSAGE_MAX_S,
        finish_on_key="#",
        play_beep=True,
    )
    return (say(agent, text), record, *farewell(agent))


def farewell(agent: Agent | None, text: str = "") -> Verbs:
    """Say `text`, or that the message is saved, and hang up."""
    words = text or (agent.phrases.message_taken if agent else "")
    return (say(agent, words), Hangup()) if words else (Hangup(),)


def say(agent: Agent | None, text: str) -> Say:
    """The carrier speaks, in the agent's voice if the carrier has it (Twilio names it `Polly.<Name>-<Engine>`).

    Names sound as the agent's file says; the pace is the voice's own.
    """
    if agent is None:
        return Say(text)
    text = agent.voice.reads(text)
    if (suffix := _ENGINE_SUFFIX.get(agent.voice.engine)) is None:
        return Say(text)
    return Say(text, voice=f"Polly.{agent.voice.name}{suffix}", language=agent.voice.language)


def way_out(agent: Agent | None, reason: str) -> TakeMessage | Apologise:
    """What is left when no stream can carry the call: a message by the agent's own plan, else an apology."""
    route = agent.route(agent.when_it_fails) if agent else None
    return TakeMessage(route.message, reason) if route else Apologise(TROUBLE, reason)
