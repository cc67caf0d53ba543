"""Who hears whom, and that nothing is lost between lines that tick unevenly."""

from itertools import repeat

from hypothesis import given
from hypothesis import strategies as st

from local.carrier.room import Room, Seat
from local.carrier.sound import SILENT_FRAME, mix
from shared.wire import mulaw


def frame(level: int) -> bytes:
    """20 ms of one mu-law code, which survives a mix with silence."""
    return bytes([level]) * mulaw.FRAME_BYTES


def spoken(speaker: Seat, listener: Seat, ticks: int) -> list[bytes]:
    """What the listener hears while the speaker says frames 1, 2, 3, ...; silence left out."""
    heard = []
    for number in range(1, ticks + 1):
        speaker.exchange(frame(number))
        heard.append(listener.exchange(SILENT_FRAME))
    return [each for each in heard if each != SILENT_FRAME]


def test_everybody_hears_the_others_and_never_themselves() -> None:
    room = Room()
    one, two, three = room.sit(), room.sit(), room.sit()
    for _ in range(3):
        heard = [seat.exchange(frame(level)) for seat, level in ((one, 10), (two, 20), (three, 30))]
    assert heard == [mix([frame(20), frame(30)]), mix([frame(10), frame(30)]), mix([frame(10), frame(20)])]


def test_one_voice_alone_is_heard_bit_by_bit() -> None:
    room = Room()
    assert spoken(room.sit(), room.sit(), 10) == [frame(n) for n in range(1, 10)]


def test_who_leaves_is_heard_no_more() -> None:
    room = Room()
    one, two = room.sit(), room.sit()
    spoken(one, two, 5)
    room.leave(one)
    assert spoken(one, two, 5) == []


def test_an_arrangement_says_who_hears_whom() -> None:
    room = Room()
    caller, human, coach = room.sit(), room.sit(), room.sit()
    room.arrange(lambda listener, speaker: speaker is not coach or listener is human)
    assert spoken(coach, caller, 5) == []
    assert spoken(coach, human, 5)
    assert spoken(caller, coach, 5)


@given(st.lists(st.integers(0, 3), min_size=20, max_size=60))
def test_uneven_ticks_lose_nothing_and_keep_the_order(bursts: list[int]) -> None:
    room = Room()
    speaker, listener = room.sit(), room.sit()
    said: list[bytes] = []
    heard: list[bytes] = []
    for burst in bursts:
        # A line that was late makes up for it; one that is early has to wait.
        ahead = len(said) - len(heard)
        for _ in repeat(None, min(burst, 20 - ahead)):
            said.append(frame(len(said) % 100 + 1))
            speaker.exchange(said[-1])
        sound = listener.exchange(SILENT_FRAME)
        if sound != SILENT_FRAME:
            heard.append(sound)
    assert heard == said[: len(heard)]


def test_what_is_late_is_made_up_for_in_silence() -> None:
    room = Room()
    speaker, listener = room.sit(), room.sit()
    for _ in range(20):
        speaker.exchange(SILENT_FRAME)
    listener.exchange(SILENT_FRAME)
    for level in (1, 2, 3):
        speaker.exchange(frame(level))
    heard = [listener.exchange(SILENT_FRAME) for _ in range(6)]
    assert [frame(1), frame(2), frame(3)] == [each for each in heard if each != SILENT_FRAME]
