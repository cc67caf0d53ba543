"""What an agent file may hold: its fields, and what stands where it says nothing."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.core import agent as core
from shared.core.facts import FactKind

type Text = Annotated[str, Field(min_length=1, max_length=2_000)]
type Code = Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")]
"""Of a language, such as en-US."""


type Card = Literal["visa", "mastercard", "amex", "maestro", "discover", "optima", "jcb", "diners-club", "enroute"]
"""Twilio's words (`validCardTypes`)."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Voice(Part):
    name: Text = "Joanna"
    engine: Literal["standard", "neural", "generative", "long-form"] = "neural"
    cartesia: Text | None = None
    elevenlabs: Text | None = None
    rate: Annotated[float, Field(ge=0.7, le=1.2)] = 1.0
    """What every vendor can: ElevenLabs 0.7 to 1.2, Cartesia 0.6 to 1.5, Polly 0.2 to 2."""
    say_as: Annotated[dict[Text, Text], Field(max_length=200)] = {}


class Fact(Part):
    about: Text
    answer: Text


class Slot(Part):
    kind: core.SlotKind
    ask: Text
    ask_again: str = ""
    means: str = ""
    choices: dict[str, tuple[str, ...]] = {}
    options_from: str | None = None
    sure_from: Annotated[float, Field(ge=0, le=1)] | None = None
    min_digits: Annotated[int, Field(ge=1, le=30)] = 1
    max_digits: Annotated[int, Field(ge=1, le=30)] = 20
    secret: bool = False


class Problem(Part):
    say: Text
    ask_again: tuple[str, ...] = ()
    at_most: Annotated[int, Field(ge=1, le=10)] | None = None


type Sum = Annotated[str, Field(pattern=r"^\d{1,7}(\.\d{1,3})?$")]
"""In quotes, such as "120.00", so that YAML takes it for no number of its own."""


class Prompts(Part):
    """What is said before each part of a card is typed, and after a mistake."""

    card_number: Text = "Please type your card number on the keypad."
    expiry: Text = "Please type the date it expires: two digits for the month, and two for the year."
    security_code: Text = "Please type the security code of the card."
    postal_code: Text = "Please type your postal code."
    processing: Text = "Thank you. One moment, please."
    wrong_number: Text = "That is not a card number."
    wrong_kind: Text = "I'm sorry, we don't take that kind of card."
    wrong_expiry: Text = "That date will not do."
    wrong_security_code: Text = "That security code will not do."
    wrong_postal_code: Text = "That postal code will not do."
    nothing: Text = "I didn't get anything."


class Pay(Part):
    connector: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]
    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")]
    amount: Sum | None = None
    amount_from: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    amount_fact: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    at_most: Sum | None = None
    description: Annotated[str, Field(min_length=1, max_length=200)]
    ask: Text
    before: Text = (
        "I'll switch to our secure line now. Nobody listens there, and I can't hear you. "
        "Type on your keypad only; star brings you back to me."
    )
    declined: Text = "I'm sorry, that card was declined. Nothing was charged."
    stopped: Text = "All right, nothing was charged."
    again: Text = "Would you like to try once more?"
    unknown: Text = (
        "I'm sorry, I can't tell whether the payment went through. Please don't pay again: "
        "a colleague will find out and let you know."
    )
    failed: Text = "I'm sorry, cards can't be taken just now. Nothing was charged."
    already: Text = "That has been paid already, in this call."
    ask_link: Text = "Shall I text you a link instead, to pay whenever you like?"
    link_sent: Text = "I've sent the link to the number you're calling from."
    prompts: Prompts = Prompts()
    attempts: Annotated[int, Field(ge=1, le=5)] = 2
    retries: Annotated[int, Field(ge=1, le=3)] = 2
    timeout_seconds: Annotated[int, Field(ge=2, le=60)] = 8
    cards: Annotated[tuple[Card, ...], Field(min_length=1)] = ("visa", "mastercard", "amex")
    security_code: bool = True
    postal_code: bool = False
    otherwise: str = ""


class Task(Part):
    purpose: Text
    callers_say: tuple[Text, ...] = ()
    ask_for: dict[str, Slot] = {}
    confirm: Text | None = None
    declined: str = ""
    run: str = ""
    passes_on: tuple[Text, ...] = ()
    done: Text
    problems: dict[str, Problem] = {}
    result: str = ""
    ends: bool = False
    pay: Pay | None = None


class Destination(Part):
    """Exactly one of the first five."""

    number: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None
    sip: Annotated[str, Field(pattern=r"^sips?:[^\s?;@]+@[^\s?@]+$")] | None = None
    queue: Annotated[str, Field(pattern=r"^WW[0-9a-f]{32}$")] | None = None
    team: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    person: Annotated[str, Field(pattern=r"^[\w.@+-]{1,128}$")] | None = None
    label: str = ""


