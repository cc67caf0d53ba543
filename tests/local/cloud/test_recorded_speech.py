"""Recorded human telephone speech, over the telephone's own code and a real socket, against what was said."""

import asyncio
import difflib
import re
from collections.abc import AsyncIterator

import numpy as np
import pytest

from local.cloud.cloud import Cloud, Config, Engines, running
from local.cloud.samples import Prompt, prompts
from local.cloud.sound import pcm16
from shared.wire import mulaw
from tests.local.cloud.client import SECOND, Transcripts, spoken, transcribe

pytestmark = pytest.mark.e2e

CEILING = 0.08
DIGITS = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True))


@pytest.fixture(scope="module")
def recorded() -> list[Prompt]:
    """Every sixth of the plain sentences, so that nobody chose them for being easy."""
    plain = [
        prompt
        for _, prompt in sorted(prompts().items())
        if re.fullmatch(r"[A-Za-z0-9,.' -]+", prompt.text)
        and len(words(prompt.text)) >= 6
        and SECOND <= len(prompt.pcm()) <= 6 * SECOND
    ]
    return plain[::6]


@pytest.fixture
async def cloud(loaded: Engines) -> AsyncIterator[Cloud]:
    async with running(Config(polly_per_second=0), loaded) as ready:
        yield ready


def over_the_line(pcm: bytes) -> bytes:
    return mulaw.decode(mulaw.encode(pcm))


def words(text: str) -> list[str]:
    plain = re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("log in", "login"))
    return [DIGITS.get(word, word) for word in plain.split()]


def errors(said: list[str], heard: list[str]) -> int:
    """Words put in, left out or taken for others: the edit distance."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        diagonal, row[0] = row[0], at
        for column, other in enumerate(heard, 1):
            kept = diagonal + (word != other)
            diagonal, row[column] = row[column], min(kept, row[column] + 1, row[column - 1] + 1)
    return row[-1]


def broken_promises(heard: Transcripts) -> tuple[int, int]:
    """How many words partials called stable, and how many of those their final did not bear out."""
    promised: dict[str, list[str]] = {}
    for result in heard.partials:
        items = result["Alternatives"][0]["Items"]
        stable = [item["Content"] for item in items if item["Stable"] and item["Type"] == "pronunciation"]
        assert stable[: len(promised.get(result["ResultId"], []))] == promised.get(result["ResultId"], [])
        promised[result["ResultId"]] = stable
    total = broken = 0
    for result in heard.finals:
        stable = words(" ".join(promised.get(result["ResultId"], [])))
        final = words(result["Alternatives"][0]["Transcript"])
        blocks = difflib.SequenceMatcher(None, stable, final, autojunk=False).get_matching_blocks()
        total += len(stable)
        broken += len(stable) - sum(block.size for block in blocks)
    return total, broken


async def test_s1_recorded_people_are_understood(cloud: Cloud, recorded: list[Prompt]) -> None:
    wrong = total = stable = broken = 0
    for prompt in recorded:
        heard = await transcribe(cloud.speech, bytes(SECOND // 2) + over_the_line(prompt.pcm()))
        wrong += errors(words(prompt.text), words(heard.text))
        total += len(words(prompt.text))
        promised, unkept = broken_promises(heard)
        stable, broken = stable + promised, broken + unkept
        assert all(
            0 < item.get("Confidence", 1) <= 1 for each in heard.finals for item in each["Alternatives"][0]["Items"]
        )
    print(f"\nWER {wrong / total:.1%} of {total} words; {broken} of {stable} stable words contradicted")  # noqa: T201
    assert len(recorded) >= 15
    assert wrong / total < CEILING
    assert broken / stable < CEILING


async def test_what_polly_says_is_understood_in_both_voices(cloud: Cloud) -> None:
    said = (
        "Thank you for calling Riverside Clinic, this call may be recorded.",
        "Could you please tell me your date of birth?",
        "No, that is not right, my name is Margaret Wilson.",
        "Please hold while I transfer you to billing.",
        "Yes, that works for me.",
    )
    wrong = total = 0
    for voice in ("Joanna", "Matthew"):
        for sentence in said:
            sound = mulaw.decode(await spoken(cloud.speech, sentence, voice))
            heard = await transcribe(cloud.speech, sound)
            wrong += errors(words(sentence), words(heard.text))
            total += len(words(sentence))
    assert wrong / total < CEILING


@pytest.mark.parametrize("level", [0.002, 0.02, 0.1])
async def test_noise_on_the_line_is_no_words(cloud: Cloud, level: float) -> None:
    noise = np.random.default_rng(11).normal(0, level, 10 * 8000).astype(np.float32)
    assert (await transcribe(cloud.speech, over_the_line(pcm16(noise)))).text == ""


async def test_a_caller_in_a_noisy_room_is_still_understood(cloud: Cloud) -> None:
    sentence = "I would like to book an appointment for Tuesday morning."
    sound = np.frombuffer(mulaw.decode(await spoken(cloud.speech, sentence)), "<i2").astype(np.float32) / 32768
    noisy = np.asarray(sound + np.random.default_rng(3).normal(0, 0.01, len(sound)), dtype=np.float32)
    heard = await transcribe(cloud.speech, over_the_line(pcm16(noisy)))
    assert errors(words(sentence), words(heard.text)) <= 1


async def test_t13_four_callers_at_once_are_each_understood(cloud: Cloud, recorded: list[Prompt]) -> None:
    chosen = recorded[:4]
    heard = await asyncio.gather(*(transcribe(cloud.speech, over_the_line(prompt.pcm())) for prompt in chosen))
    for prompt, transcripts in zip(chosen, heard, strict=True):
        assert errors(words(prompt.text), words(transcripts.text)) / len(words(prompt.text)) < 0.3
