"""What is on file about a person comes out of the rows as it went in; nothing is guessed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.rules.law import RULEBOOK
from shared.core.rules.person import Channel, Consent, ConsentKind, Contact, OptOut, Person, Purpose
from shared.core.rules.rule import Cap, Unlisted
from shared.wire.dynamodb_values import decode_row, encode_row
from shared.wire.person_rows import KEPT, Row, consent_row, contact_row, listing_row, opt_out_row, read_person

NUMBER = "+13055550123"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

words = st.text(st.characters(codec="utf-8"), max_size=12)
times = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
consents = st.builds(
    Consent,
    st.sampled_from(ConsentKind),
    st.frozensets(st.sampled_from(Purpose), min_size=1),
    times,
    words,
    words,
    st.none() | times,
)
contacts = st.builds(Contact, times, st.sampled_from(Channel), st.booleans(), words, words, st.booleans())


def _stored(row: Row) -> dict[str, object]:
    return decode_row(encode_row(row))


@given(consents, contacts, st.builds(OptOut, times, words, words))
def test_a_person_is_read_as_written(consent: Consent, contact: Contact, opt_out: OptOut) -> None:
    rows = [consent_row(NUMBER, consent), contact_row(NUMBER, "a.1", contact), opt_out_row(NUMBER, opt_out)]
    assert read_person(map(_stored, rows)) == Person((consent,), opt_out, contacts=(contact,))


def test_the_own_list_is_kept_for_good_and_others_as_long_as_they_may_be_asked() -> None:
    assert "expires_at" not in listing_row(NUMBER, "own", NOW.date())
    expires = listing_row(NUMBER, "us-national", date(2026, 11, 1))["expires_at"]
    assert expires == datetime(2027, 1, 30, tzinfo=UTC).timestamp()


def test_an_opt_out_and_a_consent_never_expire() -> None:
    assert "expires_at" not in opt_out_row(NUMBER, OptOut(NOW, "said"))
    agreed = Consent(ConsentKind.EXPRESS, frozenset(Purpose), NOW, "web form", "form-77")
    assert "expires_at" not in consent_row(NUMBER, agreed)


def test_contacts_are_kept_longer_than_any_rule_looks_back() -> None:
    demands = [rule.demand for rule in RULEBOOK.every_rule()]
    longest = max(
        each.within if isinstance(each, Cap) else each.max_age or timedelta()
        for each in demands
        if isinstance(each, Cap | Unlisted)
    )
    assert 2 * longest < KEPT


@pytest.mark.parametrize(
    "change", [{"at": "soon"}, {"channel": "fax"}, {"talked": None}, {"inbound": "no"}, {"sk": "x#1"}]
)
def test_a_row_that_cannot_be_read_is_an_error(change: dict[str, object]) -> None:
    row = _stored(contact_row(NUMBER, "a.1", Contact(NOW, Channel.CALL))) | change
    with pytest.raises(ValueError, match=r"a person's row \w+ cannot be read"):
        read_person([row])


def test_a_row_that_misses_something_is_an_error() -> None:
    row = _stored(contact_row(NUMBER, "a.1", Contact(NOW, Channel.CALL)))
    del row["debt"]
    with pytest.raises(ValueError, match="cannot be read: 'debt'"):
        read_person([row])
