"""The caller's sound as a recogniser is sent it: in order, bounded, and again after a broken connection."""

from typing import Final

from shared.wire import mulaw

CHUNK_BYTES: Final = 60 * mulaw.BYTES_PER_MS
"""Least audio worth a message: 20 ms chunks cost three times the CPU, 100 ms ones add up to 80 ms to every result."""

LARGEST_CHUNK_BYTES: Final = 200 * mulaw.BYTES_PER_MS
"""Most audio in a message, while catching up or in a long silence; Transcribe takes up to a second, Deepgram advises 20
to 250 ms."""

BACKLOG_BYTES: Final = 10_000 * mulaw.BYTES_PER_MS
"""Audio kept for a vendor that is not ready; older audio is dropped."""

REPLAY_BYTES: Final = 3_000 * mulaw.BYTES_PER_MS
"""Audio sent again after a reconnection, unless its final had already come."""


class Tape:
    """Addressed by the byte offset since the stream began, which is also the time: 8 bytes are a millisecond."""

    def __init__(self) -> None:
        self.dropped_bytes = 0
        self.origin = 0
        """Offset that the current connection calls 0."""
        self._audio = bytearray()
        self._start = 0  # offset of the first byte kept
        self._next = 0  # offset of the first byte not yet sent
        self._final_end = 0  # offset up to which finals have come

    def add(self, ulaw: bytes) -> None:
        self._audio += ulaw

    def has_chunk(self, least: int = CHUNK_BYTES) -> bool:
        """Whether so many bytes wait to be sent."""
        return self._start + len(self._audio) - self._next >= least

    def next_chunk(self, least: int = CHUNK_BYTES) -> bytes:
        """The oldest audio not yet sent, if there is as much of it as `least` bytes; else nothing."""
        at = self._next - self._start
        if len(self._audio) - at < least:
            return b""
        chunk = bytes(self._audio[at : at + LARGEST_CHUNK_BYTES])
        self._next += len(chunk)
        return chunk

    def trim(self) -> None:
        """Let go of what is too old to be sent, or sent again."""
        overflow = max(0, self._start + len(self._audio) - self._next - BACKLOG_BYTES)
        self._next += overflow
        self.origin += overflow
        self.dropped_bytes += overflow
        oldest = self._next if overflow else self._next - REPLAY_BYTES
        if oldest > self._start:
            del self._audio[: oldest - self._start]
            self._start = oldest

    def rewind(self) -> None:
        """A new connection: what the last one may not have understood is sent again."""
        self._next = max(self._start, self._final_end, self._next - REPLAY_BYTES)
        self.origin = self._next

    def final_until(self, end_ms: int) -> None:
        """What the connection was sent up to `end_ms` of its own time has been understood for good."""
        end = self.origin + end_ms * mulaw.BYTES_PER_MS
        self._final_end = min(max(self._final_end, end), self._next)

    def is_understood(self, but: int) -> bool:
        """Whether finals have come up to the last `but` bytes sent."""
        return 0 < self._final_end >= self._next - but
