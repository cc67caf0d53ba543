"""People and machines who are called: what each does when its telephone rings.

What they say is a text for the carrier's own voice, or a sound file; a caller's machine detection hears nothing else,
so a greeting has to be as long as such greetings are.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field

from local.carrier.handset import Answer
from local.carrier.phones.script import (
    AwaitKey,
    Beep,
    HangUp,
    Keep,
    Listen,
    Play,
    Press,
    Say,
    Script,
    Step,
    Wait,
)

type _Ms = Annotated[int, Field(ge=0, le=600_000)]
type _Spoken = Annotated[Say | Play, Field(discriminator="do")]
type _Steps = Annotated[tuple[Step, ...], Field(max_length=200)]

FAX_HZ = 2100
"""The tone of a fax machine that answers (ITU-T T.30, CED)."""


class _Callee(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ring_ms: _Ms = 1000
    """How long it rings before anything happens."""


class Human(_Callee):
    """Says hello, hears the agent out, then does these steps."""

    like: Literal["human"] = "human"
    hello: _Spoken = Say(text="Hello?")
    then: _Steps = ()


class Silent(_Callee):
    """Somebody, or something, picks up and says nothing at all."""

    like: Literal["silent"] = "silent"


class HangsUp(_Callee):
    """Picks up, and hangs up again at once."""

    like: Literal["hangs up"] = "hangs up"
    after_ms: _Ms = 200


class OptsOut(_Callee):
    """A person who does not want to be called again, and says so, or presses the key for it."""

    like: Literal["opts out"] = "opts out"
    hello: _Spoken = Say(text="Hello?")
    says: _Spoken = Say(text="Please take me off your list and do not call me again.")
    key: Annotated[str, Field(pattern=r"^[0-9*#]?$")] = ""
    """Pressed in place of saying it, while the agent speaks."""


class Voicemail(_Callee):
    """A mailbox: its greeting, a beep, and what it is told then, which it keeps."""

    like: Literal["voicemail"] = "voicemail"
    greeting: _Spoken = Say(
        text="Hello, you have reached my mailbox. I cannot come to the phone right now. "
        "Please leave your name and number after the tone, and I will call you back."
    )
    beep: bool = True
    quiet_ms: _Ms = 5000
    """After so much silence it takes the message to be over, and hangs up."""


class Screening(_Callee):
    """A telephone that asks who calls, and why, before it rings; then its owner picks up, or it hangs up."""

    like: Literal["screening"] = "screening"
    question: _Spoken = Say(
        text="Hi, if you record your name and reason for calling, I will see if this person is available."
    )
    connects: bool = True
    thinks_ms: _Ms = 3000
    """How long its owner makes up their mind."""
    hello: _Spoken = Say(text="Hello, this is me.")
    refusal: _Spoken = Say(text="This person is not available. Goodbye.")
    then: _Steps = ()


class Menu(_Callee):
    """A company's telephone system: says which key to press; with the key a person picks up, without it hangs up."""

    like: Literal["menu"] = "menu"
    menu: _Spoken = Say(text="Thank you for calling. For the front desk, press one. For billing, press two.")
    key: Annotated[str, Field(pattern=r"^[0-9*#]$")] = "1"
    hello: _Spoken = Say(text="Front desk, hello?")
    then: _Steps = ()


class Fax(_Callee):
    """A fax machine."""

    like: Literal["fax"] = "fax"


class Busy(_Callee):
    like: Literal["busy"] = "busy"


class NoAnswer(_Callee):
    like: Literal["no answer"] = "no answer"


class Unallocated(_Callee):
    """Cannot be connected: by default, because nobody has the number (SIP 404)."""

    like: Literal["unallocated"] = "unallocated"
    sip: Annotated[int, Field(ge=400, le=699)] = 404


type Callee = Annotated[
    Human | Silent | HangsUp | OptsOut | Voicemail | Screening | Menu | Fax | Busy | NoAnswer | Unallocated,
    Field(discriminator="like"),
]


def phone_of(callee: Callee) -> Script:
    """The telephone of one call to them."""
    ringing = partial(Script, ring_ms=callee.ring_ms)
    match callee:
        case Busy():
            return ringing(answer=Answer.BUSY)
        case NoAnswer():
            return ringing(answer=None)
        case Unallocated():
            return ringing(unconnected=callee.sip)
        case _:
            return ringing(*_steps(callee))


def _steps(
    callee: Human | Silent | HangsUp | OptsOut | Voicemail | Screening | Menu | Fax,
) -> Sequence[Step]:
    match callee:
        case Human():
            return (Wait(ms=300), callee.hello, Listen(), *callee.then)
        case Silent():
            return ()
        case HangsUp():
            return (Wait(ms=callee.after_ms), HangUp())
        case OptsOut():
            pressed: tuple[Step, ...] = (Wait(ms=2000), Press(digits=callee.key)) if callee.key else ()
            return (Wait(ms=300), callee.hello, *(pressed or (Listen(), callee.says)))
        case Voicemail():
            beep = (Wait(ms=300), Beep()) if callee.beep else ()
            return (Wait(ms=300), callee.greeting, *beep, Keep(quiet_ms=callee.quiet_ms), HangUp())
        case Screening():
            owner = (callee.hello, *callee.then) if callee.connects else (callee.refusal, HangUp())
            return (Wait(ms=300), callee.question, Listen(), Wait(ms=callee.thinks_ms), *owner)
        case Menu():
            key = AwaitKey(key=callee.key)
            return (Wait(ms=300), callee.menu, key, callee.hello, *callee.then)
        case Fax():
            return (Wait(ms=500), Beep(hz=FAX_HZ, ms=3000), Wait(ms=30_000), HangUp())
        case _:
            assert_never(callee)
