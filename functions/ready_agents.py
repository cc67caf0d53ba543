"""Agents made ready when the package is built: YAML read and checked there, and kept as JSON of `shared.core.agent`.

Reading YAML and checking it takes a third of a cold start and 10 MB. A file that is wrong stops the build, not a call:

    python -m functions.ready_agents FOLDER FILE...     # writes FOLDER/<name>.json for each YAML file
"""

import sys
from pathlib import Path

import msgspec

from shared.core.agent import Agent
from shared.settings import SettingsError


def read(folder: Path, name: str) -> Agent:
    """The agent of that name. Raises SettingsError if there is none, or one of another version's making."""
    try:
        return msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Agent)
    except (OSError, msgspec.MsgspecError):
        raise SettingsError("LINES", f"names the agent {name}, which is not in the package; deploy it") from None


def write(folder: Path, files: list[Path]) -> None:
    """Make the agents of these YAML files ready. Ends the process with what is wrong in a file."""
    from shared.adapters.agent_files import AgentFileError, load  # never in a Lambda

    for file in files:
        try:
            agent = load(file)
        except AgentFileError as error:
            sys.exit(str(error))
        (folder / f"{file.stem}.json").write_bytes(msgspec.json.format(msgspec.json.encode(agent)))


if __name__ == "__main__":
    write(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
