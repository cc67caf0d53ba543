"""Who has picked up, by what is heard: a person, or one of the machines that answer telephones."""

from enum import StrEnum

from shared.core.languages.language import Language
from shared.core.languages.telephone import says
from shared.core.words import words_of

MOST_WORDS_OF_A_PERSON = 12
"""Whoever picks up says little and waits; a longer first utterance proves nothing."""


class Party(StrEnum):
    PERSON = "person"
    MAILBOX = "mailbox"
    SCREENING = "screening"
    """A robot that asks who calls before it lets the telephone ring."""
    MENU = "menu"
    UNAVAILABLE = "unavailable"
    """The network's announcement: cannot be reached now."""
    NOT_IN_SERVICE = "not-in-service"
    """And: there is no such number."""
    FAX = "fax"


def party_of(text: str, language: Language) -> Party | None:
    """Which machine says this; None when it sounds like none.

    The order counts: a mailbox may also offer keys and regret an absence, a robot that screens mention messages.
    """
    telephone = language.telephone
    for patterns, party in (
        (telephone.screening, Party.SCREENING),
        (telephone.mailbox, Party.MAILBOX),
        (telephone.not_in_service, Party.NOT_IN_SERVICE),
        (telephone.unavailable, Party.UNAVAILABLE),
        (telephone.menu, Party.MENU),
    ):
        if says(patterns, text):
            return party
    return None


def is_person(text: str, language: Language) -> bool:
    """Whether it is as short as what people say who have just picked up, and no machine's."""
    return 0 < len(words_of(text)) <= MOST_WORDS_OF_A_PERSON and party_of(text, language) is None


class Claim(StrEnum):
    """What somebody says to "am I speaking with ...?"."""

    IT_IS_ME = "it-is-me"
    NOT_THERE = "not-there"
    WRONG_NUMBER = "wrong-number"
    FETCHING = "fetching"
    WHO_IS_IT = "who-is-it"


def claim_of(text: str, name: str, language: Language) -> Claim | None:
    """What is claimed, as far as it is plain; `name` is whom we have asked for."""
    telephone, words = language.telephone, set(words_of(text))
    if says(telephone.wrong_number, text):
        return Claim.WRONG_NUMBER
    if says(telephone.away, text):
        return Claim.NOT_THERE
    if says(telephone.it_is_me, text):
        return Claim.IT_IS_ME
    if says(telephone.names_self, text) and words & {word for word in words_of(name) if len(word) > 1}:
        return Claim.IT_IS_ME
    if says(telephone.who_is_it, text):
        return Claim.WHO_IS_IT
    return Claim.FETCHING if says(telephone.fetching, text) else None
