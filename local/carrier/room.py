"""People who hear each other. Pure: each one's line drives it, 20 ms at a time.

Everybody hears the sum of the others, never themselves. Lines tick one after the other, some a little late, so a voice
waits 40 ms before it is heard: nothing is lost when two ticks of one line come before one of another.
"""

from collections import deque
from collections.abc import Callable

from local.carrier.sound import SILENT_FRAME, mix

_PRIMED_FRAMES = 2
_LATE_FRAMES = 4
_MAX_FRAMES = 25


class _Delay:
    """One voice on its way to one ear."""

    __slots__ = ("_frames", "_primed")

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque(maxlen=_MAX_FRAMES)
        self._primed = False

    def put(self, frame: bytes) -> None:
        self._frames.append(frame)

    def take(self) -> bytes:
        self._primed = bool(self._frames) and (self._primed or len(self._frames) >= _PRIMED_FRAMES)
        if not self._primed:
            return SILENT_FRAME
        # What is late is made up for where nobody speaks.
        while len(self._frames) > _LATE_FRAMES and self._frames[0] == SILENT_FRAME:
            self._frames.popleft()
        return self._frames.popleft()


class Seat:
    """One line's place in a room."""

    __slots__ = ("_listeners", "_voices")

    def __init__(self) -> None:
        self._listeners: tuple[Seat, ...] = ()
        self._voices: dict[Seat, _Delay] = {}

    def exchange(self, voice: bytes) -> bytes:
        """Give 20 ms of this line's voice to whoever hears it; the same of all that this line hears."""
        for listener in self._listeners:
            listener._voices[self].put(voice)
        return mix([delay.take() for delay in self._voices.values()])

    def _hear(self, speakers: list["Seat"]) -> None:
        self._voices = {speaker: self._voices.get(speaker) or _Delay() for speaker in speakers}


type Hears = Callable[[Seat, Seat], bool]
"""Whether the first hears the second."""


class Room:
    """Seats, and who hears whom: everybody everybody else, until arranged otherwise."""

    def __init__(self) -> None:
        self._seats: list[Seat] = []
        self._hears: Hears = lambda listener, speaker: True

    def sit(self) -> Seat:
        seat = Seat()
        self._seats.append(seat)
        self._rearrange()
        return seat

    def leave(self, seat: Seat) -> None:
        self._seats.remove(seat)
        seat._listeners = ()
        seat._hear([])
        self._rearrange()

    def arrange(self, hears: Hears) -> None:
        """From now on only those hear who are to hear; asked again when somebody comes or goes."""
        self._hears = hears
        self._rearrange()

    def _rearrange(self) -> None:
        for one in self._seats:
            one._hear([other for other in self._seats if other is not one and self._hears(one, other)])
        for one in self._seats:
            one._listeners = tuple(other for other in self._seats if one in other._voices)
