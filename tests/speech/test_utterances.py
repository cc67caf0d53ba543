"""Pieces become utterances: no word is lost or doubled, and a name stands for one utterance."""

from hypothesis import given
from hypothesis import strategies as st

from shared.ports import Transcript, Word
from shared.speech.utterances import Heard, Utterances

_KINDS = st.lists(st.sampled_from(["so far", "for good", "last", "break"]), max_size=30)


@given(_KINDS)
def test_what_was_closed_stays_and_what_is_open_is_said_last(kinds: list[str]) -> None:
    utterances, number = Utterances(), 0
    closed: list[str] = []
    names: dict[str, int] = {}
    utterance = 0
    for count, kind in enumerate(kinds):
        if kind == "break":
            utterances.begin_anew()
            number += 1
            continue
        text = f"word-{count}"
        said = utterances.add(_piece(f"{number}", text, kind), 0)
        assert said is not None
        assert said.text.split() == [*closed, text]
        assert said.stable_words == len(closed) + (kind != "so far")
        assert said.is_final == (kind == "last")
        assert names.setdefault(said.result_id, utterance) == utterance
        if kind == "last":
            closed, utterance, number = [], utterance + 1, number + 1
        elif kind == "for good":
            closed.append(text)


def test_silence_is_nothing_unless_it_ends_an_utterance() -> None:
    utterances = Utterances()
    assert utterances.add(_piece("a", "", "for good"), 0) is None
    utterances.add(_piece("a", "yes", "for good"), 0)

    assert utterances.add(_piece("a", "", "last"), 0) == Transcript("a", "yes", True, 1, (Word("yes", 0, 100),))


def test_times_are_the_streams_own() -> None:
    said = Utterances().add(_piece("a", "yes", "last"), 2_000)

    assert said is not None
    assert said.words == (Word("yes", 2_000, 2_100),)


def _piece(name: str, text: str, kind: str) -> Heard:
    words = (Word(text, 0, 100),) if text else ()
    return Heard(name, text, words, is_final=kind != "so far", is_last=kind == "last")
