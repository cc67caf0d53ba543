"""Files of do-not-call lists: one number a line, or CSV with a column for it. Read whole before any of it is used.

The national registry of the United States comes as `305,5550123`, or `3055550123`: for it, ten digits are a number.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli.deployed.refusal import Refusal
from shared.core.rules.answers import E164
from shared.core.rules.person import OWN_LIST, US_LIST

COLUMNS: Final = ("phone", "number", "phone_number", "telephone")
COUNTRY_OF: Final = {US_LIST: "+1", "in-preference": "+91", OWN_LIST: ""}
"""How a list's numbers begin, and what goes before ten digits. Of the company's own any will do, in E.164."""

_TEN: Final = re.compile(r"\d{10}")
_PUNCTUATION: Final = str.maketrans("", "", " -().\t")
_SHOWN: Final = 5


def checked(path: Path, name: str) -> int:
    """How many numbers there are, all of them good. Raises Refusal with the first lines that are not."""
    wrong: list[str] = []
    count = 0
    for line, text, number in _lines(path, name):
        if number is None:
            wrong.append(f"line {line}: {text[:40]!r}")
        else:
            count += 1
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise Refusal(
            f"{path}: not a number in E.164, such as +13055550123: {'; '.join(wrong[:_SHOWN])}{more};"
            " mend them, nothing was imported"
        )
    if not count:
        raise Refusal(f"{path}: there is no number in it; give one a line, or CSV with a column {COLUMNS[0]}")
    return count


def numbers(path: Path, name: str) -> Iterator[str]:
    """The numbers of a checked file, in E.164. Raises Refusal."""
    for _, _, number in _lines(path, name):
        if number is not None:
            yield number


def _lines(path: Path, name: str) -> Iterator[tuple[int, str, str | None]]:
    """Line, what it says, and its number; None if that is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            column: int | None = None
            for line, row in enumerate(csv.reader(file), start=1):
                cells = [cell.strip() for cell in row]
                if not any(cells) or cells[0].startswith("#"):
                    continue
                if line == 1 and (header := _header(cells)) is not None:
                    column = header
                    continue
                text = "".join(cells) if column is None else cells[column] if column < len(cells) else ""
                yield line, ",".join(cells), _number(text, name)
    except OSError as error:
        raise Refusal(f"{path}: cannot be read ({error.strerror}); check the name") from None
    except (UnicodeDecodeError, csv.Error):
        raise Refusal(f"{path}: not a text of UTF-8; save it as CSV or plain text") from None


def _header(cells: list[str]) -> int | None:
    lower = [cell.lower().replace(" ", "_") for cell in cells]
    return next((lower.index(column) for column in COLUMNS if column in lower), None)


def _number(text: str, name: str) -> str | None:
    bare = text.translate(_PUNCTUATION)
    begins = COUNTRY_OF[name]
    number = f"{begins}{bare}" if begins and _TEN.fullmatch(bare) else bare
    return number if E164.fullmatch(number) and number.startswith(begins) else None
