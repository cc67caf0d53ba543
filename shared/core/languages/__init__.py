"""The languages the core knows by itself, by the code an agent file gives."""

from functools import cache

from shared.core.languages.english import ENGLISH
from shared.core.languages.hindi import HINDI
from shared.core.languages.indian_english import INDIAN_ENGLISH
from shared.core.languages.language import Language

_BY_CODE = {"en": ENGLISH, "en-IN": INDIAN_ENGLISH, "hi-IN": HINDI}


@cache
def of(code: str, mixed_with: tuple[str, ...] = ()) -> Language:
    """The language of a code such as en-US: its own, or that of the part before the hyphen. Raises LookupError.

    The words of those it is `mixed_with` are recognised too.
    """
    found = _BY_CODE.get(code) or _BY_CODE.get(code.partition("-")[0])
    if found is None:
        raise LookupError(code)
    for other in mixed_with:
        found = found.mixed_with(of(other))
    return found


def every() -> tuple[Language, ...]:
    return tuple(_BY_CODE.values())


def codes() -> tuple[str, ...]:
    """What `of` knows; a code without a region stands for all of its regions."""
    return tuple(_BY_CODE)
