"""Recordings on disk."""

import wave
from collections.abc import Iterator
from io import BytesIO

import pytest

from local.carrier.sound import SILENT_FRAME, tone
from local.carrier.tape import Shelf, Tape
from shared.wire import mulaw


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf(limit=200_000)
    yield shelf
    shelf.close()


def frames(tape: Tape, *span: int) -> tuple[int, bytes]:
    with wave.open(BytesIO(b"".join(tape.wav(*span)))) as sound:
        return sound.getnchannels(), sound.readframes(sound.getnframes())


def test_both_voices_come_back_side_by_side(shelf: Shelf) -> None:
    tape = shelf.tape("CA1", 2)
    left, right = tone(300, 20), tone(600, 20)
    for _ in range(600):
        tape.write(left, right)
    channels, samples = frames(tape)
    assert channels == 2
    assert len(samples) == 600 * 160 * 4
    assert samples[0::4] + samples[2::4] == mulaw.decode(left)[::2] * 600 + mulaw.decode(right)[::2] * 600
    assert tape.duration_ms == 12_000


def test_a_part_can_be_taken_out(shelf: Shelf) -> None:
    tape = shelf.tape("RE1", 1)
    for number in range(10):
        tape.write(bytes([number]) * 160)
    assert frames(tape, 3, 5)[1] == mulaw.decode(b"\x03" * 160 + b"\x04" * 160)
    assert frames(tape, 9, 99)[1] == mulaw.decode(b"\x09" * 160)
    assert frames(tape, 5, 3)[1] == b""


def test_a_tape_can_be_read_while_it_is_written(shelf: Shelf) -> None:
    tape = shelf.tape("CA1", 1)
    tape.write(SILENT_FRAME)
    assert len(frames(tape)[1]) == 320
    tape.write(SILENT_FRAME)
    assert len(frames(tape)[1]) == 640


def test_a_full_shelf_drops_its_oldest_tapes(shelf: Shelf) -> None:
    tapes = [shelf.tape(f"CA{number}", 1) for number in range(4)]
    for tape in tapes:
        for _ in range(500):
            tape.write(SILENT_FRAME)
        shelf.finish(tape)
    assert [tape.path.exists() for tape in tapes] == [False, False, True, True]
    assert frames(tapes[0])[1] == b""
    assert len(frames(tapes[3])[1]) == 500 * 320


def test_a_closed_shelf_leaves_nothing_behind() -> None:
    shelf = Shelf()
    tape = shelf.tape("CA1", 1)
    tape.write(SILENT_FRAME)
    tape.flush()
    assert tape.path.exists()
    shelf.close()
    assert not tape.path.parent.exists()
