"""Recordings on disk: written frame by frame, read back as WAV, the oldest dropped when the shelf is full."""

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from local.carrier.sound import FRAME_MS, SILENT_FRAME, interleave, wav_header
from shared.wire import mulaw

MAX_FRAMES = 4 * 3600 * 1000 // FRAME_MS
"""A call ends after four hours (Twilio's default time limit)."""
SHELF_BYTES = 512 * 1024 * 1024
_FLUSH_BYTES = 16_000
_READ_FRAMES = 250


class Tape:
    """One recording of one or two voices. Frames are 20 ms of mu-law; the n-th frame is the n-th 20 ms."""

    __slots__ = ("_pending", "_written", "channels", "frames", "path")

    def __init__(self, path: Path, channels: int) -> None:
        self.path = path
        self.channels = channels
        self.frames = 0
        self._pending = bytearray()
        self._written = 0

    @property
    def duration_ms(self) -> int:
        return self.frames * FRAME_MS

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._written

    def write(self, *voices: bytes) -> None:
        """One frame of each voice. Frames beyond four hours are not kept."""
        if self.frames >= MAX_FRAMES:
            return
        self.frames += 1
        for voice in voices:
            self._pending += voice
        if len(self._pending) >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        if not self._pending:
            return
        with self.path.open("ab") as file:
            self._written += file.write(self._pending)
        self._pending.clear()

    def wav(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """Frames `first` to `last` as a 16-bit WAV file, a piece at a time. Empty when the shelf dropped the tape."""
        self.flush()
        end = self.frames if last is None else min(last, self.frames)
        yield wav_header(self.channels, max(0, end - first) * mulaw.FRAME_BYTES)
        if end <= first or not self.path.exists():
            return
        block = mulaw.FRAME_BYTES * self.channels
        with self.path.open("rb") as file:
            file.seek(first * block)
            for at in range(first, end, _READ_FRAMES):
                yield self._samples(file.read(block * min(_READ_FRAMES, end - at)))

    def voice(self, channel: int, first: int, count: int) -> bytes:
        """So many frames of one voice as mu-law; silence where the tape has none."""
        self.flush()
        begin, end = max(0, first), min(self.frames, first + count)
        if end <= begin or not self.path.exists():
            return SILENT_FRAME * count
        size, block = mulaw.FRAME_BYTES, mulaw.FRAME_BYTES * self.channels
        with self.path.open("rb") as file:
            file.seek(begin * block)
            blocks = file.read(block * (end - begin))
        sound = b"".join(blocks[at : at + size] for at in range(channel * size, len(blocks), block))
        return (SILENT_FRAME * (begin - first) + sound).ljust(count * size, mulaw.SILENCE)

    def _samples(self, blocks: bytes) -> bytes:
        size = mulaw.FRAME_BYTES
        pieces = [blocks[at : at + size] for at in range(0, len(blocks), size)]
        return interleave(*(b"".join(pieces[channel :: self.channels]) for channel in range(self.channels)))


class Shelf:
    """The tapes of one carrier, in a directory that goes with it; holds at most SHELF_BYTES of finished tapes."""

    def __init__(self, limit: int = SHELF_BYTES) -> None:
        self._directory = TemporaryDirectory(prefix="carrier-")
        self._finished: OrderedDict[str, Tape] = OrderedDict()
        self._limit = limit

    def tape(self, name: str, channels: int) -> Tape:
        return Tape(Path(self._directory.name) / name, channels)

    def finish(self, tape: Tape) -> None:
        """Nothing more will be written; from now on the tape may be dropped for newer ones."""
        tape.flush()
        self._finished[tape.path.name] = tape
        used = sum(each.size for each in self._finished.values())
        while used > self._limit and len(self._finished) > 1:
            _, oldest = self._finished.popitem(last=False)
            used -= oldest.size
            oldest.path.unlink(missing_ok=True)

    def drop(self, tape: Tape) -> None:
        self._finished.pop(tape.path.name, None)
        tape.path.unlink(missing_ok=True)

    def close(self) -> None:
        self._directory.cleanup()
