import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from tests.cli.accounts import Accounts, Deployment, running, shell


@pytest.fixture(scope="session")
def accounts() -> Iterator[Accounts]:
    with running() as both:
        yield both


type Shell = Callable[..., Deployment]
type Run = Callable[..., list[str]]


@pytest.fixture
def stage(accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Shell:
    """In a shell of its own, a stage named after the test, of which nothing is deployed yet."""

    def make(away: str | None = None, **values: Any) -> Deployment:
        name = f"t{abs(hash(request.node.nodeid)) % 10**9}"
        given = values.pop("given", {}) | ({"fallback_region": away} if away else {})
        shell(accounts, tmp_path, {name: given, "other": {}}, monkeypatch)
        return Deployment(accounts, name, **({"away": away} if away else {}), **values)

    return make


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command, as it is typed; the lines it says. `code` is what it has to end with."""

    def typed(*arguments: str, code: int = 0, piped: str = "") -> list[str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(piped))
        capsys.readouterr()
        ended = main(arguments)
        said = capsys.readouterr().out
        assert ended == code, said
        return said.splitlines()

    return typed
