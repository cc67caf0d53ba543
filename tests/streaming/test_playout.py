"""The agent's voice on its way out: order, whole frames, marks, and silence at once."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.core.events import SegmentFailed, SegmentPlayed, SegmentSent, SegmentStarted
from shared.wire import mulaw, twilio_media, twilio_media_carrier
from shared.wire.twilio_media import SendClear, SendMark, SendMedia
from streaming.playout import MAX_SEGMENT_BYTES, MESSAGE_BYTES, Playout

type Told = SegmentStarted | SegmentSent | SegmentPlayed | SegmentFailed


class Line:
    """Reads what is written as the carrier does."""

    stream_sid = "MZ1"

    def __init__(self) -> None:
        self.commands: list[SendMedia | SendMark | SendClear] = []

    def write(self, text: str) -> None:
        self.commands.append(twilio_media_carrier.decode(text, self.stream_sid))

    def clear(self) -> None:
        self.write(twilio_media.clear(self.stream_sid))

    @property
    def script(self) -> list[str | int]:
        """Sound as its length, marks by name, and "clear"."""
        return [
            len(c.media.payload) if isinstance(c, SendMedia) else c.mark.name if isinstance(c, SendMark) else "clear"
            for c in self.commands
        ]


def playout() -> tuple[Playout, Line, list[Told]]:
    line, told = Line(), list[Told]()
    return Playout(line, told.append), line, told


def test_sound_goes_out_as_it_comes_in_whole_frames_and_the_last_is_filled_with_silence() -> None:
    voice, line, _ = playout()
    voice.add(1, 1)

    voice.feed(1, 1, b"\x01" * 100)
    assert line.script == []
    voice.feed(1, 1, b"\x02" * 100)
    assert line.script == [160]
    voice.end(1, 1)

    assert line.script == [160, 160, "1:1"]
    sound = b"".join(c.media.payload for c in line.commands if isinstance(c, SendMedia))
    assert sound == b"\x01" * 100 + b"\x02" * 100 + mulaw.SILENCE * 120


def test_the_first_byte_the_whole_length_and_the_mark_are_told() -> None:
    voice, _, told = playout()
    voice.add(7, 3)
    voice.feed(7, 3, b"\x01" * 300)
    voice.feed(7, 3, b"\x01" * 300)
    voice.end(7, 3)
    assert voice.returned("7:3")

    assert told == [SegmentStarted(7, 3), SegmentSent(7, 3, 80), SegmentPlayed(7, 3)]


def test_segments_made_out_of_order_are_sent_in_order() -> None:
    voice, line, told = playout()
    voice.add(1, 1)
    voice.add(1, 2)
    voice.feed(1, 2, b"\x02" * 160)
    voice.end(1, 2)
    assert line.script == []

    voice.feed(1, 1, b"\x01" * 320)
    voice.end(1, 1)

    assert line.script == [320, "1:1", 160, "1:2"]
    assert told == [SegmentStarted(1, 1), SegmentSent(1, 1, 40), SegmentStarted(1, 2), SegmentSent(1, 2, 20)]


def test_no_message_is_big() -> None:
    voice, line, _ = playout()
    voice.add(1, 1)
    voice.feed(1, 1, b"\x01" * (2 * MESSAGE_BYTES + 160))

    assert line.script == [MESSAGE_BYTES, MESSAGE_BYTES, 160]


def test_stopping_clears_at_once_and_drops_what_comes_later() -> None:
    voice, line, told = playout()
    voice.add(1, 1)
    voice.add(1, 2)
    voice.feed(1, 1, b"\x01" * 160)
    voice.feed(1, 2, b"\x01" * 160)
    voice.stop(1)
    voice.feed(1, 1, b"\x01" * 160)
    voice.end(1, 1)
    voice.fail(1, 2, "late")

    assert line.script == [160, "clear"]
    assert told == [SegmentStarted(1, 1)]


def test_stopping_a_turn_lets_the_next_one_speak() -> None:
    voice, line, _ = playout()
    voice.add(1, 1)
    voice.add(2, 2)
    voice.feed(2, 2, b"\x01" * 160)
    voice.stop(1)

    assert line.script == [160]


def test_what_is_held_makes_no_sound_before_it_is_released() -> None:
    voice, line, told = playout()
    voice.add(1, 1, held=True)
    voice.add(1, 2)
    for number in (1, 2):
        voice.feed(1, number, b"\x01" * 160)
        voice.end(1, number)
    assert (line.script, told) == ([], [])
    voice.release(0)
    assert line.script == []

    voice.release(1)
    assert line.script == [160, "1:1", 160, "1:2"]


def test_what_is_held_and_dropped_was_never_heard_and_clears_nothing() -> None:
    voice, line, told = playout()
    voice.add(1, 1, held=True)
    voice.feed(1, 1, b"\x01" * 160)
    voice.stop(1)
    voice.release(1)
    voice.add(2, 2)
    voice.feed(2, 2, b"\x02" * 160)

    assert line.script == [160]
    assert told == [SegmentStarted(2, 2)]


def test_a_segment_that_fails_makes_way_for_the_next() -> None:
    voice, line, told = playout()
    voice.add(1, 1)
    voice.add(1, 2)
    voice.feed(1, 2, b"\x01" * 160)
    voice.fail(1, 1, "Unavailable")

    assert line.script == [160]
    assert told == [SegmentFailed(1, 1, "Unavailable"), SegmentStarted(1, 2)]


def test_a_segment_without_sound_has_failed() -> None:
    voice, line, told = playout()
    voice.add(1, 1)
    voice.end(1, 1)

    assert (line.script, told) == ([], [SegmentFailed(1, 1, "no-sound")])


def test_a_segment_without_end_fails_before_it_fills_the_memory() -> None:
    voice, _, told = playout()
    voice.add(1, 1)
    for _ in range(MAX_SEGMENT_BYTES // 8_000 + 1):
        voice.feed(1, 1, b"\x01" * 8_000)

    assert told[-1] == SegmentFailed(1, 1, "too-long")


def test_the_core_may_stop_the_turn_while_it_is_told_of_its_first_sound() -> None:
    line = Line()
    told: list[Told] = []

    def stops(event: Told) -> None:
        told.append(event)
        if isinstance(event, SegmentStarted):
            voice.stop(1)

    voice = Playout(line, stops)
    voice.add(1, 1)
    voice.feed(1, 1, b"\x01" * 160)
    voice.end(1, 1)

    assert line.script == [160, "clear"]
    assert told == [SegmentStarted(1, 1)]


def test_marks_that_are_not_ours_are_refused() -> None:
    voice, _, told = playout()

    assert [voice.returned(mark) for mark in ("", ":", "1", "1:", ":1", "a:1", "1:2:3", "-1:2", "9" * 50)] == [
        False
    ] * 9
    assert told == []


@given(st.lists(st.binary(min_size=1, max_size=1_000), min_size=1, max_size=20))
def test_however_the_sound_is_cut_all_of_it_arrives_in_whole_frames(chunks: list[bytes]) -> None:
    voice, line, _ = playout()
    voice.add(1, 1)
    for chunk in chunks:
        voice.feed(1, 1, chunk)
    voice.end(1, 1)

    payloads = [c.media.payload for c in line.commands if isinstance(c, SendMedia)]
    sound = b"".join(chunks)
    padding = -len(sound) % mulaw.FRAME_BYTES
    assert b"".join(payloads) == sound + mulaw.SILENCE * padding
    assert all(len(payload) % mulaw.FRAME_BYTES == 0 and len(payload) <= MESSAGE_BYTES for payload in payloads)


_SEGMENTS = st.tuples(st.integers(1, 3), st.integers(1, 3))
_STEP = st.one_of(
    st.tuples(st.just("add"), _SEGMENTS),
    st.tuples(st.just("feed"), _SEGMENTS),
    st.tuples(st.just("end"), _SEGMENTS),
    st.tuples(st.just("fail"), _SEGMENTS),
    st.tuples(st.just("stop"), _SEGMENTS),
)


@given(st.lists(_STEP, max_size=40))
def test_no_order_of_events_breaks_it_or_speaks_a_stopped_turn(steps: list[tuple[str, tuple[int, int]]]) -> None:
    voice, line, told = playout()
    added = set[tuple[int, int]]()
    stopped = 0
    for step, (turn, number) in steps:
        before = len(told)
        match step:
            case "add" if turn > stopped and (turn, number) not in added:
                added.add((turn, number))
                voice.add(turn, number)
            case "feed":
                voice.feed(turn, number, b"\x01" * 200)
            case "end":
                voice.end(turn, number)
            case "fail":
                voice.fail(turn, number, "why")
            case "stop":
                stopped = max(stopped, turn)
                voice.stop(turn)
            case _:
                pass
        assert all(event.turn > stopped or step == "stop" for event in told[before:])
    assert msgspec.json.encode(line.script)
