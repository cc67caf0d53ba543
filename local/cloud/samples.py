"""Recorded human telephone speech to test the ears with: Debian's Asterisk prompts, Allison Smith, 8 kHz, transcribed.

The recordings are CC-BY-SA-3.0, so they are fetched from the package archive when needed and never committed.
"""

import gzip
import os
import re
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "asterisk-sounds"

_PACKAGES = ("asterisk-core-sounds-en-wav", "asterisk-core-sounds-en")  # the sound, and what is said in it
_SOUNDS = Path("usr/share/asterisk/sounds/en_US_f_Allison")
_TEXTS = Path("usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
_DOWNLOAD_S = 180


class NoSamples(Exception):
    """The packages could not be fetched or unpacked; the message says what apt or dpkg said."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One recording and the words that are spoken in it."""

    name: str
    text: str
    path: Path

    def pcm(self) -> bytes:
        """The sound: 16-bit little-endian, 8 kHz, mono."""
        with wave.open(str(self.path)) as sound:
            return bytes(sound.readframes(sound.getnframes()))


def prompts(cache: Path = CACHE) -> dict[str, Prompt]:
    """All prompts with words in them, by name; fetched on first use (18 MB). Raises NoSamples."""
    if not (cache / _TEXTS).exists():
        _fetch(cache)
    found: dict[str, Prompt] = {}
    for line in gzip.decompress((cache / _TEXTS).read_bytes()).decode("utf-8", "replace").splitlines():
        name, colon, text = line.partition(": ")
        path = cache / _SOUNDS / f"{name}.wav"
        if colon and re.match(r"^[^\[(;]+$", text) and path.exists():
            found[name] = Prompt(name, text.strip(), path)
    return found


def _fetch(cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent, prefix=f"{cache.name}-") as folder:
        work = Path(folder)
        try:
            _run(["apt-get", "download", *_PACKAGES], work)
        except NoSamples:
            options = _private_apt(work)
            _run(["apt-get", *options, "update"], work)
            _run(["apt-get", *options, "download", *_PACKAGES], work)
        for package in work.glob("*.deb"):
            _run(["dpkg-deb", "-x", str(package), str(work / "unpacked")], work)
        try:
            (work / "unpacked").rename(cache)
        except OSError as error:
            if not (cache / _TEXTS).exists():  # otherwise somebody else was faster
                raise NoSamples(f"cannot move the recordings to {cache}: {error}") from None


def _private_apt(work: Path) -> list[str]:
    """Options for package lists of our own, for a machine that has none and a user who is not root."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    settings = {
        "Dir::State": work / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": work / "cache",
        **({"APT::Sandbox::User": "root"} if os.geteuid() == 0 else {}),
    }
    return [option for name, value in settings.items() for option in ("-o", f"{name}={value}")]


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_DOWNLOAD_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoSamples(f"{command[0]}: {error}") from None
    if done.returncode != 0:
        raise NoSamples(f"{' '.join(command[:2])}: {done.stderr.strip()[-300:]}")
