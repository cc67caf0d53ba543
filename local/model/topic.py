"""What an utterance is about, apart from the values in it, and whether it asks to be told or to have something done."""

import re
from dataclasses import dataclass
from functools import lru_cache

from local.model.arguments.contacts import find_emails, find_names, find_phones
from local.model.arguments.dates import find_dates
from local.model.arguments.numbers import find_digits
from local.model.arguments.times import find_times
from local.model.tools import Kind
from local.model.words import Utterance, any_of, content_stems

_QUESTION_OPENING = any_of(r"""
    hi|hello|hey|yes|yeah|no|okay|ok|oh|well|and|so|but|also|sorry|please|first|before that|quick question
    one more thing|actually|wait|by the way|just|then
""")
_QUESTION_START = any_of(r"""
    (?:can|could|would) you tell me|do you know|i(?:'d| would) like to know|i(?:'m| am| was)? (?:just )?wonder(?:ing)?
    i wanted to (?:know|ask)|i have a question|any idea
    what|what's|where|where's|when|when's|which|who|who's|whose|why|how|how's|how much|how long
    do|does|did|is|are|was|were|am|will|would|can|could|should|have|has|isn't|aren't|don't|doesn't
""")
_QUESTION = re.compile(rf"^(?:{_QUESTION_OPENING} )*{_QUESTION_START}\b")
_REQUEST = re.compile(rf"^(?:{_QUESTION_OPENING} )*(?:can|could|would|will|may) (?:you|i|we) (?!tell me|say|explain)")
_AVAILABLE = re.compile(
    rf"^(?:{_QUESTION_OPENING} )*(?:do you have|have you got|is there|are there) (?:any|anything|an?|room|space) "
)
_OPENING_WORDS = any_of(r"""
    good (?:morning|afternoon|evening)|my name is|my number is|this is|there
    i'm calling(?: because| to| about)?|i was wondering if
""")
_OPENING = re.compile(rf"^(?:(?:{_QUESTION_OPENING}|{_OPENING_WORDS}) )+")


@dataclass(frozen=True, slots=True)
class Topic:
    """An utterance as what it is about: `bare` of openings, names and values, whose `kinds` are kept."""

    said: Utterance
    plain: str
    bare: str
    stems: frozenset[str]
    kinds: frozenset[Kind]


@lru_cache(512)
def topic_of(said: Utterance) -> Topic:
    """What an utterance is about, apart from the values in it."""
    found = {
        Kind.DATE: find_dates(said, False), Kind.TIME: find_times(said, False), Kind.PHONE: find_phones(said, False),
        Kind.DIGITS: find_digits(said, 3), Kind.NAME: find_names(said, False), Kind.EMAIL: find_emails(said),
    }  # fmt: skip
    spans = [span for each in found.values() for span in each]
    kept = [word.text for index, word in enumerate(said.words) if not any(s.start <= index < s.end for s in spans)]
    bare = _OPENING.sub("", " ".join(kept)).strip()
    stems = frozenset(content_stems(bare.split()))
    return Topic(
        said, said.plain, bare if stems else said.plain, stems, frozenset(kind for kind, each in found.items() if each)
    )


def is_request(said: Utterance) -> bool:
    """Whether a question asks for something to be done, not for something to be told."""
    return bool(_REQUEST.match(said.plain)) or asks_what_is_free(said)


def asks_what_is_free(said: Utterance) -> bool:
    """Whether the question is what is to be had at some time: "do you have anything on friday"."""
    return bool(topic_of(said).kinds & {Kind.DATE, Kind.TIME} and _AVAILABLE.match(said.plain))


def is_question(said: Utterance) -> bool:
    """Whether the utterance has the form of a question."""
    return said.text.rstrip().endswith("?") or bool(_QUESTION.match(said.plain))
