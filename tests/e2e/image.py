"""The streaming service as its container has it, without Docker: the files of the image, the packages of its lock and
nothing else, started by the entry point that the Dockerfile names."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cdk.packages import image_folder
from cli.children import Child, Children, Say
from cli.stand_ins import READY_S, ROOT

VENV = ROOT / ".tools" / "streaming"
"""Made by `make .tools/streaming/.ready` from the lock, as the Dockerfile makes its /venv."""
CONTAINER = Path(__file__).with_name("container.py")


@dataclass(frozen=True)
class Image:
    """A built folder, and the Dockerfile in it."""

    folder: Path

    @cached_property
    def _last_stage(self) -> str:
        return (self.folder / "Dockerfile").read_text().rpartition("\nFROM ")[2]

    @cached_property
    def entry_point(self) -> tuple[str, ...]:
        """In its exec form: a shell as process 1 would keep the signals to itself. Raises ValueError otherwise."""
        written = re.search(r"^ENTRYPOINT (\[.*\])$", self._last_stage, re.MULTILINE)
        if written is None:
            raise ValueError("streaming/Dockerfile: ENTRYPOINT is not in the exec form")
        return tuple(str(word).replace("/venv", str(VENV), 1) for word in json.loads(written[1]))

    @cached_property
    def environment(self) -> Mapping[str, str]:
        lines = re.findall(r"^ENV (.*)$", self._last_stage, re.MULTILINE)
        return dict(pair.split("=", 1) for line in lines for pair in line.split())

    def start(self, children: Children, environment: Mapping[str, str]) -> Child:
        """A container of it, on a free port of loopback."""
        given = {"HOST": "127.0.0.1", "PORT": "0", **environment, **self.environment}
        command = (sys.executable, str(CONTAINER), str(self.folder), *self.entry_point)
        return children.start("streaming", *command, environment=given)


def built() -> Image:
    """Raises FileNotFoundError when the packages of the lock are not installed."""
    if not (VENV / "bin" / "python").exists():
        raise FileNotFoundError("the image's packages are not there; run `make .tools/streaming/.ready`")
    return Image(image_folder())


def is_process_one(container: Child, say: Say) -> bool:
    return container.until_says(r'"process_one": (\w+)', READY_S, say)[1] == "true"
