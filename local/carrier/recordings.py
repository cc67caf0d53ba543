"""The Recording resource: voicemail made by <Record>, and conversations."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from local.carrier.record import API_VERSION
from local.carrier.sound import FRAME_MS
from local.carrier.tape import Shelf, Tape

MAX_RECORDINGS = 1000

type Source = Literal["RecordVerb", "DialVerb", "Conference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """From frame `first` to frame `last` of a tape (20 ms each)."""

    sid: str
    account_sid: str
    call_sid: str
    started: datetime
    tape: Tape
    first: int
    last: int
    source: Source = "RecordVerb"
    conference_sid: str = ""

    @property
    def duration_s(self) -> int:
        return round((self.last - self.first) * FRAME_MS / 1000)

    def wav(self) -> Iterator[bytes]:
        return self.tape.wav(self.first, self.last)

    @property
    def path(self) -> str:
        """Path of the resource under the API's address, without extension."""
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Recordings/{self.sid}"

    def json(self) -> dict[str, object]:
        when = format_datetime(self.started)
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "call_sid": self.call_sid,
            "conference_sid": self.conference_sid or None,
            "api_version": API_VERSION,
            "status": "completed",
            "source": self.source,
            "channels": self.tape.channels,
            "duration": str(self.duration_s),
            "start_time": when,
            "date_created": when,
            "date_updated": when,
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "encryption_details": None,
            "uri": f"{self.path}.json",
            "media_url": self.path,
            "subresource_uris": {},
        }


class Recordings:
    """The account's recordings; beyond MAX_RECORDINGS the oldest go."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._recordings: OrderedDict[str, Recording] = OrderedDict()

    def add(self, recording: Recording) -> None:
        self._recordings[recording.sid] = recording
        self._shelf.finish(recording.tape)
        if len(self._recordings) > MAX_RECORDINGS:
            self.delete(next(iter(self._recordings)))

    def get(self, sid: str) -> Recording | None:
        return self._recordings.get(sid)

    def delete(self, sid: str) -> bool:
        recording = self._recordings.pop(sid, None)
        if recording:
            self._shelf.drop(recording.tape)
        return recording is not None

    def of(self, call_sid: str | None = None) -> list[Recording]:
        """Newest first; of one call, or all."""
        return [r for r in reversed(self._recordings.values()) if call_sid in (None, r.call_sid)]
