"""Lines put together from recordings; here from tones in their place."""

import wave
from pathlib import Path

import pytest

from bench.turns.callers import Line, lines, piece_of
from local.cloud.samples import Prompt
from shared.core.agent import SlotKind
from shared.wire import mulaw
from tests.bench.turns.lines import tone


@pytest.fixture
def prompts(tmp_path: Path) -> dict[str, Prompt]:
    months = dict(
        enumerate("january february march april may june july august september october november december".split())
    )
    texts = {f"digits/{n}": word for n, word in enumerate("zero one two three four five six seven eight nine".split())}
    texts |= {f"letters/{letter}": letter for letter in "abcdefghijklmnopqrstuvwxyz"}
    texts |= {f"digits/day-{n}": f"day{n}" for n in range(7)} | {f"digits/mon-{n}": word for n, word in months.items()}
    texts |= {f"digits/h-{n}": f"{n}th" for n in range(1, 20)}
    texts |= {"parking": "Do you have any parking at the back?", "thanks": "Thank you.", "vm-onefor": "Press 1 for"}
    return {name: prompt(tmp_path, name, text) for name, text in texts.items()}


def prompt(folder: Path, name: str, text: str) -> Prompt:
    path = folder / f"{name.replace('/', '-')}.wav"
    silence = mulaw.SILENCE * 800
    ulaw = silence + b"".join(tone(240) + mulaw.SILENCE * 480 for _ in text.split()) + silence
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
        sound.writeframes(mulaw.decode(ulaw))
    return Prompt(name, text, path)


@pytest.fixture
def said(prompts: dict[str, Prompt]) -> list[Line]:
    return lines(prompts)


def test_a_piece_has_no_silence_around_it_and_its_words_where_they_are_voiced(prompts: dict[str, Prompt]) -> None:
    piece = piece_of(prompts["thanks"])
    assert 520 <= len(piece.ulaw) // mulaw.BYTES_PER_MS <= 560
    assert [word.text for word in piece.words] == ["Thank", "you."]
    assert piece.words[0].begin_ms == 0
    assert abs(piece.words[-1].end_ms - 540) <= 40


def test_a_long_sentence_is_said_with_a_pause_as_well_and_loses_nothing(said: list[Line]) -> None:
    whole, paused = (line for line in said if line.prompt == "parking")
    assert (whole.manner, paused.manner) == ("as recorded", "with a pause")
    assert whole.text == paused.text
    assert 300 <= paused.ends_ms - whole.ends_ms <= 1_500
    assert [line.manner for line in said if line.prompt == "thanks"] == ["as recorded"]


def test_beginnings_of_sentences_are_nobodys_answer(said: list[Line]) -> None:
    assert not [line for line in said if line.prompt == "vm-onefor"]


def test_numbers_are_said_in_groups_to_the_question_that_asks_for_them(said: list[Line]) -> None:
    phone = next(line for line in said if line.manner == "phone")
    assert phone.expecting is SlotKind.PHONE
    assert len(phone.words) == 10
    gaps = [after.begin_ms - before.end_ms for before, after in zip(phone.words, phone.words[1:], strict=False)]
    assert [at for at, gap in enumerate(gaps) if gap > 250] == [2, 5]
    assert all(before.end_ms <= after.begin_ms for before, after in zip(phone.words, phone.words[1:], strict=False))


def test_lines_are_the_same_every_time(prompts: dict[str, Prompt], said: list[Line]) -> None:
    assert lines(prompts) == said
