"""What of the agent's speech has reached the caller's ear.

Segments are spoken in order; the carrier returns a mark when one has been played. Between marks the clock tells: audio
plays from the later of its first byte's sending and the end of what was queued before it.
"""

from dataclasses import dataclass, field

from shared.core.lines import Line

CARRIER_DELAY_MS = 100
"""From our socket to the caller's ear, at least; counted as not yet heard."""


@dataclass(slots=True)
class _Segment:
    number: int
    line: Line
    starts_at: int | None = None
    audio_ms: int | None = None


@dataclass(slots=True)
class Playback:
    """The segments not yet played to their end, oldest first."""

    _segments: list[_Segment] = field(default_factory=list)
    _free_at: int = 0

    @property
    def active(self) -> bool:
        """Whether anything is being spoken or about to be."""
        return bool(self._segments)

    @property
    def audible(self) -> bool:
        """Whether some of it has already been sent."""
        return any(segment.starts_at is not None for segment in self._segments)

    @property
    def protected(self) -> bool:
        """Whether the segment now at the caller's ear must be heard to its end."""
        return bool(self._segments) and self._segments[0].line.protected

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(segment.line for segment in self._segments)

    def add(self, number: int, line: Line) -> None:
        self._segments.append(_Segment(number, line))

    def started(self, number: int, at_ms: int) -> None:
        segment = self._find(number)
        if segment is not None:
            segment.starts_at = max(at_ms, self._free_at)

    def sent(self, number: int, audio_ms: int) -> None:
        segment = self._find(number)
        if segment is not None and segment.starts_at is not None:
            segment.audio_ms = audio_ms
            self._free_at = segment.starts_at + audio_ms

    def played(self, number: int) -> list[str]:
        """The texts now heard whole: this segment's and any before it whose mark went missing."""
        if self._find(number) is None:
            return []
        texts = []
        while self._segments and self._segments[0].number <= number:
            texts.append(self._segments.pop(0).line.text)
        return texts

    def drain(self) -> list[str]:
        """Take everything as heard: the marks are overdue."""
        return self.played(self._segments[-1].number) if self._segments else []

    def silent(self) -> bool:
        """Whether some segment has had no sound yet."""
        return any(segment.starts_at is None for segment in self._segments)

    def ends_in(self, at_ms: int) -> int:
        """Ms until the last byte sent so far has been played."""
        return max(0, self._free_at - at_ms)

    def interrupt(self, at_ms: int) -> tuple[str, list[Line]]:
        """Stop: (the words heard of what was playing, the segments not heard or not to their end)."""
        heard: list[str] = []
        unheard: list[Line] = []
        for segment in self._segments:
            words = segment.line.text.split()
            count = 0
            if segment.starts_at is not None:
                total = segment.audio_ms or _estimate_ms(segment.line.text)
                elapsed = at_ms - CARRIER_DELAY_MS - segment.starts_at
                most = len(words) - (segment.audio_ms is None)  # of what is not sent to its end, the end was not heard
                count = max(0, min(most, len(words) * elapsed // max(1, total)))
            heard += words[:count]
            if count < len(words):
                unheard.append(segment.line)
        self._segments.clear()
        self._free_at = at_ms
        return " ".join(heard), unheard

    def _find(self, number: int) -> _Segment | None:
        return next((segment for segment in self._segments if segment.number == number), None)


def _estimate_ms(text: str) -> int:
    """Length of speech not yet synthesised to its end: some 65 ms a character at an ordinary pace."""
    return 65 * len(text)
