from pathlib import Path

import pytest

from cli import deployment
from cli.children import ChildFailed, Children
from cli.deployment import key


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project instead of ours."""
    for name in ("cdk/app.py", "functions/voice.py", "agents/clinic.yaml", "streaming/app.py", "cdk.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("changed", ["cdk/app.py", "functions/voice.py", "agents/clinic.yaml", "cdk.json"])
def test_what_was_synthesised_serves_until_something_it_is_made_of_changes(root: Path, changed: str) -> None:
    before = key()
    assert key() == before
    (root / changed).write_text("another")
    assert key() != before


def test_a_new_file_counts_too_and_so_does_a_new_name(root: Path) -> None:
    keys = [key()]
    (root / "agents" / "shop.yaml").write_text("agents/clinic.yaml")
    keys.append(key())
    (root / "agents" / "clinic.yaml").rename(root / "agents" / "bank.yaml")
    keys.append(key())
    assert len(set(keys)) == 3


def test_what_is_not_deployed_here_and_what_was_compiled_do_not_count(root: Path) -> None:
    before = key()
    (root / "streaming" / "app.py").write_text("another")
    (root / "functions" / "__pycache__").mkdir()
    (root / "functions" / "__pycache__" / "voice.cpython-313.pyc").write_bytes(b"compiled")
    assert key() == before


def test_each_of_our_own_inputs_is_there() -> None:
    assert [pattern for pattern in deployment.INPUTS if not list(deployment.ROOT.glob(pattern))] == []


def test_without_the_cdk_the_fix_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(deployment, "_CDK", tmp_path / "cdk")
    with Children(tmp_path) as children, pytest.raises(ChildFailed, match="make setup"):
        deployment.deploy(children, "http://127.0.0.1:9", print)
