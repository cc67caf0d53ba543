"""Log files as they grow."""

from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 1 << 20
"""A longer line is none of ours, and is passed over."""


class NothingToWatch(Exception):
    """There are no logs. The message is one line, with what to do."""


class LogFolder:
    """The `*.log` files of a folder, the ones to come too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}

    def new_lines(self) -> Iterator[str]:
        """Every whole line that has come since it was last asked. A file that has shrunk is read anew."""
        for file in sorted(self._folder.glob("*.log")):
            done = self._read.get(file, 0)
            if file.stat().st_size < done:
                done = 0
            with file.open("rb") as log:
                log.seek(done)
                for line in log:
                    if line.endswith(b"\n"):
                        done += len(line)
                        if len(line) <= MOST_BYTES:
                            yield line.decode(errors="replace")
            self._read[file] = done
