"""Agents made ready: what was read from YAML, unchanged, and nothing that cannot be used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from functions import ready_agents
from shared.adapters.agent_files import load
from shared.settings import SettingsError

ROOT = Path(__file__).parents[2]
AGENT = "front_door"
FILE = ROOT / "agents" / f"{AGENT}.yaml"


@pytest.mark.parametrize("file", sorted((ROOT / "agents").glob("*.yaml")), ids=lambda file: file.stem)
def test_an_agent_is_the_same_when_it_was_made_ready(file: Path, tmp_path: Path) -> None:
    ready_agents.write(tmp_path, [file])

    assert ready_agents.read(tmp_path, file.stem) == load(file)


def test_an_agent_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LINES: names the agent nobody"):
        ready_agents.read(tmp_path, "nobody")


def test_an_agent_of_another_version_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / f"{AGENT}.json").write_text('{"name": "Front door"}')

    with pytest.raises(SettingsError, match=AGENT):
        ready_agents.read(tmp_path, AGENT)


def test_a_wrong_file_is_told_with_its_line_and_nothing_is_written(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(FILE.read_text().replace("greeting:", "greetings:", 1))

    done = subprocess.run(
        [sys.executable, "-m", "functions.ready_agents", str(tmp_path), str(wrong)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert re.search(r"wrong\.yaml:\d+: greetings: is not known here", done.stderr)
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("*.json")) == []
