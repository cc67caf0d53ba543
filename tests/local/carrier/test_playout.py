"""What waits for the caller's ear, and its marks."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from local.carrier.playout import MAX_BYTES, MAX_MARKS, Playout
from local.carrier.sound import SILENT_FRAME


def test_sound_is_played_in_order_in_frames_filled_with_silence() -> None:
    playout = Playout()
    playout.feed(b"a" * 100)
    playout.feed(b"b" * 100)
    assert playout.take() == b"a" * 100 + b"b" * 60
    assert playout.take() == b"b" * 40 + b"\xff" * 120
    assert playout.take() == SILENT_FRAME


def test_a_mark_is_due_only_after_its_last_frame_has_sounded() -> None:
    playout = Playout()
    playout.feed(b"a" * 160)
    playout.mark("end")
    assert playout.due() == []
    playout.take()
    assert playout.due() == []
    assert not playout.idle
    playout.take()
    assert playout.due() == ["end"]
    assert playout.idle


def test_clear_drops_the_sound_and_returns_the_marks_oldest_first() -> None:
    playout = Playout()
    playout.feed(b"a" * 320)
    playout.mark("one")
    playout.take()
    playout.mark("two")
    assert playout.waiting_ms == 40
    assert playout.clear() == ["one", "two"]
    assert playout.take() == SILENT_FRAME
    assert playout.due() == []
    playout.mark("three")
    assert playout.due() == ["three"]


def test_ten_minutes_fit_and_no_more() -> None:
    playout = Playout()
    assert playout.feed(b"a" * MAX_BYTES)
    assert not playout.feed(b"a")
    playout.take()
    assert playout.feed(b"a" * 160)


def test_marks_are_bounded() -> None:
    playout = Playout()
    playout.feed(b"a")
    assert all(playout.mark("m") for _ in range(MAX_MARKS))
    assert not playout.mark("one too many")


class _Machine(RuleBasedStateMachine):
    """Whatever happens, every mark comes back exactly once, in order, and never before its sound."""

    def __init__(self) -> None:
        super().__init__()
        self.playout = Playout()
        self.sent: list[str] = []
        self.back: list[str] = []
        self.fed = self.heard = 0

    @rule(size=st.integers(0, 1000))
    def feed(self, size: int) -> None:
        assert self.playout.feed(b"a" * size)
        self.fed += size

    @rule()
    def mark(self) -> None:
        name = f"{len(self.sent)}:{self.fed}"
        assert self.playout.mark(name)
        self.sent.append(name)

    @rule()
    def tick(self) -> None:
        frame = self.playout.take()
        assert len(frame) == 160
        due = self.playout.due()
        assert all(int(name.partition(":")[2]) <= self.heard for name in due)
        self.heard += frame.count(b"a")
        self.back += due

    @rule()
    def clear(self) -> None:
        self.back += self.playout.clear()
        self.heard = self.fed

    @invariant()
    def marks_come_back_in_order(self) -> None:
        assert self.back == self.sent[: len(self.back)]

    def teardown(self) -> None:
        self.back += self.playout.clear()
        assert self.back == self.sent


TestAnyOrderOfEvents = _Machine.TestCase


@given(st.lists(st.binary(max_size=500)))
def test_every_byte_fed_is_played_once(pieces: list[bytes]) -> None:
    playout = Playout()
    for piece in pieces:
        playout.feed(piece)
    whole = b"".join(pieces)
    played = b"".join(playout.take() for _ in range(len(whole) // 160 + 1))
    assert played[: len(whole)] == whole
    assert set(played[len(whole) :]) <= {0xFF}
