"""A recording of a conversation, made while it goes on: <Dial record>, and a conference's."""

from datetime import UTC, datetime
from email.utils import format_datetime

from local.carrier.courier import Fields
from local.carrier.line import Line
from local.carrier.plant import Plant
from local.carrier.record import new_sid
from local.carrier.recordings import Recording, Source
from local.carrier.sound import mix


class Taping:
    """Takes in frames until it is finished. With two channels the first is what the line's phone says, the second what
    it hears; with one they are mixed."""

    def __init__(self, plant: Plant, *, call_sid: str, channels: int, source: Source, conference_sid: str = "") -> None:
        self._plant = plant
        self._call_sid = call_sid
        self._conference_sid = conference_sid
        self._source: Source = source
        self._started = datetime.now(UTC)
        self._tape = plant.shelf.tape(new_sid("RE"), channels)
        self._line: Line | None = None

    @property
    def sid(self) -> str:
        return self._tape.path.name

    @property
    def url(self) -> str:
        return f"{self._plant.api_url}/2010-04-01/Accounts/{self._plant.account_sid}/Recordings/{self.sid}"

    def follow(self, line: Line | None) -> None:
        """From now on the sound is this line's."""
        if self._line:
            self._line.both_listeners.discard(self._hear)
        self._line = line
        if line:
            line.both_listeners.add(self._hear)

    def finish(self) -> Recording | None:
        """Nothing more is recorded; the recording can be had from the account's. None when there is no sound."""
        self.follow(None)
        if not self._tape.frames:
            self._plant.shelf.drop(self._tape)
            return None
        recording = Recording(
            sid=self.sid,
            account_sid=self._plant.account_sid,
            call_sid=self._call_sid,
            conference_sid=self._conference_sid,
            source=self._source,
            started=self._started,
            tape=self._tape,
            first=0,
            last=self._tape.frames,
        )
        self._plant.recordings.add(recording)
        return recording

    def fields(self, recording: Recording | None) -> Fields:
        """Of a `recordingStatusCallback`: in progress while there is no recording yet."""
        return [
            ("AccountSid", self._plant.account_sid),
            *((("ConferenceSid", self._conference_sid),) if self._conference_sid else (("CallSid", self._call_sid),)),
            ("RecordingSid", self.sid),
            ("RecordingUrl", self.url),
            ("RecordingStatus", "completed" if recording else "in-progress"),
            *((("RecordingDuration", str(recording.duration_s)),) if recording else ()),
            ("RecordingChannels", str(self._tape.channels)),
            ("RecordingStartTime", format_datetime(self._started)),
            ("RecordingSource", self._source),
            ("RecordingTrack", "both"),
        ]

    def _hear(self, voice: bytes, heard: bytes) -> None:
        if self._tape.channels == 2:
            self._tape.write(voice, heard)
        else:
            self._tape.write(mix((voice, heard)))
