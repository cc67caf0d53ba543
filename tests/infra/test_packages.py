"""What goes into a Lambda: the same bytes each time, compiled, and enough to run on."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cdk import packages
from cdk.packages import FALLBACK, TELEPHONY, BuildError, LambdaPackage, lambda_zip

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def telephony() -> Path:
    return lambda_zip(TELEPHONY, "arm64")


@pytest.fixture(scope="session")
def fallback() -> Path:
    return lambda_zip(FALLBACK, "arm64")


@pytest.mark.parametrize("package", [TELEPHONY, FALLBACK], ids=lambda package: package.name)
def test_the_same_sources_give_the_same_bytes(
    package: LambdaPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lambda_zip(package, "arm64").read_bytes()
    monkeypatch.setattr(packages, "BUILD", tmp_path / "elsewhere")

    assert lambda_zip(package, "arm64").read_bytes() == first


def locked(path: str) -> set[str]:
    """`name==version` of everything a lock names for Linux."""
    return set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / path).read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", ["functions/requirements.lock", "streaming/requirements.lock"])
def test_what_is_deployed_is_what_is_tested(path: str) -> None:
    """The locks of Lambdas and image name nothing that the lock of the tests does not; `make lock` after a change."""
    assert locked(path) - locked("requirements.lock") == set()


def test_a_package_is_built_once(fallback: Path) -> None:
    before = fallback.stat().st_mtime_ns

    assert lambda_zip(FALLBACK, "arm64") == fallback
    assert fallback.stat().st_mtime_ns == before


def test_a_package_beyond_its_ceiling_is_not_deployed() -> None:
    with pytest.raises(BuildError, match="the ceiling is 1,000"):
        lambda_zip(LambdaPackage("fallback", FALLBACK.sources, None, 1_000), "arm64")


def test_the_webhooks_package_holds_product_code_agents_and_locked_packages(telephony: Path) -> None:
    names = zipfile.ZipFile(telephony).namelist()
    tops = {name.partition("/")[0] for name in names}

    assert {"functions", "shared", "agents", "starlette", "mangum", "pydantic_core"} <= tops
    assert tops.isdisjoint({"local", "cli", "streaming", "tests", "bench", "openai", "numpy", "bin"})
    assert any(name.startswith("pydantic_core/") and "aarch64" in name for name in names)
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


def test_the_webhooks_package_has_every_aws_service_it_asks_for(tmp_path: Path) -> None:
    """From the zip and nothing else, for this machine's processor: import, and make each client."""
    processor: packages.Processor = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    zipfile.ZipFile(lambda_zip(TELEPHONY, processor)).extractall(tmp_path)
    program = (
        "import boto3, functions.wiring;"
        f"[boto3.client(name, region_name='eu-west-1') for name in {packages.AWS_SERVICES!r}]; print('ok')"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-c", program],
        cwd=tmp_path,
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout.strip() == "ok", done.stderr[-500:]


def test_the_image_is_built_from_what_it_needs() -> None:
    folder = packages.image_folder()
    tops = {path.name for path in folder.iterdir()}
    dockerfile = (folder / "Dockerfile").read_text()

    assert tops == {"Dockerfile", "agents", "shared", "streaming"}
    assert 'ENTRYPOINT ["/venv/bin/python", "-m", "streaming"]' in dockerfile
    assert "\nUSER 10001" in dockerfile
    assert "--require-hashes" in dockerfile
