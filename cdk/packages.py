"""What is deployed, as files: a zip for each Lambda, and a folder for the image. Built by uv, with no Docker.

The same sources and locks give the same bytes, so that nothing is deployed that did not change. Modules are compiled
ahead, because a Lambda cannot keep what it compiles (cold imports take 2.7 times as long without), with hashes in
place of times and the paths they will have in the Lambda. `python -m cdk.packages` builds all of it.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from cdk import botocore_data, page
from cdk.contents import IMAGE, WEIGHED, LambdaPackage

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".build"

type Processor = Literal["arm64", "x86_64"]

WHEELS: dict[Processor, str] = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
"""What Lambda's Amazon Linux 2023 (glibc 2.34) and the image's Debian take."""

_BUILDERS = (Path(__file__), Path(botocore_data.__file__), Path(page.__file__))
_LAMBDA_ROOT = "/var/task"
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BuildError(Exception):
    """A package cannot be built. The message is one line, with what to do."""


def lambda_zip(package: LambdaPackage, processor: Processor) -> Path:
    """The package's zip, built unless it is there already. Raises BuildError."""
    sources = _files(package.sources)
    agents = _files([package.agents]) if package.agents else []
    readers = _files(["shared/adapters/agent_files/*.py"]) if agents else []
    pages = _files([page.SOURCES, page.LOCK]) if package.page else []
    inputs = [*_BUILDERS, *readers, *sources, *agents, *pages, *([ROOT / package.lock] if package.lock else [])]
    path = BUILD / f"{package.name}-{processor}-{_digest(inputs)}.zip"
    if not path.exists():
        BUILD.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=BUILD, prefix=package.name) as work:
            tree = Path(work) / "tree"
            tree.mkdir()
            if package.lock:
                _install(ROOT / package.lock, processor, tree)
            if package.aws:
                botocore_data.keep(tree / "botocore" / "data", package.aws)
            _copy(sources, tree)
            if agents:
                _make_ready(agents, tree / "agents")
            if pages and (wrong := page.bundle(tree / "page")):
                raise BuildError(f"web/desk: {wrong}")
            _compile(tree)
            _zip(tree, Path(work) / path.name)
            _forget(f"{package.name}-{processor}-*", path)
            (Path(work) / path.name).replace(path)
    if path.stat().st_size > package.ceiling:
        raise BuildError(
            f"{package.name}: {path.stat().st_size:,} bytes; the ceiling is {package.ceiling:,} (cdk/contents.py)"
        )
    return path


def image_folder() -> Path:
    """The folder from which the streaming service's image is built, holding nothing but what goes into it."""
    sources = _files(IMAGE)
    path = BUILD / f"image-{_digest(sources)}"
    if not path.exists():
        BUILD.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=BUILD, prefix="image") as work:
            tree = Path(work) / "tree"
            _copy(sources, tree)
            (tree / "streaming" / "Dockerfile").rename(tree / "Dockerfile")
            _forget("image-*", path)
            if not path.exists():  # somebody else may have been quicker
                tree.replace(path)
    return path


def _forget(former: str, present: Path) -> None:
    """Remove what was built of former sources; of the present ones somebody else may have built it meanwhile."""
    for path in set(BUILD.glob(former)) - {present}:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _files(globs: Iterable[str]) -> list[Path]:
    return sorted({path for pattern in globs for path in ROOT.glob(pattern) if path.is_file()})


def _digest(files: Iterable[Path]) -> str:
    """Of names and contents, so that neither a moved nor a changed file goes unnoticed."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _install(lock: Path, processor: Processor, tree: Path) -> None:
    uv = shutil.which(ROOT / ".tools" / "uv" / "bin" / "uv") or shutil.which("uv")
    if uv is None:
        raise BuildError("uv is not installed; run `make setup`")
    command = (uv, "pip", "install", "-q", "--no-deps", "--require-hashes", "--link-mode", "copy")
    target = ("--target", str(tree), "--python-platform", WHEELS[processor], "--python-version", "3.13")
    done = subprocess.run(
        [*command, *target, "--only-binary", ":all:", "-r", str(lock)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"uv cannot install {lock.name}: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}")
    (tree / ".lock").unlink(missing_ok=True)
    shutil.rmtree(tree / "bin", ignore_errors=True)


def _copy(sources: Iterable[Path], tree: Path) -> None:
    for source in sources:
        target = tree / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _make_ready(agents: Iterable[Path], folder: Path) -> None:
    """By the product's own reader, in a process of its own: a wrong agent is told here, before anything is deployed."""
    folder.mkdir()
    command = (sys.executable, "-m", "functions.ready_agents", str(folder))
    files = [str(agent.relative_to(ROOT)) for agent in agents]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise BuildError(done.stderr.strip() or "agents: they cannot be made ready, for no reason given")


def _compile(tree: Path) -> None:
    """In a process of its own with a fixed hash seed: sets among the constants would come out in another order."""
    if sys.version_info[:2] != (3, 13):
        raise BuildError("packages are compiled by Python 3.13; run this with the environment of `make setup`")
    command = (sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
    done = subprocess.run(
        [*command, "-s", str(tree), "-p", _LAMBDA_ROOT, str(tree)],
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"not all modules can be compiled: {(done.stdout.strip().splitlines() or ['no reason'])[-1]}")


def _zip(tree: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(file for file in tree.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


def main() -> int:
    """Builds all that is deployed, and says how large it is."""
    try:
        zips = [(package, lambda_zip(package, "arm64")) for package in WEIGHED]
        folder = image_folder()
    except BuildError as error:
        print(f"packages: short: {error}")
        return 1
    for package, path in zips:
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(path).infolist())
        size, ceiling = path.stat().st_size / 1e6, package.ceiling / 1e6
        print(f"{package.name:<12} {size:6.2f} MB of {ceiling:.2f}, {unpacked / 1e6:6.2f} unpacked  {path.name}")
    own = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{'image':<12} {own / 1e6:6.2f} MB of our own  {folder.name}")
    sizes = ", ".join(f"{package.name} {path.stat().st_size / 1e6:.2f} MB" for package, path in zips)
    print(f"packages: {sizes}, each below its ceiling: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
