"""The stream of <Start><Stream>: listens beside whatever the call does, and says nothing."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from local.carrier.call import Call
from local.carrier.media_socket import StreamFailed
from local.carrier.record import Webhook, new_sid
from local.carrier.stream import MediaStream, Track

MAX_TRACKS = 4
"""What may be listened to in one call at once: streams, and machine detection beside the call."""
MAX_KEPT = 100

type Wanted = Literal["inbound_track", "outbound_track", "both_tracks"]
TRACKS: Mapping[str, tuple[Track, ...]] = {
    "inbound_track": ("inbound",),
    "outbound_track": ("outbound",),
    "both_tracks": ("inbound", "outbound"),
}


class OneWayStream(MediaStream):
    """Inbound is what the phone says, outbound what it hears."""

    _task: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self, url: str) -> None:
        self._task = self.call.beside(self.run(url))

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    def listen(self) -> None:
        self.line.both_listeners.add(self._on_frames)

    def unlisten(self) -> None:
        self.line.both_listeners.discard(self._on_frames)

    def obey(self, text: str) -> None:
        """Nothing may be said to a one-way stream."""
        self.warn(31951)

    def _on_frames(self, voice: bytes, heard: bytes) -> None:
        for track in self.tracks:
            self.send_frame(track, voice if track == "inbound" else heard)


def listen(
    call: Call, url: str, *, name: str, track: str, callback: Webhook | None, parameters: Mapping[str, str]
) -> OneWayStream:
    """Begin to listen. Raises StreamFailed when the call has too many listeners, or a stream of this name."""
    tracks = TRACKS[track]
    live = [stream for stream in call.streams.values() if stream.live]
    used = sum(len(stream.tracks) for stream in live) + call.detecting
    if used + len(tracks) > MAX_TRACKS or len(call.streams) >= MAX_KEPT:
        raise StreamFailed(31960)
    if name and any(stream.name == name for stream in live):
        raise StreamFailed(31960, "a stream has this name already")
    sid = new_sid("MZ")
    stream = OneWayStream(call, sid=sid, name=name or sid, callback=callback, parameters=parameters, tracks=tracks)
    call.streams[sid] = stream
    stream.start(url)
    return stream
