from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cloud.hearing import Ears, Heard, Hearing, Manner, Turns
from local.cloud.sound import Samples, pcm16
from local.cloud.whisper import LONGEST_S, RATE, Word

type Reading = Callable[[float, int], str]
"""What is read in so many seconds of audio, with a beam so wide."""

MANNER = Manner(rate=RATE, silence_ms=320)
FRAME = 0.032


@dataclass
class FakeReader:
    """Reads what the test says, and remembers the length of what it was given."""

    reading: Reading
    read: list[tuple[float, int]] = field(default_factory=list)

    def transcribe(self, audio: Samples, phrases: Sequence[str], *, beam: int) -> list[Word]:
        seconds = len(audio) / RATE
        self.read.append((seconds, beam))
        texts = self.reading(seconds, beam).split()
        each = seconds / max(1, len(texts))
        return [Word(text, at * each, (at + 1) * each, 0.9) for at, text in enumerate(texts)]


class LoudIsSpeech:
    def judge(self, frame: Samples, state: Samples) -> tuple[float, Samples]:
        return float(np.abs(frame[64:]).mean() > 0.1), state


def words_so_far(seconds: float, beam: int) -> str:
    """Two words a second, the last of them cut short until the careful reading."""
    count = int(seconds * 2)
    words = [chr(ord("a") + number % 26) * 3 for number in range(count)]
    return " ".join(words if beam > 1 else [*words, "wo"])


def ears(reader: FakeReader) -> Ears:
    """Ears to which every reading takes no time."""
    return Ears(reader, LoudIsSpeech(), Turns(lambda: 0.0))


def hearing(reading: Reading, manner: Manner = MANNER) -> tuple[Hearing, FakeReader]:
    reader = FakeReader(reading)
    return Hearing(ears(reader), manner), reader


def speech(seconds: float) -> bytes:
    return pcm16(np.full(round(seconds * RATE), 0.3, np.float32))


