"""`switchboard rules import-dnc`: a do-not-call list from a file into the ledger."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from cli.counted import counted
from cli.deployed.refusal import Refusal
from cli.rules.registry_file import checked, numbers
from shared.ports import ProviderError
from shared.ports.ledger import Ledger


def import_dnc(path: Path, name: str, day: str | None, ledger: Callable[[], Ledger]) -> tuple[str, list[str]]:
    """Check all of the file, then import it; gives the figures. The list is of its day only when all of it is in.

    `ledger` is asked for only when the file is good. Raises Refusal.
    """
    data_of = _day(day)
    count = checked(path, name)
    try:
        imported = ledger().import_list(name, data_of, numbers(path, name))
    except ProviderError as error:
        raise Refusal(f"{error}; the list is as it was before, import it again") from None
    if imported != count:
        raise Refusal(f"{path}: was changed while it was read; import it again")
    return f"{counted(imported, 'number')} on the list {name} of {data_of}", []


def _day(text: str | None) -> date:
    today = datetime.now(UTC).date()
    try:
        day = today if text is None else date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"--date: {text} is no day; write it as 2026-11-20") from None
    if day > today:
        raise Refusal(f"--date: {day} has not come yet; give the day of the list's state")
    return day
