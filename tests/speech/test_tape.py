"""However sound comes in and connections break, what is sent is the sound in order, and what is kept is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from shared.speech.tape import BACKLOG_BYTES, CHUNK_BYTES, LARGEST_CHUNK_BYTES, REPLAY_BYTES, Tape

SAID = bytes(position // 97 % 251 for position in range(400_000))
"""Sound of which every part is unlike what is near."""

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), st.integers(1, 30_000)),
        st.tuples(st.just("send"), st.just(0)),
        st.tuples(st.just("break"), st.just(0)),
        st.tuples(st.just("final"), st.integers(0, 5_000)),
    ),
    max_size=40,
)


@given(_STEPS)
def test_each_connection_is_sent_one_stretch_of_the_sound(steps: list[tuple[str, int]]) -> None:
    tape, heard, sent = Tape(), 0, b""
    dropped = tape.dropped_bytes
    for step, value in steps:
        match step:
            case "hear":
                tape.add(SAID[heard : heard + value])
                heard = min(heard + value, len(SAID))
                tape.trim()
                if tape.dropped_bytes != dropped:  # the stretch begins anew after what was lost
                    dropped, sent = tape.dropped_bytes, b""
            case "send" if chunk := tape.next_chunk():
                assert CHUNK_BYTES <= len(chunk) <= LARGEST_CHUNK_BYTES
                sent += chunk
            case "break":
                tape.rewind()
                sent = b""
            case "final":
                tape.final_until(value)
        assert sent in SAID[:heard]
    assert len(tape._audio) <= BACKLOG_BYTES + REPLAY_BYTES + 30_000


def test_the_rest_is_sent_when_it_is_asked_for() -> None:
    tape = Tape()
    tape.add(b"\1" * 100)

    assert tape.next_chunk() == b""
    assert tape.next_chunk(least=1) == b"\1" * 100
    assert tape.next_chunk(least=1) == b""
