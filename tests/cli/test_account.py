from pathlib import Path

from cli.account import vocabulary_of
from shared.adapters.agent_files import load

AGENT = load(Path(__file__).parents[2] / "agents" / "front_door.yaml")


def test_the_vocabulary_has_the_files_words_and_its_choices_as_transcribe_wants_them() -> None:
    phrases = vocabulary_of(AGENT)
    assert {"Maple-Street-Clinic", "Doctor-Patel", "cleaning", "check-up", "urgent-visit"} <= set(phrases)
    assert len(phrases) == len(set(phrases))
    assert not any(" " in phrase or any(c.isdigit() for c in phrase) for phrase in phrases)
