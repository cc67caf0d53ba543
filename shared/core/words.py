"""Words as the ear compares them, in any script."""

import re
import unicodedata

_LETTERS = range(0x300, 0x2000)
"""Where Unicode keeps the signs that are written above, below and beside letters, and most scripts' digits."""
_MARKS = "".join(chr(code) for code in _LETTERS if unicodedata.category(chr(code)).startswith("M"))
_WORD = re.compile(rf"(?:[^\W\d_]|['{_MARKS}])+|[0-9]+")
_PLAIN_WORD = re.compile(r"[a-z']+|[0-9]+")
"""The same in ASCII, in half the time."""
_ALIKE = {
    **{code: str(unicodedata.decimal(chr(code))) for code in _LETTERS if chr(code).isdecimal()},
    0x2019: "'",
    0x093C: None,  # the dot of letters borrowed from Persian, which many do not write
    0x0901: "\u0902",  # the two signs for a vowel through the nose, which many do not tell apart
    0x200C: None,  # these two join letters or not, and are not heard
    0x200D: None,
}


def fold(text: str) -> str:
    """`text` in small letters, with the same signs for the same sounds and ASCII digits."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.lower()).translate(_ALIKE))


def words_of(text: str) -> list[str]:
    """Folded words, digits kept whole, punctuation dropped."""
    return (_PLAIN_WORD if text.isascii() else _WORD).findall(fold(text))
