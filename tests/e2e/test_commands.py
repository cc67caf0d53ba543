"""The commands as a user types them, and what they leave behind: nothing."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
TYPED = """\
I'd like to book a check-up next Monday
is there parking?
the last one
Grace Miller
415 555 0199
yes
no thanks, goodbye
"""


def switchboard(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", *arguments]


def test_c2_talk_books_an_appointment_in_text() -> None:
    command = switchboard("talk", "agents/front_door.yaml")
    done = subprocess.run(command, input=TYPED, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert "There is free parking behind the building." in done.stdout
    assert "book appointment: done" in done.stdout
    assert done.stdout.splitlines()[-1] == "talk: 7 turns, the agent said goodbye: ok"
    assert (done.returncode, done.stderr) == (0, "")


CHANGED = """can we talk in Hindi please
I want a cleaning
monday
noon
Meena Verma
nine eight seven six five four three two one oh
haan ji
no thank you, bye
"""


def test_s9_talk_changes_to_hindi_and_goes_on_where_it_was() -> None:
    command = switchboard("talk", "agents/front_door_in.yaml")
    done = subprocess.run(command, input=CHANGED, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert "How can I help you today?" in done.stdout
    assert (
        "Meena Verma के नाम पर, और आपका number है nine eight, seven six, five four, three two, one zero।" in done.stdout
    )
    assert "book appointment: done" in done.stdout
    assert done.stdout.splitlines()[-1] == "talk: 8 turns, the agent said goodbye: ok"
    assert (done.returncode, done.stderr) == (0, "")


@contextmanager
def phone(out: Path) -> Iterator[tuple[subprocess.Popen[str], str, list[psutil.Process]]]:
    """`switchboard phone`, its address, and every process it started."""
    command = switchboard("phone", "--out", str(out))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/", said)):
            line = running.stdout.readline()
            assert line, said
            said += line
        started = psutil.Process(running.pid).children(recursive=True)
        try:
            yield running, found[0], started
        finally:
            running.kill()


def listening(processes: list[psutil.Process]) -> set[int]:
    return {
        connection.laddr.port
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def still_open(ports: set[int]) -> set[int]:
    used = {each.laddr.port for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN}
    return ports & used


def test_phone_serves_its_page_until_ctrl_c_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with phone(tmp_path) as (running, address, started):
        assert len(started) >= 6
        with urlopen(address, timeout=5) as page:
            assert b'<a href="watch/">' in page.read()
        with urlopen(f"{address}watch/", timeout=5) as page:
            assert b"Switchboard watch" in page.read()
        ports = listening(started)
        assert len(ports) >= 5
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=20)
        assert re.fullmatch(r"phone: 0 calls in \d+ min: ok", said.splitlines()[-1])
        assert running.returncode == 0
    assert not psutil.wait_procs(started, timeout=5)[1]
    assert not still_open(ports)


def test_a_killed_phone_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    with phone(tmp_path) as (running, _, started):
        ports = listening(started)
        os.kill(running.pid, signal.SIGKILL)
        running.wait(5)
    assert not psutil.wait_procs(started, timeout=20)[1]
    assert not still_open(ports)


def test_a_part_that_dies_is_named_and_everything_else_is_stopped(tmp_path: Path) -> None:
    with phone(tmp_path) as (running, _, started):
        (model,) = [process for process in started if "local.model" in process.cmdline()]
        model.kill()
        said, _ = running.communicate(timeout=20)
        assert said.splitlines()[-1] == "phone: short: model ended with status -9"
        assert running.returncode == 1
    assert not psutil.wait_procs(started, timeout=5)[1]
