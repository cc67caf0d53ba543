"""A TwiML document being obeyed, and what a verb may ask for next."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from local.carrier.courier import Fields, Method
from local.carrier.record import Status, Webhook
from local.carrier.twiml import BadTwiml, Element

type Purpose = Literal["voice", "action", "redirect", "fallback", "update", "whisper", "wait", "announcement"]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask this URL for the next document, with these fields besides the standard ones."""

    url: str
    method: Method
    purpose: Purpose
    fields: tuple[tuple[str, str], ...] = ()


def ask(webhook: Webhook | None, fields: Fields) -> Fetch | None:
    """Go on with what this `action` answers; with the next verb when there is none."""
    return Fetch(webhook.url, webhook.method, "action", tuple(fields)) if webhook else None


@dataclass(frozen=True, slots=True)
class Inline:
    """A document given through REST."""

    twiml: str


@dataclass(frozen=True, slots=True)
class End:
    """The call is over."""

    status: Status = Status.COMPLETED


@dataclass(frozen=True, slots=True)
class Leave:
    """The call leaves the queue it waits in."""


type Source = Fetch | Inline
type Next = Fetch | End | Leave | None
"""What follows a verb; None is the next verb."""


@dataclass(frozen=True, slots=True)
class Page:
    """Verbs and where they came from; `url` is None for an inline document."""

    url: str | None
    verbs: tuple[Element, ...]

    def resolve(self, url: str) -> str:
        """An absolute URL; relative ones are read against the document. Raises BadTwiml (11100)."""
        try:
            absolute = urljoin(self.url or "", url)
            complete = bool(urlsplit(absolute).netloc)
        except ValueError:
            complete = False
        if not complete:
            raise BadTwiml(11100, "a relative URL needs a fetched document")
        return absolute

    def webhook(self, verb: Element, attribute: str) -> Webhook | None:
        """The URL in an attribute such as `statusCallback`, with the method in `statusCallbackMethod`."""
        return self.webhook_with(verb, attribute, f"{attribute}Method")

    def webhook_with(self, verb: Element, attribute: str, method: str) -> Webhook | None:
        """The URL in one attribute, with the method in another."""
        url = verb.get(attribute, "")
        return Webhook(self.resolve(url), verb.method(method)) if url else None

    def action(self, verb: Element) -> Webhook | None:
        """Where `action` and `method` of a verb lead."""
        return self.webhook_with(verb, "action", "method")

    def action_or_self(self, verb: Element) -> Webhook | None:
        """`action`, which by default is this document again; None in an inline document."""
        return self.action(verb) or (Webhook(self.url, verb.method("method")) if self.url else None)
