"""What waits to be played into the caller's ear, and the marks between its pieces. Pure: the line's clock drives it."""

from collections import deque

from local.carrier.sound import SILENT_FRAME
from shared.wire import mulaw

MAX_BYTES = 10 * 60 * 1000 * mulaw.BYTES_PER_MS
"""Twilio buffers ten minutes and throws away what comes beyond (error 31931)."""
MAX_MARKS = 10_000
"""Twilio documents no limit; this one keeps memory bounded."""


class Playout:
    """Sound in order, taken 20 ms at a time.

    A byte counts as played when the frame after its own is taken: until then it is still sounding.
    """

    __slots__ = ("_fed", "_marks", "_played", "_sound", "_taken")

    def __init__(self) -> None:
        self._sound = bytearray()
        self._marks: deque[tuple[int, str]] = deque()
        self._fed = 0
        self._taken = 0
        self._played = 0

    @property
    def idle(self) -> bool:
        """Whether everything fed has been played or cleared."""
        return self._played == self._fed

    @property
    def waiting_ms(self) -> int:
        """How much sound is still to be played."""
        return (self._fed - self._played) // mulaw.BYTES_PER_MS

    def feed(self, ulaw: bytes) -> bool:
        """Queue sound of any length. False, and nothing queued, when ten minutes would be exceeded."""
        if len(self._sound) + len(ulaw) > MAX_BYTES:
            return False
        self._sound += ulaw
        self._fed += len(ulaw)
        return True

    def mark(self, name: str) -> bool:
        """Remember this point; `due` gives the name back once all before it has been played. False when too many."""
        if len(self._marks) >= MAX_MARKS:
            return False
        self._marks.append((self._fed, name))
        return True

    def clear(self) -> list[str]:
        """Drop what has not been played; gives back every outstanding mark, oldest first."""
        self._sound.clear()
        self._fed = self._taken = self._played
        names = [name for _, name in self._marks]
        self._marks.clear()
        return names

    def take(self) -> bytes:
        """The next 20 ms, filled up with silence. What was taken before has now been played."""
        self._played = self._taken
        if not self._sound:
            return SILENT_FRAME
        frame = bytes(self._sound[: mulaw.FRAME_BYTES])
        del self._sound[: mulaw.FRAME_BYTES]
        self._taken += len(frame)
        return frame.ljust(mulaw.FRAME_BYTES, mulaw.SILENCE)

    def due(self) -> list[str]:
        """Names of the marks whose sound has been played, each once."""
        names = []
        while self._marks and self._marks[0][0] <= self._played:
            names.append(self._marks.popleft()[1])
        return names
