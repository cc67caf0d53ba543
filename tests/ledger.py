"""The ledger in memory; `tests/adapters/test_ledger_contract.py` keeps it honest."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from threading import Lock

from shared.core.rules.person import Consent, Contact, Listing, OptOut, Person, Registry, part_of
from shared.ports import Refused


class FakeLedger:
    """`people` and `registries` may be set by a test."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.people: dict[str, Person] = defaultdict(Person)
        self.registries: dict[str, Registry] = {}
        self._contact_keys: dict[tuple[str, str], Contact] = {}

    def person(self, number: str) -> Person:
        return self.people.get(number, Person())

    def opt_out(self, number: str, opt_out: OptOut) -> bool:
        with self._lock:
            person = self.people[number]
            self.people[number] = replace(person, opt_out=person.opt_out or opt_out)
            return person.opt_out is None

    def add_consent(self, number: str, consent: Consent) -> bool:
        with self._lock:
            person = self.people[number]
            if any(each.reference == consent.reference for each in person.consents):
                return False
            self.people[number] = replace(person, consents=(*person.consents, consent))
            return True

    def revoke_consent(self, number: str, reference: str, at: datetime) -> bool:
        with self._lock:
            person = self.people[number]
            consents = tuple(
                replace(each, revoked_at=at) if each.reference == reference and not each.revoked_at else each
                for each in person.consents
            )
            if consents == person.consents:
                return False
            self.people[number] = replace(person, consents=consents, version=person.version + 1)
            return True

    def add_contact(self, number: str, key: str, contact: Contact) -> bool:
        with self._lock:
            if (number, key) in self._contact_keys:
                return False
            self._contact_keys[number, key] = contact
            self._recount(number)
            return True

    def drop_contact(self, number: str, key: str) -> None:
        """What the table's transaction does when nobody was dialled after all."""
        with self._lock:
            if self._contact_keys.pop((number, key), None) is not None:
                self._recount(number)

    def mark_talked(self, number: str, key: str) -> bool:
        with self._lock:
            contact = self._contact_keys.get((number, key))
            if contact is None or contact.talked:
                return False
            self._contact_keys[number, key] = replace(contact, talked=True)
            self._recount(number)
            return True

    def import_list(self, name: str, data_of: date, numbers: Iterable[str]) -> int:
        listed = list(numbers)
        parts = sorted({part_of(name, number) for number in listed})
        for part in parts:
            former = self.registries.get(part)
            if former is not None and former.data_of > data_of:
                raise Refused(f"the list {part} has been imported as it was on {former.data_of}, later than {data_of}")
        for number in listed:
            person = self.people[number]
            others = tuple(each for each in person.listings if each.name != name)
            self.people[number] = replace(person, listings=(*others, Listing(name, data_of)))
        self.registries |= {part: Registry(part, data_of) for part in parts}
        return len(listed)

    def registry(self, name: str) -> Registry | None:
        return self.registries.get(name)

    def _recount(self, number: str) -> None:
        person = self.people[number]
        of_them = [contact for (whose, _), contact in self._contact_keys.items() if whose == number]
        contacts = tuple(sorted(of_them, key=lambda contact: contact.at))
        self.people[number] = replace(person, contacts=contacts, version=person.version + 1)