class Route(Part):
    purpose: Text
    callers_say: tuple[Text, ...] = ()
    say: Text
    message: Text
    to: tuple[Destination, ...] = ()
    warm: bool = True
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 20
    wait_seconds: Annotated[int, Field(ge=10, le=1800)] = 90
    hours: dict[str, str] = {}
    closed_on: tuple[date, ...] = ()
    closed: str = ""
    nobody: str = ""
    otherwise: str = ""
    first: tuple[Text, ...] = ()
    result: str = ""


class Phrases(Part):
    anything_else: Text = "Is there anything else I can help you with?"
    goodbye: Text = "Thank you for calling. Goodbye!"
    one_moment: tuple[Text, ...] = ("One moment, please.", "Let me check that for you.", "Just a second.")
    not_understood: tuple[Text, ...] = (
        "I'm sorry, I didn't get that.",
        "I'm afraid I still didn't understand. Could you say it another way?",
    )
    still_there: tuple[Text, ...] = ("Are you still there?", "I can't hear you. Are you there?")
    silent_goodbye: Text = "I can't hear anything, so I'll hang up now. Please call again. Goodbye!"
    trouble: Text = "I'm sorry, I had a problem just now. Could you say that again?"
    cut_off: Text = "I'm sorry, we were cut off for a moment."
    time_is_up: Text = "I'm sorry, I have to end our call here. Please call again if you need more. Goodbye!"
    message_taken: Text = "Thank you. Your message has been saved. Goodbye!"
    unsure: Text = "I'm sorry, I'm not sure I heard that right."
    check: Text = "I heard {value}. Is that right?"
    use_keypad: Text = "You can also type it on your keypad."
    dropped: Text = "All right, we'll leave that."
    what_to_change: Text = "All right. What should I change?"
    no_card_numbers: Text = (
        "For your safety, please don't tell me card numbers. Cards are only taken on the keypad, where nobody listens."
    )
    back: Text = "All right, I'm with you again."
    whisper: Text = "A caller from {business}: {about}."
    accept: Text = "Press 1 or say yes to take the call."
    not_needed: Text = "The caller is no longer waiting. Goodbye."
    hold: Text = "Please stay on the line. Press star if you'd rather not wait."
    verified: Text = "verified: {identity}"
    not_verified: Text = "not verified"


class Limits(Part):
    silence_seconds: Annotated[float, Field(ge=2, le=60)] = 7
    misunderstandings: Annotated[int, Field(ge=1, le=10)] = 3
    call_minutes: Annotated[float, Field(ge=0.5, le=240)] = 20


class EventFact(Part):
    kind: FactKind = FactKind.TEXT
    secret: bool = False
    optional: bool = False


class Identity(Part):
    person: Annotated[str, Field(alias="for", min_length=1, max_length=200)]
    ask: Text = "Am I speaking with {person}?"
    not_there: Text = "All right. I'll try again another time. Goodbye!"
    wrong_person: Text = "I'm sorry for the trouble. We won't ask for {person} at this number again. Goodbye!"
    hold: Text = "Thank you. I'll hold."


class Verification(Part):
    ask: Text
    ask_again: Text


class CallsBack(Part):
    ask: Text = "Nobody was free when you called us. Shall I put you through now?"
    declined: Text = "All right. What can I do for you?"


class Outbound(Part):
    facts: Annotated[dict[str, EventFact], Field(max_length=30)] = {}
    introduction: Text
    opt_out: Text = 'If you don\'t want these calls, say "stop calling" or press 9 at any time.'
    opt_out_key: Annotated[str, Field(pattern=r"^[0-9]$")] = "9"
    opted_out: Text = "All right. We won't call you again. Goodbye!"
    identity: Identity | None = None
    verify: dict[str, Verification] = {}
    unverified: str = ""
    disclosure: str = ""
    opening: str = ""
    begins_with: str = ""
    voicemail: str = ""
    screening: str = ""
    calls_back: CallsBack | None = None
    results: tuple[Text, ...] = ()


class AgentFile(Part):
    name: Text
    business: Text
    role: Text
    greeting: Text
    disclosure: str = ""
    question: Text = "How can I help you?"
    language: Code = "en-US"
    mixed_with: Annotated[tuple[Code, ...], Field(max_length=4)] = ()
    other_languages: Annotated[tuple[Text, ...], Field(max_length=4)] = ()
    timezone: Text
    voice: Voice = Voice()
    listen_for: tuple[Text, ...] = ()
    streaming: bool = True
    knowledge: tuple[Fact, ...] = ()
    tasks: dict[str, Task] = {}
    routes: Annotated[dict[str, Route], Field(min_length=1)]
    when_it_fails: Text
    phrases: Phrases = Phrases()
    outbound: Outbound | None = None
    limits: Limits = Limits()
