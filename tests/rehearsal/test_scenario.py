from datetime import date
from pathlib import Path

import pytest

from rehearsal.scenario import Day, ScenarioError, read, steps_of

MONDAY = Day(date(2026, 11, 23))


def written(folder: Path, text: str) -> Path:
    path = folder / "call.yaml"
    path.write_text(text)
    return path


def test_steps_become_what_the_carriers_phone_does(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "title: t\ncaller:\n- listen\n- say: On {weekday}\n- interrupt: Stop\n  after: 2\n- press: 12#\n"
        "- repeat: 2\n  steps:\n  - wait: 1.5\n- hang up\n",
    )
    steps = steps_of(read(path), MONDAY)
    assert [step["do"] for step in steps] == ["listen", "say", "interrupt", "press", "wait", "wait", "hang_up"]
    assert (steps[1]["text"], steps[2]["after_ms"], steps[3]["digits"], steps[4]["ms"]) == (
        "On Monday",
        2000,
        "12#",
        1500,
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("caller: [listen]\n", "call.yaml:1: title: is missing; add `title:` here"),
        ("title: t\ncaller:\n- listen\n- sing: a song\n", "call.yaml:4: caller.1: is no step; use one of listen, say"),
        ("title: t\ncaller:\n- say: hello\n  after: 2\n", "call.yaml:4: caller.0.after: is not known here"),
        ("title: t\ncaller: []\nexpect:\n  agent_say: []\n", "call.yaml:4: expect.agent_say: is not known here"),
        ("title: t\ncaller:\n- press: 12x\n", "call.yaml:3: caller.0.keys: String should match"),
        (
            "title: t\ncaller: []\nfault: {at: 5, party: model, kind: sulks}\n",
            "call.yaml:3: fault.kind: Input should be",
        ),
        ("title: [\n", "call.yaml:2: "),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_field(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        read(written(tmp_path, text))
    assert complaint in str(raised.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read(tmp_path / "none.yaml")


def test_the_day_asked_for_is_an_open_one() -> None:
    assert Day.after(date(2026, 11, 19)) == MONDAY  # Thursday: two days on is a Saturday
