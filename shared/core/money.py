"""Sums of money: whole numbers of the currency's smallest unit, so that nothing is ever rounded."""

import re
from dataclasses import dataclass
from typing import Self

_DECIMALS = {"jpy": 0, "krw": 0, "vnd": 0, "clp": 0, "bhd": 3, "jod": 3, "kwd": 3, "omr": 3, "tnd": 3}
"""Of currencies that have other than two (ISO 4217)."""
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "inr": "₹"}
_WRITTEN = re.compile(r"(\d{1,9})(?:\.(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Money:
    minor: int
    """Of the smallest unit: cents, paise."""
    currency: str
    """ISO 4217, in small letters."""

    @classmethod
    def read(cls, written: object, currency: str) -> Self:
        """A sum as `120`, `120.5` or `120.50`, more than nothing. Raises ValueError for anything else."""
        found = _WRITTEN.fullmatch(str(written).strip()) if isinstance(written, str | int | float) else None
        decimals = _decimals(currency)
        if found is None or isinstance(written, bool) or len(found[2] or "") > decimals:
            raise ValueError(f"not a sum of {currency.upper()}")
        minor = int(found[1] + (found[2] or "").ljust(decimals, "0"))
        if minor <= 0:
            raise ValueError("not more than nothing")
        return cls(minor, currency)

    @property
    def decimal(self) -> str:
        """As `120.00`."""
        decimals = _decimals(self.currency)
        text = str(self.minor).rjust(decimals + 1, "0")
        return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text

    @property
    def written(self) -> str:
        """As `$120` or `120.50 CHF`."""
        whole, _, part = self.decimal.partition(".")
        said = f"{whole}.{part}" if part.strip("0") else whole
        sign = _SIGNS.get(self.currency)
        return f"{sign}{said}" if sign else f"{said} {self.currency.upper()}"


def _decimals(currency: str) -> int:
    return _DECIMALS.get(currency, 2)
