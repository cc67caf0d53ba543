"""Reading the form of a REST request as strictly as Twilio does, and answering with its errors."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from local.carrier import errors
from local.carrier.courier import Method
from local.carrier.record import Webhook, is_e164, is_sip

MAX_FORM_BYTES = 64 * 1024


class Refused(Exception):
    """The request is answered with this HTTP status and Twilio error code."""

    def __init__(self, code: int, status: int = 400, why: str = "") -> None:
        super().__init__(why or errors.text(code))
        self.code = code
        self.status = status

    def response(self) -> web.Response:
        return web.json_response(
            {
                "code": self.code,
                "message": str(self),
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            status=self.status,
        )


class Form:
    """Decoded fields in order; names may repeat."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return any(name == given for given, _ in self._fields)

    def names(self) -> set[str]:
        return {name for name, _ in self._fields}

    def get(self, name: str, default: str = "") -> str:
        """The last value given."""
        return next((value for given, value in reversed(self._fields) if given == name), default)

    def all(self, name: str) -> list[str]:
        return [value for given, value in self._fields if given == name]

    def number(self, name: str, missing: int, invalid: int) -> str:
        """A telephone number in E.164."""
        value = self.get(name)
        if not value:
            raise Refused(missing)
        if not is_e164(value):
            raise Refused(invalid, why=f"'{name}' is not a valid phone number")
        return value

    def address(self, name: str, missing: int, invalid: int) -> str:
        """A telephone number in E.164, or a SIP address."""
        value = self.get(name)
        return value if is_sip(value) and len(value) <= 1024 else self.number(name, missing, invalid)

    def flag(self, name: str, default: bool) -> bool:
        value = self.get(name, str(default)).lower()
        if value not in ("true", "false"):
            raise Refused(20001, why=f"'{name}' must be true or false")
        return value == "true"

    def one_of[Word: str](self, name: str, *words: Word) -> Word | None:
        """One of these words; None when it is not given."""
        value = self.get(name)
        found = next((word for word in words if word == value), None)
        if value and found is None:
            raise Refused(20001, why=f"'{name}' must be one of {', '.join(words)}")
        return found

    def whole(self, name: str, default: int, low: int, high: int, invalid: int = 20001) -> int:
        value = self.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,8}", value) or not low <= int(value) <= high:
            raise Refused(invalid, why=f"'{name}' must be a whole number from {low} to {high}")
        return int(value)

    def method(self, name: str) -> Method:
        value = self.get(name, "POST").upper()
        if value not in ("GET", "POST"):
            raise Refused(20001, why=f"'{name}' must be GET or POST")
        return "GET" if value == "GET" else "POST"

    def webhook(self, url: str, method: str, invalid: int) -> Webhook | None:
        """The URL in one field with the method in another; None when empty."""
        value = self.get(url)
        if not value:
            return None
        if not is_url(value):
            raise Refused(invalid, why=f"'{url}' is not a valid URL")
        return Webhook(value, self.method(method))


def is_url(text: str) -> bool:
    """An absolute http(s) URL whose host a certificate could name (no underscore)."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host and len(text) <= 4096


async def read_form(request: web.Request) -> Form:
    """The body's fields. Raises Refused for what is not a form of reasonable size."""
    body = bytearray()
    async for piece in request.content.iter_chunked(16_384):
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise Refused(20001, 413, "the request is too large")
    try:
        text = body.decode()
        return Form(parse_qsl(text, keep_blank_values=True, max_num_fields=1000, errors="strict"))
    except (UnicodeDecodeError, ValueError):
        raise Refused(20001, why="the request is not a form") from None


def parse_day(text: str) -> datetime | None:
    """A date or time of a list filter, UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
