"""People to be called, made up: the same for the same seed. Their numbers are nobody's (555-01xx)."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from shared.adapters.phone_zones import places_of
from shared.core.rules.person import (
    US_LIST,
    Channel,
    Consent,
    ConsentKind,
    Contact,
    OptOut,
    Person,
    Purpose,
    Registry,
    part_of,
)
from shared.core.rules.question import Question
from shared.core.rules.us_area_codes import STATE_OF

_CODES: Final = tuple(STATE_OF)
_STATES: Final = tuple(dict.fromkeys(STATE_OF.values()))
_PURPOSES: Final = {Purpose.REMINDER: 40, Purpose.COLLECTION: 25, Purpose.SALES: 20, Purpose.SURVEY: 15}
_MOVED: Final = 0.15
"""Live in another state than their number is from."""
_TOLL_FREE: Final = 0.005
_OPTED_OUT: Final = 0.02
_UNASKED: Final = 0.05
"""Have agreed to nothing."""
_CALLED_BEFORE: Final = 0.3


def people(count: int, seed: int, now: datetime) -> Iterator[Question]:
    """What is asked about each of them."""
    dice = random.Random(seed)
    imported = now.date() - timedelta(days=9)
    purposes = dice.choices(tuple(_PURPOSES), tuple(_PURPOSES.values()), k=count)
    for purpose in purposes:
        code = "800" if dice.random() < _TOLL_FREE else dice.choice(_CODES)
        number = f"+1{code}555{dice.randrange(100, 200):04}"
        address = {"country": "US", "region": dice.choice(_STATES)} if dice.random() < _MOVED else {}
        yield Question(
            number=number,
            purpose=purpose,
            channel=Channel.CALL,
            now=now,
            places=places_of(number, address),
            person=_person(dice, purpose, now),
            registries=(Registry(part_of(US_LIST, number), imported),),
            debt="a debt" if purpose is Purpose.COLLECTION else "",
        )


def _person(dice: random.Random, purpose: Purpose, now: datetime) -> Person:
    kind = ConsentKind.WRITTEN if purpose is Purpose.SALES else ConsentKind.EXPRESS
    agreed = Consent(kind, frozenset({purpose}), now - timedelta(days=dice.randrange(1, 400)), "web form", "a form")
    consents = () if dice.random() < _UNASKED else (agreed,)
    opt_out = OptOut(now - timedelta(days=3), "said") if dice.random() < _OPTED_OUT else None
    contacts = []
    if dice.random() < _CALLED_BEFORE:
        for _ in range(dice.randrange(1, 5)):
            ago = timedelta(minutes=dice.randrange(8 * 24 * 60))
            contacts.append(Contact(now - ago, Channel.CALL, dice.random() < 0.3, debt="a debt"))
    return Person(consents, opt_out, contacts=tuple(sorted(contacts, key=lambda each: each.at)))
