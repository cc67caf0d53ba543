"""The caller's sound as it comes in: in order, with its gaps filled, and what was wrong with it.

TCP keeps the order in which Twilio sends, so nothing is waited for: what is numbered lower than what has been heard is
a repeat, or too late. A gap in Twilio's timestamps is sound that its network has lost. It is filled with silence, so
that the clocks of recognition and voice activity, which count samples, stay those of the call.

Nothing is done to the sound itself: neither gain control nor noise suppression makes telephone speech better understood
(docs/decisions/0010).
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.core.events import JsonValue
from shared.wire import mulaw
from shared.wire.twilio_media import Sound

TOLERANCE_MS: Final = 30
"""Twilio's timestamps and its messages of 20 ms may be so far apart without anything being lost."""
LONGEST_FILL_MS: Final = 5_000
"""Of one gap. A longer one is counted whole, but the clocks lose what is beyond."""
BLOCK_BYTES: Final = 200 * mulaw.BYTES_PER_MS
"""Judged at once: 5 us for 200 ms of sound."""
CLIPPED_PERCENT: Final = 0.5
"""Of audible samples at the very top. Speech at its usual level has none."""

_INAUDIBLE: Final = bytes(code for code in range(256) if code & 0x70 == 0x70)
_SQUARES: Final = (np.frombuffer(mulaw.decode(bytes(range(256))), "<i2").astype(np.float64) / np.float64(32768)) ** 2
_TOP: Final = [0x00, 0x80]


class AudioIn:
    """One call's. `now_ms` is the time since the call began: no more sound is made up than time has passed."""

    __slots__ = ("_block", "_codes", "_last_chunk", "_now_ms", "_offset", "_silent", "gaps", "gaps_ms", "heard", "late")

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._last_chunk = 0
        self._offset: int | None = None  # Twilio's timestamp of the first sample
        self._block = bytearray()
        self._codes: NDArray[np.int64] = np.zeros(256, np.int64)  # of audible blocks
        self._silent = 0
        self.heard = 0
        """Bytes handed on, silence put in gaps included."""
        self.gaps = self.gaps_ms = self.late = 0

    @property
    def heard_ms(self) -> int:
        return self.heard // mulaw.BYTES_PER_MS

    def take(self, sound: Sound) -> bytes:
        """What there is to hear now; nothing of a message that comes too late or again."""
        if 0 < sound.chunk <= self._last_chunk:
            self.late += 1
            return b""
        self._last_chunk = sound.chunk
        if self._offset is None:
            self._offset = sound.timestamp
        lost_ms = sound.timestamp - self._offset - self.heard_ms
        ulaw = sound.payload if lost_ms <= TOLERANCE_MS else self._filled(lost_ms) + sound.payload
        self.heard += len(ulaw)
        self._block += sound.payload
        if len(self._block) >= BLOCK_BYTES:
            self._judge()
        return ulaw

    def _filled(self, lost_ms: int) -> bytes:
        """Silence for what was lost. Timestamps that run ahead of time are not believed."""
        fill_ms = min(lost_ms, LONGEST_FILL_MS, max(0, self._now_ms() - self.heard_ms))
        self.gaps += 1
        self.gaps_ms += lost_ms
        assert self._offset is not None
        self._offset += lost_ms - fill_ms
        return mulaw.SILENCE * mulaw.BYTES_PER_MS * fill_ms

    def _judge(self) -> None:
        block, self._block = self._block, bytearray()
        if block.translate(None, _INAUDIBLE):
            self._codes += np.bincount(np.frombuffer(block, np.uint8), minlength=256)
        else:
            self._silent += len(block)

    def summary(self, dropped_ms: int) -> dict[str, JsonValue]:
        """The call's sound in figures. `dropped_ms` is what was heard but could not be listened to in time.

        Level and clipping are of the stretches of 200 ms in which anything was audible.
        """
        audible = int(self._codes.sum())
        power = float(self._codes @ _SQUARES) / audible if audible else 0.0
        return {
            "heard_ms": self.heard_ms,
            "gaps": self.gaps,
            "gaps_ms": self.gaps_ms,
            "late": self.late,
            "dropped_ms": dropped_ms,
            "level_dbfs": round(10 * math.log10(power), 1) if power else None,
            "clipped_percent": round(100 * int(self._codes[_TOP].sum()) / audible, 2) if audible else 0.0,
            "silent_percent": round(100 * self._silent / max(1, audible + self._silent), 1),
        }

    def fault(self) -> str | None:
        """What is wrong with this line, if anything is: "dead" or "clipped"."""
        audible = int(self._codes.sum())
        if not audible:
            return "dead" if self._silent else None
        return "clipped" if 100 * int(self._codes[_TOP].sum()) > CLIPPED_PERCENT * audible else None
