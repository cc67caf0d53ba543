import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from cli.children import ChildFailed, Children

READY = "import sys, time; print('ready on 4711', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY


def quiet(_: str) -> None:
    pass


def test_a_process_is_waited_for_until_it_says_it_is_ready_and_stopped_at_the_end(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("clock", sys.executable, "-c", READY)
        assert child.until_says(r"ready on (\d+)", 10, quiet)[1] == "4711"
        children.check()
    assert not psutil.pid_exists(child.pid)


def test_a_process_that_ends_before_it_is_ready_is_named_with_its_last_lines(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("clock", sys.executable, "-c", "raise SystemExit('no spring')")
        with pytest.raises(ChildFailed, match=r"(?s)clock ended with status 1 before it was ready.*no spring"):
            child.until_says("ready", 10, quiet)


def test_a_process_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("clock", sys.executable, "-c", "import time; time.sleep(60)")
        with pytest.raises(ChildFailed, match="was not ready within 0 s"):
            child.until_says("ready", 0.1, quiet)


def test_a_process_that_died_later_is_noticed(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("clock", sys.executable, "-c", READY)
        child.until_says("ready", 10, quiet)
        child.kill()
        with pytest.raises(ChildFailed, match="clock ended with status -9"):
            children.check()


def test_a_failure_stops_every_process(tmp_path: Path) -> None:
    children = Children(tmp_path)
    started = [children.start(name, sys.executable, "-c", READY) for name in ("one", "two")]
    for child in started:
        child.until_says("ready", 10, quiet)

    def fail() -> None:
        with children:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not any(psutil.pid_exists(child.pid) for child in started)


def test_a_process_that_ignores_the_signal_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.children.STOP_S", 0.2)
    with Children(tmp_path) as children:
        child = children.start("mule", sys.executable, "-c", STUBBORN)
        child.until_says("ready", 10, quiet)
    assert not psutil.pid_exists(child.pid)


def test_only_the_environment_given_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-the-user")
    with Children(tmp_path) as children:
        show = "import os; print(sorted(os.environ)); print('ready')"
        child = children.start("env", sys.executable, "-c", show, environment={"CALLS_TABLE": "calls"})
        child.until_says("ready", 10, quiet)
        assert "AWS_PROFILE" not in child.output()
        assert "CALLS_TABLE" in child.output()


def test_a_killed_parent_leaves_no_orphan(tmp_path: Path) -> None:
    parent = f"""
import sys, time
from pathlib import Path
from cli.children import Children
with Children(Path({str(tmp_path)!r})) as children:
    child = children.start("clock", sys.executable, "-c", {READY!r})
    child.until_says("ready", 10, print)
    print(child.pid, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        orphan = psutil.Process(int(process.stdout.readline()))
        os.kill(process.pid, signal.SIGKILL)
    try:
        orphan.wait(10)
    except psutil.NoSuchProcess:
        return
    assert not orphan.is_running()


def test_a_long_wait_is_announced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.children.QUIET_S", 0.0)
    said: list[str] = []
    with Children(tmp_path) as children:
        child = children.start("clock", sys.executable, "-c", "import time; time.sleep(0.3); print('ready')")
        child.until_says("ready", 10, said.append)
    assert said == ["waiting for clock"]


def test_processes_of_one_name_keep_their_logs_apart(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        for number in ("first", "second"):
            child = children.start("clock", sys.executable, "-c", f"print('the {number}')")
            child.until_says(f"the {number}", 10, quiet)
    assert (tmp_path / "clock.log").read_text() == "the first\n"
    assert (tmp_path / "clock-2.log").read_text() == "the second\n"


def test_what_a_process_started_and_left_behind_goes_with_it(tmp_path: Path) -> None:
    leave = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {READY!r}]).pid, flush=True)"
    with Children(tmp_path) as children:
        child = children.start("forgetful", sys.executable, "-c", f"{leave}; import time; time.sleep(60)")
        left = psutil.Process(int(child.until_says(r"^(\d+)$", 10, quiet)[1]))
    try:
        left.wait(10)
    except psutil.NoSuchProcess:
        return
    assert not left.is_running()


def test_a_task_is_waited_for_and_no_longer_watched_when_it_is_done(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.run("deploy", sys.executable, "-c", "print('deployed')", environment={}, within_s=10)
        children.check()
    assert (tmp_path / "deploy.log").read_text() == "deployed\n"


def test_a_task_that_fails_is_named_with_its_last_lines(tmp_path: Path) -> None:
    with (
        Children(tmp_path) as children,
        pytest.raises(ChildFailed, match=r"(?s)deploy ended with status 1.*no account"),
    ):
        children.run("deploy", sys.executable, "-c", "raise SystemExit('no account')", environment={}, within_s=10)


def test_a_task_without_end_is_given_up_and_killed(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        with pytest.raises(ChildFailed, match="deploy was not done within 0 s"):
            children.run("deploy", sys.executable, "-c", READY, environment={}, within_s=0.1)
        assert not children.alive
