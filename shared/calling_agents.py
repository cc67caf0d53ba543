"""Which agents of a folder call people: they belong to no line, and are loaded because they are there."""

import re
from pathlib import Path

_CALLS = re.compile(r'^(?:outbound:|  "outbound": \{)', re.MULTILINE)
"""In a YAML file, and in one made ready (`functions/ready_agents.py`)."""


def calling_agents(folder: Path) -> frozenset[str]:
    """Their names."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix in (".yaml", ".json")]
    return frozenset(path.stem for path in files if _CALLS.search(path.read_text("utf-8")))
