"""<Pay>: a card is typed on the keypad, checked, and charged by a gateway. Its digits live here and nowhere else.

What the account is told: before each part, which one (`For`), and what was wrong with it if it is asked for again; the
parts so far, masked as Twilio masks them; in the end one result, to `action` (twilio-protocol 3.10).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.carrier import cards
from local.carrier.call import Call
from local.carrier.courier import Fields
from local.carrier.line import Line
from local.carrier.page import Next, Page, ask
from local.carrier.record import Webhook
from local.carrier.twiml import Element, Rule, anything, boolean, http_method, one_of, whole
from local.carrier.verbs.prompt import PROMPTS, SAY
from local.carrier.verbs.verb import Verb

NUMBER, EXPIRY, CODE, POSTAL = "payment-card-number", "expiration-date", "security-code", "postal-code"
PROCESSING = "payment-processing"
_PARTS = (NUMBER, EXPIRY, CODE, POSTAL)
_MISTAKES = {
    NUMBER: "invalid-card-number",
    EXPIRY: "invalid-date",
    CODE: "invalid-security-code",
    POSTAL: "invalid-postal-code",
}
_OWN_WORDS = {
    NUMBER: "Please enter your credit card number.",
    EXPIRY: "Please enter the expiration date.",
    CODE: "Please enter the security code.",
    POSTAL: "Please enter your postal code.",
    PROCESSING: "Please wait.",
}
"""Twilio has such prompts of its own for what a document has none for."""
_MOST_CHARGE = 1_000_000

_PROMPT = Rule(
    {
        "for": one_of(*_PARTS, PROCESSING, "bank-routing-number", "bank-account-number"),
        "errorType": anything,
        "cardType": anything,
        "attempt": anything,
    },
    children={name: prompt.rule for name, prompt in PROMPTS.items()},
    ignored=frozenset({"requireMatchingInputs"}),
)
_RULE = Rule(
    {
        "input": one_of("dtmf"),
        "action": anything,
        "method": http_method,
        "statusCallback": anything,
        "statusCallbackMethod": http_method,
        "timeout": whole(1, 600),
        "maxAttempts": whole(1, 3),
        "paymentConnector": anything,
        "paymentMethod": one_of("credit-card"),
        "chargeAmount": anything,
        "currency": anything,
        "description": anything,
        "securityCode": boolean,
        "postalCode": anything,
        "minPostalCodeLength": whole(1, 20),
        "validCardTypes": anything,
    },
    children={"Prompt": _PROMPT, "Parameter": Rule({"name": anything, "value": anything})},
    ignored=frozenset({"language", "tokenType", "bankAccountType"}),
)


class _Star(Exception):
    """The caller wants to leave."""


class _TooOften(Exception):
    """One part was wrong too often."""


@dataclass(slots=True)
class _Keys:
    """One part being typed. `finish_at` digits end it, or `#`."""

    line: Line
    finish_at: Callable[[str], int]
    digits: str = field(default="", repr=False)
    finished: bool = False
    star: bool = False
    last_ms: int = 0

    def press(self, digit: str) -> None:
        if self.finished or self.star:
            return
        self.last_ms = self.line.now_ms
        if digit == "*":
            self.star = True
        elif digit == "#":
            self.finished = True
        elif digit.isdecimal():
            self.digits += digit
            self.finished = len(self.digits) >= self.finish_at(self.digits)

    @property
    def used(self) -> bool:
        return bool(self.digits) or self.finished or self.star


@dataclass(slots=True)
class _Payment:
    """One <Pay> under way."""

    call: Call
    verb: Element
    page: Page
    status: Webhook | None
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    done: Fields = field(default_factory=list)
    """The result, once there is one."""

    @property
    def kind(self) -> str:
        return cards.kind_of(self.typed.get(NUMBER, ""))

    @property
    def asked_for(self) -> list[str]:
        """The parts that the document wants typed."""
        postal = self.verb.get("postalCode", "true")
        wanted = {NUMBER: True, EXPIRY: True, CODE: self.verb.flag("securityCode", True), POSTAL: postal == "true"}
        return [part for part, asked in wanted.items() if asked]

    async def take(self) -> None:
        """All parts, then the charge; leaves the result in `done`."""
        connector = self.verb.get("paymentConnector", "Default")
        if (code := self._wrong_settings(connector)) is not None:
            self.call.timeline.fault(code)
            self.done = [("Result", "validation-error"), ("PayErrorCode", str(code))]
            return
        try:
            for part in self.asked_for:
                await self._ask(part)
            self.done = await self._process(connector)
        except _Star:
            self.done = [("Result", "caller-interrupted-with-star")]
        except _TooOften:
            self.done = [("Result", "too-many-failed-attempts")]

    def masked(self) -> Fields:
        """The parts so far, as the account is told of them."""
        number = self.typed.get(NUMBER, "")
        shown = {
            "PaymentMethod": "credit-card",
            "PaymentCardNumber": "x" * (len(number) - 4) + number[-4:],
            "PaymentCardType": self.kind,
            "ExpirationDate": self.typed.get(EXPIRY, ""),
            "SecurityCode": "x" * len(self.typed.get(CODE, "")),
            "PaymentCardPostalCode": self.typed.get(POSTAL, ""),
        }
        return [(name, value) for name, value in shown.items() if value]

    async def _ask(self, part: str) -> None:
        mistake = ""
        for attempt in range(1, 2 + self.verb.number("maxAttempts", 1)):
            self._tell(part, mistake, attempt)
            keys = await self._type(part, mistake, attempt)
            if keys.star:
                raise _Star
            mistake = self._mistake(part, keys.digits) if keys.digits else "input-timeout"
            if not mistake:
                self.typed[part] = keys.digits
                return
        self._tell(part, mistake, attempt + 1)
        raise _TooOften

    async def _type(self, part: str, mistake: str, attempt: int) -> _Keys:
        """The prompt, which a key stops, and what is typed then or during it."""
        line, timeout_ms = self.call.line, self.verb.number("timeout", 5) * 1000
        keys = _Keys(line, self._finish_at(part))
        line.key_listeners.add(keys.press)
        try:
            async with asyncio.TaskGroup() as tasks:
                playing = tasks.create_task(self._prompt(part, mistake, attempt))
                await line.until(lambda: playing.done() or keys.used)
                playing.cancel()
            begun = line.now_ms
            await line.until(lambda: keys.finished or keys.star or line.now_ms - max(begun, keys.last_ms) >= timeout_ms)
        finally:
            line.key_listeners.discard(keys.press)
        return keys

    async def _prompt(self, part: str, mistake: str, attempt: int) -> None:
        """The document's words for it, or the carrier's own."""
        fitting = [
            prompt
            for prompt in self.verb.children
            if prompt.name == "Prompt"
            and prompt.get("for", "") == part
            and _fits(prompt, "errorType", mistake, open_=not mistake)
            and _fits(prompt, "attempt", str(attempt))
            and _fits(prompt, "cardType", self.kind)
        ]
        named = [prompt for prompt in fitting if bool(mistake) == bool(prompt.get("errorType", ""))]
        if chosen := (named or fitting)[:1]:
            for child in chosen[0].children:
                await PROMPTS[child.name].perform(self.call, child, self.page)
        else:
            await SAY.perform(self.call, Element("Say", text=_OWN_WORDS[part]), self.page)

    def _finish_at(self, part: str) -> Callable[[str], int]:
        lengths = {EXPIRY: 4, CODE: 4 if self.kind == "amex" else 3, POSTAL: self.verb.number("minPostalCodeLength", 5)}
        return cards.length_of if part == NUMBER else lambda _: lengths[part]

    def _mistake(self, part: str, digits: str) -> str:
        """What is wrong with what was typed."""
        today = datetime.now(UTC).date()
        right = {
            NUMBER: lambda: cards.is_number(digits),
            EXPIRY: lambda: cards.is_ahead(digits, today),
            CODE: lambda: len(digits) == (4 if self.kind == "amex" else 3),
            POSTAL: lambda: len(digits) >= self.verb.number("minPostalCodeLength", 1),
        }
        if not right[part]():
            return _MISTAKES[part]
        taken = self.verb.get("validCardTypes", "visa mastercard amex").split()
        return "invalid-card-type" if part == NUMBER and cards.kind_of(digits) not in taken else ""

    async def _process(self, connector: str) -> Fields:
        self._tell(PROCESSING, "", 1)
        get, gateways = self.verb.get, self.call.plant.gateways
        amount, currency = get("chargeAmount", "0"), get("currency", "usd")
        await self._prompt(PROCESSING, "", 1)
        sid, about = self.call.record.sid, get("description", "")
        verdict = await gateways.charge(connector, sid, amount, currency, about, self.kind)
        if verdict.broken:
            return [("Result", "internal-error"), *self.masked()]
        if verdict.code:
            self.call.timeline.fault(verdict.code)
            failed = [("Result", "payment-connector-error"), ("PayErrorCode", str(verdict.code))]
            return [*failed, ("PaymentError", "The card was not charged."), *self.masked()]
        return [("Result", "success"), ("PaymentConfirmationCode", verdict.name), ("ProfileId", ""), *self.masked()]

    def _tell(self, part: str, mistake: str, attempt: int) -> None:
        """The status callback. The timeline knows the part, never what was typed."""
        self.call.timeline.note("pay", part=part, mistake=mistake, attempt=attempt)
        if self.status is None:
            return
        wrong = [("ErrorType", mistake)] if mistake else []
        fields = [*self.call.record.fields(), ("For", part), ("Attempt", str(attempt)), *wrong, *self.masked()]
        self.call.notify(self.status, fields, "pay")

    def _wrong_settings(self, connector: str) -> int | None:
        """Twilio's error code for a document that asks for what cannot be."""
        if connector not in self.call.plant.gateways.connectors:
            return 64004
        try:
            amount = float(self.verb.get("chargeAmount", "0"))
        except ValueError:
            return 64003
        return None if 0 <= amount <= _MOST_CHARGE else 64003


def _fits(prompt: Element, attribute: str, value: str, *, open_: bool = False) -> bool:
    """Whether a prompt is for this: its attribute lists the value, or says nothing."""
    named = prompt.get(attribute, "").split()
    return not named if open_ else not named or value in named


async def _pay(call: Call, verb: Element, page: Page) -> Next:
    payment = _Payment(call, verb, page, page.webhook(verb, "statusCallback"))
    action = page.action_or_self(verb)
    try:
        await payment.take()
    finally:
        # Also when the call has ended: then nobody asks for a document, and the result is told all the same.
        if not payment.done:
            payment.done = [("Result", "caller-hung-up")]
            if action and call.handset.hung_up.is_set():
                call.notify(action, [*call.record.fields(), *payment.done], "action")
        call.timeline.note("pay", result=payment.done[0][1])
    return ask(action, payment.done)


PAY = Verb(_RULE, _pay)
