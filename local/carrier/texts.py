"""Text messages: sent for the account with a report of what became of each, and received for its numbers.

STOP, START and HELP are obeyed as Twilio does by default: whoever says STOP to a number, or to one of a set, is sent
nothing more from there (21610), and is told so. The account is told of the word like of any other message; that
Twilio adds no field about it there is a guess.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from local.carrier.courier import Undelivered
from local.carrier.mail import Mail
from local.carrier.plant import Plant
from local.carrier.record import Webhook, new_sid
from local.carrier.text_message import HELP_WORDS, START_WORDS, STOP_WORDS, TextMessage, TextStatus
from local.carrier.timeline import Timeline
from local.carrier.twiml import BadTwiml, Rule, anything, read

MAX_SERVICES = 100
_KEPT = 2000
_SENT_MS, _REPORTED_MS = 100, 400

_REPLIES = {"Message": Rule({"to": anything, "from": anything}, {"Body": Rule(text=True)}, text=True)}
_UNSUBSCRIBED = (
    "You have successfully been unsubscribed. You will not receive any more messages. Reply START to resubscribe."
)
_RESUBSCRIBED = "You have successfully been re-subscribed to messages. Reply HELP for help, STOP to unsubscribe."
_HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


class OptedOut(Exception):
    """They have said STOP to this sender."""


class Fate(BaseModel):
    """What becomes of texts to somebody. `lost` ones are sent, and nothing is heard of them again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fate: Literal["delivered", "undelivered", "failed", "lost"] = "delivered"
    error_code: int | None = None
    """Why: 30003 unreachable, 30005 unknown, 30006 landline, 30007 filtered, 30034 unregistered sender..."""
    refused: int | None = None
    """With which code the order itself is refused: 21614 no mobile phone, 21408 no permission for the region..."""


class Texts:
    """All messages of the account. `begin` has something done beside everything else."""

    def __init__(
        self,
        plant: Plant,
        inbound: Callable[[str], Webhook | None],
        begin: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self.messages: OrderedDict[str, TextMessage] = OrderedDict()
        self.fates: dict[str, Fate] = {}
        """By number."""
        self.services: dict[str, list[str]] = {}
        """Sets of the account's numbers, by name (MG...)."""
        self._opted_out: set[tuple[str, str]] = set()
        self._plant = plant
        self._inbound = inbound
        self._begin = begin

    def send(
        self, sender: str, to: str, body: str, callback: Webhook | None = None, *, reply: bool = False
    ) -> TextMessage:
        """From a number, or a set of them. Raises OptedOut."""
        service = sender if sender in self.services else ""
        if not reply and (self._scope(sender), to) in self._opted_out:
            raise OptedOut
        message = self._keep(
            TextMessage(
                sid=new_sid("SM"),
                account_sid=self._plant.account_sid,
                direction="outbound-reply" if reply else "outbound-api",
                from_="" if service else sender,
                to=to,
                body=body,
                created=datetime.now(UTC),
                service_sid=service,
                callback=callback,
                status=TextStatus.ACCEPTED if service else TextStatus.QUEUED,
            )
        )
        self._begin(self._deliver(message))
        return message

    def receive(self, from_: str, to: str, body: str) -> TextMessage:
        """Somebody texts one of the account's numbers."""
        scope = self._scope(to)
        message = self._keep(
            TextMessage(
                sid=new_sid("SM"),
                account_sid=self._plant.account_sid,
                direction="inbound",
                from_=from_,
                to=to,
                body=body,
                created=datetime.now(UTC),
                service_sid=scope if scope in self.services else "",
                status=TextStatus.RECEIVED,
            )
        )
        self._obey_word(message, scope)
        self._begin(self._tell(message))
        return message

    def _scope(self, sender: str) -> str:
        """What a STOP is said to: the number, or the set it belongs to."""
        return next((sid for sid, numbers in self.services.items() if sender in numbers), sender)

    def _obey_word(self, message: TextMessage, scope: str) -> None:
        word = message.body.strip().upper()
        key = (scope, message.from_)
        answer = ""
        if word in STOP_WORDS:
            answer = "" if key in self._opted_out else _UNSUBSCRIBED
            self._opted_out.add(key)
        elif word in START_WORDS:
            answer = _RESUBSCRIBED if key in self._opted_out else ""
            self._opted_out.discard(key)
        elif word in HELP_WORDS:
            answer = _HELPED
        if answer:
            self.send(message.to, message.from_, answer, reply=True)

    async def _deliver(self, message: TextMessage) -> None:
        fate = self.fates.get(message.to, Fate())
        await asyncio.sleep(_SENT_MS / 1000 / self._plant.pace)
        if message.service_sid:
            numbers = self.services.get(message.service_sid) or [""]
            message.from_ = numbers[0]
        if fate.fate == "failed":
            await self._become(message, TextStatus.FAILED, fate.error_code or 30008)
            return
        await self._become(message, TextStatus.SENT)
        await asyncio.sleep(_REPORTED_MS / 1000 / self._plant.pace)
        if fate.fate == "undelivered":
            await self._become(message, TextStatus.UNDELIVERED, fate.error_code or 30003)
        elif fate.fate == "delivered":
            await self._become(message, TextStatus.DELIVERED)

    async def _become(self, message: TextMessage, status: TextStatus, error_code: int | None = None) -> None:
        message.status, message.error_code, message.updated = status, error_code, datetime.now(UTC)
        if message.callback:
            fields = message.callback_fields()
            self._begin(self._mail(message).tell(message.callback, fields, "text"))

    async def _tell(self, message: TextMessage) -> None:
        """Tell the account of a message to one of its numbers, and send what it answers."""
        webhook = self._inbound(message.to)
        if webhook is None:
            return
        mail = self._mail(message)
        try:
            reply = await mail.request(webhook, message.received_fields(), "text-received")
            if not reply.body.strip():
                return
            for verb in read(reply.body, reply.content_type, _REPLIES).verbs:
                self.send(message.to, message.from_, verb.text)
        except (Undelivered, BadTwiml, OptedOut) as failed:
            mail.fault(failed.code if not isinstance(failed, OptedOut) else 21610)

    def _mail(self, message: TextMessage) -> Mail:
        loop = asyncio.get_running_loop()
        timeline = Timeline(message.sid, loop.time, self._plant.feed)
        return Mail(self._plant.courier, timeline, self._plant.troubles)

    def _keep(self, message: TextMessage) -> TextMessage:
        self.messages[message.sid] = message
        while len(self.messages) > _KEPT:
            self.messages.popitem(last=False)
        return message
