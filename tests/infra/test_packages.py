"""What goes into a Lambda: the same bytes each time, compiled, and enough to run on."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import botocore
import pytest

from cdk import packages, page
from cdk.contents import AFTER_CALL, CAMPAIGNS, DESK, FALLBACK, TELEPHONY, TURNS, LambdaPackage
from cdk.packages import BuildError, lambda_zip

ROOT = Path(__file__).parents[2]
REGIONS = ("us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1")


@pytest.fixture(scope="session")
def telephony() -> Path:
    return lambda_zip(TELEPHONY, "arm64")


@pytest.fixture(scope="session")
def fallback() -> Path:
    return lambda_zip(FALLBACK, "arm64")


@pytest.mark.parametrize(
    "package", [TELEPHONY, TURNS, AFTER_CALL, DESK, CAMPAIGNS, FALLBACK], ids=lambda package: package.name
)
def test_the_same_sources_give_the_same_bytes(
    package: LambdaPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lambda_zip(package, "arm64").read_bytes()
    monkeypatch.setattr(packages, "BUILD", tmp_path / "elsewhere")

    assert lambda_zip(package, "arm64").read_bytes() == first


def locked(path: str) -> set[str]:
    """`name==version` of everything a lock names for Linux."""
    return set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / path).read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "path",
    [
        "functions/requirements.lock",
        "functions/turns.lock",
        "functions/after_call.lock",
        "streaming/requirements.lock",
    ],
)
def test_what_is_deployed_is_what_is_tested(path: str) -> None:
    """The locks of Lambdas and image name nothing that the lock of the tests does not; `make lock` after a change."""
    assert locked(path) - locked("requirements.lock") == set()


def test_a_package_is_built_once(fallback: Path) -> None:
    before = fallback.stat().st_mtime_ns

    assert lambda_zip(FALLBACK, "arm64") == fallback
    assert fallback.stat().st_mtime_ns == before


def test_a_package_beyond_its_ceiling_is_not_deployed() -> None:
    with pytest.raises(BuildError, match="the ceiling is 1,000"):
        lambda_zip(LambdaPackage("fallback", FALLBACK.sources, 1_000), "arm64")


def test_building_all_ends_with_the_sizes_and_a_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "WEIGHED", (FALLBACK,))
    assert packages.main() == 0
    assert re.fullmatch(r"packages: fallback 0\.\d\d MB, each below its ceiling: ok", _last(capsys))

    monkeypatch.setattr(packages, "WEIGHED", (LambdaPackage("fallback", FALLBACK.sources, 1_000),))
    assert packages.main() == 1
    assert _last(capsys).startswith("packages: short: fallback: ")


def _last(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_the_webhooks_package_holds_product_code_agents_and_locked_packages(telephony: Path) -> None:
    names = zipfile.ZipFile(telephony).namelist()
    tops = {name.partition("/")[0] for name in names}

    assert {"functions", "shared", "agents", "starlette", "mangum", "botocore"} <= tops
    assert tops.isdisjoint({"local", "cli", "streaming", "tests", "bench", "boto3", "pydantic", "yaml", "numpy", "bin"})
    assert any(name.startswith("msgspec/") and "aarch64" in name for name in names)
    ready = {f"agents/{file.stem}.json" for file in (ROOT / "agents").glob("*.yaml")}
    assert {name for name in names if name.startswith("agents/")} == ready
    assert not any(".env" in name or name.endswith((".pem.key", ".lock")) for name in names)


def test_every_module_is_compiled_and_never_checked_against_its_source(telephony: Path) -> None:
    archive = zipfile.ZipFile(telephony)
    names = set(archive.namelist())
    modules = [name for name in names if name.endswith(".py")]
    compiled = {
        f"{Path(name).parent}/__pycache__/{Path(name).stem}.cpython-313.pyc".removeprefix("./") for name in modules
    }

    assert compiled <= names
    for name in ("functions/__pycache__/wiring.cpython-313.pyc", "botocore/__pycache__/client.cpython-313.pyc"):
        code = archive.read(name)
        assert code[4:8] == b"\x01\x00\x00\x00"
        assert b"/var/task/" in code


def test_the_fallback_runs_from_its_zip_with_nothing_installed(fallback: Path, tmp_path: Path) -> None:
    """Python without site-packages, as a Lambda has it: an unsigned request is refused, health is told."""
    zipfile.ZipFile(fallback).extractall(tmp_path)
    program = (
        "import json; from functions.fallback import handler;"
        "ask = lambda method, path: handler({'requestContext': {'http': {'method': method}}, 'rawPath': path}, None);"
        "print(json.dumps([ask('GET', '/health')['statusCode'], ask('POST', '/elsewhere')['statusCode']]))"
    )
    environment = {"PUBLIC_BASE_URL": "https://x", "FALLBACK_TO": "voicemail", "FALLBACK_SAYS": "Hello."}

    done = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert json.loads(done.stdout) == [200, 404]


def unpack(package: LambdaPackage, folder: Path) -> Path:
    """For this machine's processor."""
    processor: packages.Processor = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    zipfile.ZipFile(lambda_zip(package, processor)).extractall(folder)
    return folder


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The webhooks' package."""
    return unpack(TELEPHONY, tmp_path_factory.mktemp("telephony"))


