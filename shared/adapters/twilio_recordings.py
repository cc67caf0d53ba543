"""What Twilio keeps of a call's sound (`/2010-04-01/.../Recordings`, twilio-protocol 4.4): which there are, and pieces.

The sound is asked for in pieces, for one answer of a Lambda is bounded. A server that gives all of it nevertheless is
read on to the piece, and cut.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from shared.ports import Refused, Throttled, Unavailable

API_URL: Final = "https://api.twilio.com"
TIMEOUT_S: Final = 5.0
MOST_BYTES: Final = 200_000_000
"""Read past at most, of a server that knows no ranges: an hour of two channels, and more."""

_SKIP: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Recording:
    sid: str
    at: str
    """When it began, in UTC."""
    duration_s: int
    channels: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a recording's WAV file; `last` if no more follow."""

    content: bytes
    last: bool


class TwilioRecordings:
    """`auth_token` is the account's primary one; `url` another address than Twilio's own. Calls block.

    Every method raises ProviderError.
    """

    def __init__(self, auth_token: str, *, url: str = API_URL) -> None:
        self._auth_token = auth_token
        self._url = url.rstrip("/")
        self._opener = build_opener(ProxyHandler({}))

    def of(self, account_sid: str, call_sid: str) -> Sequence[Recording]:
        """The call's, the oldest first."""
        with self._get(account_sid, f"Calls/{call_sid}/Recordings.json") as answer:
            told = json.loads(answer.read())
        made = [_recording(one) for one in told.get("recordings", ()) if one.get("status") == "completed"]
        return sorted(made, key=lambda recording: recording.at)

    def piece(self, account_sid: str, recording_sid: str, first: int, size: int) -> Piece:
        """`size` bytes from byte `first` on, or what is left."""
        asked = {"Range": f"bytes={first}-{first + size}"}  # one more, to know whether more follow
        with self._get(account_sid, f"Recordings/{recording_sid}.wav", asked) as answer:
            left = 0 if answer.status == 206 else min(first, MOST_BYTES)
            while left and (skipped := answer.read(min(left, _SKIP))):
                left -= len(skipped)
            content = answer.read(size + 1)
        return Piece(content[:size], last=len(content) <= size)

    @contextmanager
    def _get(self, account_sid: str, path: str, headers: Mapping[str, str] | None = None) -> Iterator[HTTPResponse]:
        """The credentials do not follow a redirect to wherever the sound is kept."""
        request = Request(f"{self._url}/2010-04-01/Accounts/{account_sid}/{path}", headers=dict(headers or {}))
        credentials = b64encode(f"{account_sid}:{self._auth_token}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {credentials}")
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                yield answer
        except HTTPError as error:
            error.close()
            kind = Throttled if error.code == 429 else Unavailable if error.code >= 500 else Refused
            raise kind(f"Twilio: {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:
            raise Unavailable(f"Twilio does not answer: {type(error).__name__}") from None


def _recording(told: Mapping[str, Any]) -> Recording:
    at = parsedate_to_datetime(told.get("start_time") or told["date_created"])
    return Recording(told["sid"], at.isoformat(), int(told.get("duration") or 0), int(told.get("channels") or 1))
