"""Deciding by loudness alone when somebody on the line is speaking."""

from local.carrier.sound import FRAME_MS, loudness

LOUD = 16
"""Mean mu-law magnitude that counts as a voice: about -48 dBFS."""
ATTACK_FRAMES = 3
RELEASE_FRAMES = 10


class Ear:
    """Hears one voice frame by frame (20 ms of mu-law each).

    Speaking begins with the first of 3 loud frames in a row and ends after the last loud frame before 200 ms of
    quiet; the times are of those frames, not of the decision. All times are ms since the first frame.
    """

    __slots__ = ("_frames", "_loud_run", "_quiet_run", "heard_ms", "speaking", "started_ms", "stopped_ms")

    def __init__(self) -> None:
        self._frames = 0
        self._loud_run = 0
        self._quiet_run = 0
        self.speaking = False
        self.started_ms = 0
        self.stopped_ms = 0
        self.heard_ms = 0
        """How much speech was heard in all."""

    @property
    def quiet_ms(self) -> int:
        """How long it has been quiet, by the last loud frame."""
        return self._quiet_run * FRAME_MS

    def hear(self, frame: bytes) -> bool:
        """Take in one frame; True when `speaking` has changed."""
        self._frames += 1
        if loudness(frame) >= LOUD:
            self._loud_run += 1
            self._quiet_run = 0
        else:
            self._loud_run = 0
            self._quiet_run += 1
        if self.speaking:
            return self._speak_on()
        if self._loud_run < ATTACK_FRAMES:
            return False
        self.speaking = True
        self.started_ms = (self._frames - self._loud_run) * FRAME_MS
        self.heard_ms += self._loud_run * FRAME_MS
        return True

    def _speak_on(self) -> bool:
        if self._quiet_run < RELEASE_FRAMES:
            self.heard_ms += FRAME_MS
            return False
        self.speaking = False
        self.stopped_ms = (self._frames - self._quiet_run) * FRAME_MS
        return True
