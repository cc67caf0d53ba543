"""The languages the core knows by itself, by the code an agent file gives."""

from shared.core.languages.english import ENGLISH
from shared.core.languages.language import Language

_BY_CODE = {"en": ENGLISH}


def of(code: str) -> Language:
    """The language of a code such as en-US: its own, or that of the part before the hyphen. Raises LookupError."""
    found = _BY_CODE.get(code) or _BY_CODE.get(code.partition("-")[0])
    if found is None:
        raise LookupError(code)
    return found


def every() -> tuple[Language, ...]:
    return tuple(_BY_CODE.values())


def codes() -> tuple[str, ...]:
    """What `of` knows; a code without a region stands for all of its regions."""
    return tuple(_BY_CODE)
