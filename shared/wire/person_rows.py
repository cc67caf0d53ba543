"""What is on file about a person, as rows of the table of campaigns.

    pk                 sk                   what
    person#<E.164>     opt-out              at, how, reference; never deleted, never expires
    person#<E.164>     history              version: counts the writes of contacts and revocations
    person#<E.164>     consent#<reference>  kind, purposes, given_at, how, reference, revoked_at
    person#<E.164>     contact#<key>        at, channel, talked, campaign, debt, inbound; expires_at
    person#<E.164>     list#<name>          data_of: the list's day when it last held the number; expires_at, but of own
    list#<part>        import               data_of: the day of the list, or its part, when last imported as a whole

Whoever writes a contact, or anything else that may forbid a call, adds one to `history` in the same transaction.
Times are ISO 8601 in UTC, `expires_at` seconds since 1970.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from shared.core.events import JsonValue
from shared.core.rules.person import OWN_LIST, Channel, Consent, ConsentKind, Contact, Listing, OptOut, Person, Purpose

KEPT: Final = timedelta(days=90)
"""Contacts and listings: longer than any rule looks back, or lets a list age."""

type Row = dict[str, JsonValue]


def person_key(number: str) -> str:
    return f"person#{number}"


def opt_out_key(number: str) -> dict[str, str]:
    return {"pk": person_key(number), "sk": "opt-out"}


def history_key(number: str) -> dict[str, str]:
    return {"pk": person_key(number), "sk": "history"}


def consent_key(number: str, reference: str) -> dict[str, str]:
    return {"pk": person_key(number), "sk": f"consent#{reference}"}


def contact_key(number: str, key: str) -> dict[str, str]:
    return {"pk": person_key(number), "sk": f"contact#{key}"}


def listing_key(number: str, name: str) -> dict[str, str]:
    return {"pk": person_key(number), "sk": f"list#{name}"}


def import_key(name: str) -> dict[str, str]:
    return {"pk": f"list#{name}", "sk": "import"}


def opt_out_row(number: str, opt_out: OptOut) -> Row:
    return {**opt_out_key(number), "at": _text(opt_out.at), "how": opt_out.how, "reference": opt_out.reference}


def consent_row(number: str, consent: Consent) -> Row:
    return {
        **consent_key(number, consent.reference),
        "kind": consent.kind,
        "purposes": sorted(consent.purposes),
        "given_at": _text(consent.given_at),
        "how": consent.how,
        "reference": consent.reference,
        "revoked_at": None if consent.revoked_at is None else _text(consent.revoked_at),
    }


def contact_row(number: str, key: str, contact: Contact) -> Row:
    return {
        **contact_key(number, key),
        "at": _text(contact.at),
        "channel": contact.channel,
        "talked": contact.talked,
        "campaign": contact.campaign,
        "debt": contact.debt,
        "inbound": contact.inbound,
        "expires_at": int((contact.at + KEPT).timestamp()),
    }


def listing_row(number: str, name: str, data_of: date) -> Row:
    """The company's own list never shrinks; of an imported one, who has left it is forgotten in time."""
    row: Row = {**listing_key(number, name), "data_of": data_of.isoformat()}
    if name == OWN_LIST:
        return row
    return row | {"expires_at": int((datetime.combine(data_of, time(), UTC) + KEPT).timestamp())}


def read_person(rows: Iterable[Mapping[str, Any]]) -> Person:
    """All rows of one person, taken together. Raises ValueError for one that cannot be read."""
    consents, listings, contacts = list[Consent](), list[Listing](), list[Contact]()
    opt_out, version = None, 0
    for row in rows:
        try:
            match str(row["sk"]).partition("#")[0]:
                case "opt-out":
                    opt_out = OptOut(_time(row["at"]), str(row["how"]), str(row["reference"]))
                case "history":
                    version = int(row["version"])
                case "consent":
                    consents.append(_consent(row))
                case "contact":
                    contacts.append(_contact(row))
                case "list":
                    listings.append(Listing(str(row["sk"]).partition("#")[2], date.fromisoformat(row["data_of"])))
                case _:
                    raise ValueError("of a kind that is not known")
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"a person's row {str(row.get('sk')).partition('#')[0]} cannot be read: {error}") from None
    contacts.sort(key=lambda contact: contact.at)
    return Person(tuple(consents), opt_out, tuple(listings), tuple(contacts), version)


def _consent(row: Mapping[str, Any]) -> Consent:
    revoked = row["revoked_at"]
    return Consent(
        ConsentKind(row["kind"]),
        frozenset(map(Purpose, row["purposes"])),
        _time(row["given_at"]),
        str(row["how"]),
        str(row["reference"]),
        None if revoked is None else _time(revoked),
    )


def _contact(row: Mapping[str, Any]) -> Contact:
    return Contact(
        _time(row["at"]),
        Channel(row["channel"]),
        _flag(row["talked"]),
        str(row["campaign"]),
        str(row["debt"]),
        _flag(row["inbound"]),
    )


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at
