"""What a company must remember of the people it calls, so that the calling rules can be asked."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from shared.core.rules.person import Consent, Contact, OptOut, Person, Registry


class Registries(Protocol):
    """Do-not-call lists as they were imported. Raises ProviderError."""

    def registry(self, name: str) -> Registry | None:
        """The list, or part of one, as it was last imported as a whole; None if it never was."""
        ...


class Ledger(Registries, Protocol):
    """People by number (E.164), and do-not-call lists. Raises ProviderError; all writes are conditional."""

    def person(self, number: str) -> Person:
        """All that is on file, consistently read; `Person()` for a number never seen. Raises Refused if any of it
        cannot be read."""
        ...

    def opt_out(self, number: str, opt_out: OptOut) -> bool:
        """Record for good that they want no calls; False, and the first one kept, if that was known."""
        ...

    def add_consent(self, number: str, consent: Consent) -> bool:
        """False, and nothing changed, if one with its reference is there, revoked or not."""
        ...

    def revoke_consent(self, number: str, reference: str, at: datetime) -> bool:
        """False if there is none of that reference, or it was revoked before."""
        ...

    def add_contact(self, number: str, key: str, contact: Contact) -> bool:
        """`key` names the contact for good; False, and nothing changed, if it is there."""
        ...

    def mark_talked(self, number: str, key: str) -> bool:
        """The contact of that key became a conversation; False if it is not there, or is known to be one."""
        ...

    def import_list(self, name: str, data_of: date, numbers: Iterable[str]) -> int:
        """Put all of them on a list that is in the state of that day; how many there were.

        The list, or each part of it that is among them (`part_of`), is of that day only when the last is in. A number
        that was on such a part before and is not among them is no longer on it. Raises Refused if one of the parts
        has been imported in a later state.
        """
        ...