def run(folder: Path, program: str, **environment: str) -> str:
    """What a program prints that has the package and nothing else."""
    done = subprocess.run(
        [sys.executable, "-S", "-s", "-c", program],
        cwd=folder,
        env={"HOME": str(folder), "AWS_REGION": "eu-west-1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout


@pytest.mark.parametrize(
    ("package", "module"),
    [
        (TELEPHONY, "wiring"),
        (TURNS, "turns.wiring"),
        (AFTER_CALL, "after_call"),
        (DESK, "desk.wiring"),
        (CAMPAIGNS, "campaigns.entry"),
    ],
    ids=["telephony", "turns", "after-call", "desk", "campaigns"],
)
def test_a_package_can_make_every_call_it_says_it_makes(package: LambdaPackage, module: str, tmp_path: Path) -> None:
    program = (
        f"import functions.{module}; from botocore import xform_name; from functions.aws import clients;"
        f"client = clients('eu-west-1'); calls = {dict(package.aws)!r};"
        "print(all(callable(getattr(client(name), xform_name(call))) for name in calls for call in calls[name]))"
    )

    assert run(unpack(package, tmp_path), program) == "True\n"


def test_the_webhooks_package_reaches_the_same_addresses_as_all_of_botocore(unpacked: Path) -> None:
    program = (
        "import json, botocore.session;"
        "session = botocore.session.get_session();"
        f"places = [(name, region) for name in {sorted(TELEPHONY.aws)!r} for region in {REGIONS!r}];"
        "clients = [session.create_client(name, region_name=region) for name, region in places];"
        "print(json.dumps([(client.meta.endpoint_url, client._request_signer.region_name) for client in clients]))"
    )
    whole = Path(botocore.__file__).parents[1]

    assert json.loads(run(unpacked, program)) == json.loads(run(whole, program))


def test_the_webhooks_start_from_their_package_with_the_agents_they_need(unpacked: Path) -> None:
    environment = {
        "PUBLIC_BASE_URL": "https://voice.example.com",
        "CALLS_TABLE": "calls",
        "DESK_TABLE": "desk",
        "CAMPAIGNS_TABLE": "campaigns",
        "AGENTS_DIR": "agents",
        "LINES": '{"*": "front_door"}',
    }

    assert "not_prepared" not in run(unpacked, "import functions.entry", **environment)


def test_turns_start_from_their_package_with_the_agents_they_need(tmp_path: Path) -> None:
    environment = {
        "PUBLIC_BASE_URL": "https://voice.example.com",
        "CALLS_TABLE": "calls",
        "DESK_TABLE": "desk",
        "CAMPAIGNS_TABLE": "campaigns",
        "BOOKINGS_TABLE": "bookings",
        "AGENTS_DIR": "agents",
        "LINES": '{"*": "front_door"}',
        "OPENAI_MODEL": "gpt-4.1-mini",
    }

    assert "not_prepared" not in run(unpack(TURNS, tmp_path), "import functions.turns.entry", **environment)


def test_the_desk_has_its_page_and_the_agents_it_shows(tmp_path: Path) -> None:
    root = unpack(DESK, tmp_path)

    assert {path.name for path in (root / "page").iterdir()} == {"desk.css", "desk.js", "icon.svg", "index.html"}
    assert (root / "agents" / "front_door.json").exists()
    assert (root / "page" / "desk.js").stat().st_size < 120_000


def test_a_page_that_is_wrong_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "BUILD", tmp_path)
    monkeypatch.setattr(page, "FOLDER", tmp_path)

    with pytest.raises(BuildError, match=r"^web/desk: .*Could not resolve"):
        lambda_zip(DESK, "arm64")


def test_an_agent_that_is_wrong_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "BUILD", tmp_path)
    wrong = LambdaPackage("wrong", FALLBACK.sources, 30_000, agents="tests/infra/wrong_agent.yaml")

    with pytest.raises(BuildError, match=r"^tests/infra/wrong_agent\.yaml:1: business: is missing"):
        lambda_zip(wrong, "arm64")


def test_the_image_is_built_from_what_it_needs() -> None:
    folder = packages.image_folder()
    tops = {path.name for path in folder.iterdir()}
    dockerfile = (folder / "Dockerfile").read_text()

    assert tops == {"Dockerfile", "agents", "shared", "streaming"}
    assert (folder / "streaming" / "silero" / "matrices.onnx").stat().st_size > 1_000_000
    assert 'ENTRYPOINT ["/venv/bin/python", "-m", "streaming"]' in dockerfile
    assert "\nUSER 10001" in dockerfile
    assert "--require-hashes" in dockerfile
