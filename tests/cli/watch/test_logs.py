from pathlib import Path

from cli.watch.logs import LogFolder


def test_each_line_comes_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    logs, file = LogFolder(tmp_path), tmp_path / "streaming.log"
    file.write_text("one\ntw")
    assert list(logs.new_lines()) == ["one\n"]
    file.write_text("one\ntwo\n")
    assert list(logs.new_lines()) == ["two\n"]
    assert list(logs.new_lines()) == []


def test_a_log_that_comes_later_is_read_too(tmp_path: Path) -> None:
    logs = LogFolder(tmp_path)
    assert list(logs.new_lines()) == []
    (tmp_path / "telephony.log").write_text("late\n")
    (tmp_path / "notes.txt").write_text("none of ours\n")
    assert list(logs.new_lines()) == ["late\n"]


def test_a_log_that_was_begun_anew_is_read_anew(tmp_path: Path) -> None:
    logs, file = LogFolder(tmp_path), tmp_path / "streaming.log"
    file.write_text("of the run before\n")
    list(logs.new_lines())
    file.write_text("new\n")
    assert list(logs.new_lines()) == ["new\n"]


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "streaming.log").write_bytes(b"\xff\n" + b"x" * (1 << 21) + b"\nafter\n")
    assert list(LogFolder(tmp_path).new_lines()) == ["\ufffd\n", "after\n"]
