"""A recogniser at virtual time."""

import heapq
import random
from collections.abc import Callable

from bench.turns.callers import Line
from bench.turns.delays import DEEPGRAM, TRANSCRIBE, Ear, about, published
from bench.turns.recogniser import Recogniser
from shared.core.events import FinalHeard, PartialHeard
from tests.bench.turns.lines import said


class Listener:
    """Runs a recogniser over a line, and keeps what it says with its times."""

    def __init__(self, ear: Ear, line: Line) -> None:
        self.said: list[tuple[float, PartialHeard | FinalHeard]] = []
        self._now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self.recogniser = Recogniser(ear, line, 0, self._later, lambda event: self.said.append((self._now, event)))

    def _later(self, at_ms: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at_ms, len(self.said) * 1_000 + len(self._due), act))

    def run(self) -> "Listener":
        while self._due:
            self._now, _, act = heapq.heappop(self._due)
            act()
        return self

    @property
    def finals(self) -> list[tuple[float, str]]:
        return [(at, event.text) for at, event in self.said if isinstance(event, FinalHeard)]


def test_the_final_comes_after_the_end_of_speech_and_has_every_word() -> None:
    line = said("one two three four five")
    ((at, text),) = Listener(TRANSCRIBE, line).run().finals
    assert text == line.text
    assert 700 < at - line.ends_ms < 2_300


def test_partials_grow_and_every_word_is_stable_in_the_end() -> None:
    partials = [event for _, event in Listener(TRANSCRIBE, said("one two three")).run().said]
    last = [event for event in partials if isinstance(event, PartialHeard)][-1]
    assert (last.text, last.stable_words) == ("one two three", 3)


def test_a_long_pause_makes_two_finals_and_a_short_one_does_not() -> None:
    long, short = (Listener(TRANSCRIBE, said("one two", pause, "three")).run().finals for pause in (2_200, 300))
    assert [text for _, text in long] == ["one two", "three"]
    assert [text for _, text in short] == ["one two three"]


def test_a_recogniser_that_has_to_be_asked_gives_its_final_then_and_only_then() -> None:
    line = said("one two three")
    asked, ignored = Listener(DEEPGRAM, line), Listener(DEEPGRAM, line).run()
    asked.recogniser.flush(line.ends_ms + 60)
    ((at, text),) = asked.run().finals
    assert (text, ignored.finals) == (line.text, [])
    assert 150 < at - line.ends_ms < 400


def test_delays_have_the_published_percentiles() -> None:
    rnd = random.Random(1)
    drawn = sorted(published(1136, 1527, 1897).draw(rnd) for _ in range(20_000))
    assert [round(drawn[int(20_000 * share)], -2) for share in (0.5, 0.95, 0.99)] == [1100, 1500, 1900]
    assert round(sum(about(920).draw(rnd) for _ in range(20_000)) / 20_000, -1) == 920
