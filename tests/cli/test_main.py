from pathlib import Path

import pytest

from cli.main import main, typed


def test_help_says_what_can_be_typed_and_what_leaves_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    for command in ("demo", "phone", "talk agents/front_door.yaml", "doctor", "secrets set", "number configure"):
        assert f"switchboard {command}" in said
    assert "nothing leaves it" in said


def test_a_command_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sing"])
    assert ended.value.code == 2
    assert "invalid choice: 'sing'" in capsys.readouterr().err


def test_a_demonstration_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "transfers"])
    assert ended.value.code == 2
    assert "choose from transfer, campaign" in capsys.readouterr().err.replace("'", "")


def test_a_demonstration_need_not_be_named() -> None:
    assert [typed(arguments).action for arguments in (["demo"], ["demo", "campaign"])] == [None, "campaign"]


def test_fields_of_an_event_may_stand_behind_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["event", "send", "appointment.upcoming", "--laptop", "reference=A-17", "person.phone=0142"]) == 1
    assert "appointment: is missing" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["event", "send", "appointment.upcoming", "--laptop", "reference=A-17", "--wrong=yes"])
    assert "unrecognized arguments: reference=A-17 --wrong=yes" in capsys.readouterr().err


def test_a_wrong_agent_file_is_told_with_file_line_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("name: Ava\nbusiness: Clinic\nvoice: {name: Joanna, engine: steam}\n")
    assert main(["talk", str(file)]) == 1
    said = capsys.readouterr().out
    assert f"{file}:3: voice.engine: " in said
    assert said.splitlines()[-1].startswith("talk: short: ")


def test_a_key_typed_as_an_argument_is_refused_and_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["secrets", "set", "sk-secret"])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "the key itself is asked for, or piped in" in said
    assert "sk-secret" not in said


def test_an_agent_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["talk", str(tmp_path / "nobody.yaml")]) == 1
    assert "nobody.yaml" in capsys.readouterr().out
