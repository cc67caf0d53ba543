"""The carrier as an operator of the laptop sees it: Twilio's REST API for numbers, and the stand-in's own `/lab`."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

DEADLINE_S = 30

type Json = Mapping[str, Any]


class CarrierRefused(Exception):
    """The carrier would not, or did not answer."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One account at one address."""

    url: str
    account_sid: str
    auth_token: str = field(repr=False)

    def add_number(self, number: str, *, voice_url: str, fallback_url: str, status_callback: str, sms_url: str) -> None:
        """Buy a number, and say whom to ask when it is called."""
        form = {
            "PhoneNumber": number,
            "VoiceUrl": voice_url,
            "VoiceFallbackUrl": fallback_url,
            "StatusCallback": status_callback,
            "SmsUrl": sms_url,
        }
        credentials = b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        path = f"/2010-04-01/Accounts/{self.account_sid}/IncomingPhoneNumbers.json"
        self._request("POST", path, urlencode(form).encode(), {"Authorization": f"Basic {credentials}"})

    def dial(self, from_: str, to: str, steps: Sequence[Json]) -> str:
        """A phone that follows a script calls; the CallSid."""
        order = json.dumps({"from": from_, "to": to, "steps": list(steps)}).encode()
        return str(json.loads(self._request("POST", "/lab/calls", order))["call_sid"])

    def install(self, number: str, *steps: Json, ring_ms: int = 0, answer: str = "pick up") -> None:
        """A phone that follows a script answers at a number; `answer` is "pick up", "busy" or "never"."""
        order = json.dumps({"steps": list(steps), "ring_ms": ring_ms, "answer": answer}).encode()
        self._request("PUT", f"/lab/phones/{number}", order)

    def install_callee(self, number: str, callee: Json) -> None:
        """Somebody who is called answers at a number, such as {"like": "voicemail"}."""
        self._request("PUT", f"/lab/phones/{number}", json.dumps(dict(callee)).encode())

    def route(self, public: str, local: str) -> None:
        """Have a public address lead to one of this machine."""
        self._request("PUT", "/lab/routes", json.dumps({public: local}).encode())

    def legs(self, to: str) -> Sequence[Json]:
        """The calls to a number, newest first."""
        shown = json.loads(self._request("GET", "/lab/calls"))
        return [call for call in shown["calls"] if call["to"] == to]

    def call(self, call_sid: str) -> Json:
        """Status and timeline."""
        shown: Json = json.loads(self._request("GET", f"/lab/calls/{call_sid}"))
        return shown

    def calls(self) -> list[Json]:
        """All calls, newest first, without their timelines."""
        listed: list[Json] = json.loads(self._request("GET", "/lab/calls"))["calls"]
        return listed

    def texts(self) -> list[Json]:
        """Every text message so far, newest first."""
        messages: list[Json] = json.loads(self._request("GET", "/lab/texts"))["texts"]
        return messages

    def hang_up(self, call_sid: str) -> None:
        self._request("DELETE", f"/lab/calls/{call_sid}")

    def wav(self, call_sid: str) -> bytes:
        """Both sides: left the caller, right what the caller heard."""
        return self._request("GET", f"/lab/calls/{call_sid}/audio.wav")

    def tracks(self, call_sid: str) -> bytes:
        """Everybody apart: the caller, what the account played to them, and everybody else they met."""
        return self._request("GET", f"/lab/calls/{call_sid}/tracks.wav")

    def _request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        request = Request(self.url + path, body, dict(headers or {}), method=method)
        try:
            with urlopen(request, timeout=DEADLINE_S) as answer:
                content: bytes = answer.read()
        except HTTPError as error:
            raise CarrierRefused(f"{method} {path}: {error.code} {error.read(300).decode(errors='replace')}") from None
        except (URLError, OSError) as error:
            raise CarrierRefused(f"{method} {path}: {error}") from None
        return content