def quiet(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def hear(listener: Hearing, *sounds: bytes, chunk: int = 3200) -> list[Heard]:
    pcm = b"".join(sounds)
    return [heard for at in range(0, len(pcm), chunk) for heard in listener.hear(pcm[at : at + chunk])]


def finals(heard: list[Heard]) -> list[Heard]:
    return [each for each in heard if not each.partial]


def text(heard: Heard) -> str:
    return " ".join(word.text for word in heard.words)


def test_silence_ends_a_segment_and_the_next_speech_begins_another() -> None:
    listener, _ = hearing(words_so_far)
    heard = finals(hear(listener, quiet(0.5), speech(1), quiet(0.6), speech(2), quiet(0.6)))
    assert len(heard) == 2
    assert heard[0].result_id != heard[1].result_id


def test_times_say_where_in_the_stream_the_speech_was() -> None:
    listener, _ = hearing(words_so_far)
    (final,) = finals(hear(listener, quiet(1), speech(2), quiet(1)))
    assert abs(final.start - 1) < 2 * FRAME
    assert abs(final.end - 3) < 2 * FRAME
    assert all(final.start <= word.start <= word.end <= final.end for word in final.words)


def test_partials_belong_to_their_final() -> None:
    listener, _ = hearing(words_so_far)
    heard = hear(listener, speech(3), quiet(1))
    assert len(heard) > 4
    assert {each.result_id for each in heard} == {heard[-1].result_id}
    assert [each.partial for each in heard] == [True] * (len(heard) - 1) + [False]


def test_the_last_word_of_a_guess_is_not_stable() -> None:
    listener, _ = hearing(words_so_far)
    guesses = hear(listener, speech(3))
    assert any(guess.stable for guess in guesses)
    assert all("wo" not in [word.text for word in guess.words[: guess.stable]] for guess in guesses)


@settings(max_examples=40)
@given(st.lists(st.lists(st.sampled_from("a b c d 1 2".split()), max_size=6), min_size=1, max_size=12))
def test_a_stable_word_never_changes_whatever_is_read_next(readings: list[list[str]]) -> None:
    coming = iter(readings)
    listener, _ = hearing(lambda seconds, beam: " ".join(next(coming, readings[-1])))
    promised: list[str] = []
    for guess in hear(listener, speech(1), quiet(0.2), speech(2), quiet(0.2), speech(2)):
        stable = [word.text for word in guess.words[: guess.stable]]
        assert stable[: len(promised)] == promised
        promised = stable


def test_more_agreement_makes_words_stable_later() -> None:
    def first_stable(agreement: int) -> float:
        listener, _ = hearing(words_so_far, replace(MANNER, agreement=agreement))
        return next(guess.end for guess in hear(listener, speech(6)) if guess.stable)

    assert first_stable(2) < first_stable(4)


def test_a_number_that_may_still_grow_is_not_stable() -> None:
    readings = iter(["call 415", "call 415 5", "call 415 555", "call 415-5551 please", "call 415-5551 please now"])
    listener, _ = hearing(lambda seconds, beam: next(readings, "call 415-5551 please now ok"))
    for guess in hear(listener, speech(2)):
        assert "415" not in [word.text for word in guess.words[: guess.stable]]


def test_the_final_is_read_once_during_the_pause_and_not_again_at_its_end() -> None:
    listener, reader = hearing(words_so_far)
    hear(listener, speech(1), quiet(1))
    assert [beam for _, beam in reader.read].count(3) == 1


def test_speech_after_a_short_pause_goes_on_in_the_same_segment() -> None:
    listener, _ = hearing(words_so_far)
    heard = hear(listener, speech(1), quiet(0.25), speech(1), quiet(1))
    assert len(finals(heard)) == 1


def test_the_silence_that_ends_a_segment_can_be_set() -> None:
    listener, _ = hearing(words_so_far, replace(MANNER, silence_ms=100))
    assert len(finals(hear(listener, speech(1), quiet(0.25), speech(1), quiet(1)))) == 2


def test_what_is_no_speech_leaves_no_trace() -> None:
    listener, _ = hearing(lambda seconds, beam: "")
    assert hear(listener, speech(2), quiet(1)) == []


def test_a_click_is_not_even_read() -> None:
    listener, reader = hearing(words_so_far)
    hear(listener, quiet(0.32), speech(FRAME), quiet(1))
    assert reader.read == []


def test_a_shown_result_gets_its_final_even_when_it_comes_to_nothing() -> None:
    listener, _ = hearing(lambda seconds, beam: "hm" if beam == 1 else "")
    heard = hear(listener, speech(1), quiet(1))
    assert text(heard[-1]) == ""
    assert not heard[-1].partial


def test_what_is_being_said_when_the_stream_ends_is_not_lost() -> None:
    listener, _ = hearing(words_so_far)
    hear(listener, speech(2))
    (final,) = listener.finish()
    assert not final.partial
    assert text(final).startswith("aaa bbb ccc")
    assert listener.finish() == []


def test_no_segment_outgrows_the_reader() -> None:
    listener, reader = hearing(words_so_far)
    heard = finals(hear(listener, speech(70), quiet(1)))
    assert len(heard) == 3
    assert max(seconds for seconds, _ in reader.read) <= LONGEST_S


def test_a_long_segment_ends_at_its_next_short_pause() -> None:
    listener, _ = hearing(words_so_far)
    assert len(finals(hear(listener, speech(16), quiet(0.2), speech(2), quiet(1)))) == 2


def test_only_one_stream_is_guessed_at_at_a_time_but_every_final_comes() -> None:
    reader = FakeReader(words_so_far)
    shared = ears(reader)
    assert shared.turns.take()
    heard = hear(Hearing(shared, MANNER), speech(3), quiet(1))
    assert {beam for _, beam in reader.read} == {3}
    assert text(finals(heard)[0]).startswith("aaa")


def test_guesses_take_half_of_the_time_at_most() -> None:
    now = 0.0
    turns = Turns(lambda: now)
    assert turns.take()
    now = 0.3
    assert turns.give_back() == 0.3
    now = 0.5
    assert not turns.take()
    now = 0.7
    assert turns.take()


@given(st.lists(st.integers(1, 700), min_size=1, max_size=30))
def test_any_size_of_chunk_hears_the_same(sizes: list[int]) -> None:
    pcm = quiet(0.2) + speech(1.1) + quiet(0.5)
    whole, _ = hearing(words_so_far)
    pieces, _ = hearing(words_so_far)
    heard, at = [], 0
    for size in [*sizes, len(pcm)]:
        heard += pieces.hear(pcm[at : at + 2 * size])
        at += 2 * size
    expected = whole.hear(pcm)
    assert [(each.partial, each.start, text(each)) for each in heard] == [
        (each.partial, each.start, text(each)) for each in expected
    ]
