"""Agent files: YAML a business person writes, checked, and turned into `shared.core.agent.Agent`.

Whatever is wrong is said with file, line, field and the fix, all at once, and nothing is loaded.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from shared import file_places
from shared.adapters.agent_files.contradictions import Wrong, contradictions, differences
from shared.adapters.agent_files.made import agent_of
from shared.adapters.agent_files.schema import AgentFile
from shared.core import agent as core
from shared.core import languages
from shared.file_places import Places

MAX_BYTES = 1_000_000


class AgentFileError(Exception):
    """The file cannot be used. The message has one line per problem: file:line: field: what is wrong; the fix."""


def load(path: Path, *, tools: frozenset[str] | None = None, speakers: Collection[str] = ()) -> core.Agent:
    """Read one agent file, and those of its other languages beside it. With `tools`, every tool it names must be among
    them; a voice is needed for each of `speakers`, the vendors of synthesis in use. Raises AgentFileError."""
    file = _read(path, tools, speakers)
    others: list[core.Agent] = []
    for at, name in enumerate(file.read.other_languages):
        here = ("other_languages", str(at))
        beside = path.with_name(f"{name}.yaml")
        if beside == path or not beside.is_file():
            raise file.error([(here, f"`{name}` is no other file beside this one; give its name without .yaml")])
        other = _read(beside, tools, speakers)
        wrong = list(differences(file.read, other.read, beside.name))
        language = languages.of(other.read.language).name
        if language in {languages.of(known).name for known in (file.read.language, *(o.language for o in others))}:
            wrong.append((here, f"`{name}` is in {language} too; name one file for each other language"))
        if wrong:
            raise file.error(wrong)
        others.append(agent_of(other.read, name))
    return replace(agent_of(file.read, path.stem), siblings=tuple(others))


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    places: Places
    read: AgentFile

    def error(self, wrong: list[Wrong]) -> AgentFileError:
        lines = (f"{self.path}:{self.places.of(where)}: {'.'.join(where)}: {what}" for where, what in wrong)
        return AgentFileError("\n".join(lines))


def _read(path: Path, tools: frozenset[str] | None, speakers: Collection[str]) -> _File:
    """One file, with nothing wrong in it by itself."""
    try:
        places, data = file_places.read(path, max_bytes=MAX_BYTES)
    except file_places.Unreadable as error:
        raise AgentFileError(str(error)) from None
    try:
        file = _File(path, places, AgentFile.model_validate(data))
    except ValidationError as error:
        problems = [file_places.explain(str(path), places, item, AgentFile) for item in error.errors()]
        raise AgentFileError("\n".join(dict.fromkeys(problems))) from None
    if wrong := list(contradictions(file.read, tools, speakers)):
        raise file.error(wrong)
    return file
