"""Log lines as the product writes them."""

import logging
from pathlib import Path

from shared.observability import JsonFormatter

MINUTE_MS = 60_000
BEGIN_MS = 1_800_000_000_000
"""A whole hour."""


def line(
    event: str, at_ms: int = BEGIN_MS, *, service: str = "streaming", level: int = logging.INFO, **extra: object
) -> str:
    """One event of the product at this time, its figures with it."""
    logger = logging.getLogger("streaming.app")
    record = logger.makeRecord(logger.name, level, "app.py", 1, event, (), None, extra=extra)
    record.created = at_ms / 1000
    return JsonFormatter(service, "Switchboard/laptop").format(record)


def write(folder: Path, *lines: str, name: str = "streaming") -> None:
    """Add lines to a process's log."""
    with (folder / f"{name}.log").open("a") as log:
        log.writelines(f"{line}\n" for line in lines)
