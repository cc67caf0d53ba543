"""Values that a grammar finds: days, times, numbers, digits, names and addresses, of one kind at a time."""

from collections.abc import Callable, Sequence

from local.model.arguments.agreement import agreement
from local.model.arguments.choices import find_placed
from local.model.arguments.contacts import find_emails, find_names, find_phones
from local.model.arguments.dates import find_dates
from local.model.arguments.numbers import find_amounts, find_digits
from local.model.arguments.reading import Filling, Reading, is_consent
from local.model.arguments.repairs import repaired
from local.model.arguments.times import find_times, is_exact
from local.model.tools import Kind, Parameter
from local.model.words import STOP_WORDS, Span, stem, utterance

_HEARD_AS = {"to": 2, "too": 2, "for": 4, "won": 1, "ate": 8, "tree": 3}
_MONEY = {stem(word) for word in ("dollars", "euros", "pounds", "amount", "price")}
_PEOPLE = {stem(word) for word in ("people", "person", "guest", "adult")}
_SMALL = {stem(word) for word in STOP_WORDS}
_HALVES = frozenset(("am", "pm", "morning", "afternoon", "evening", "noon", "midnight"))


def find_values(reading: Reading, kind: Kind, parameters: Sequence[Parameter], filling: Filling) -> list[Span]:
    """The values of one kind that stand after self-correction, in words that mean nothing else yet.

    All words read as this kind are marked as used when it was asked for; those taken back are in any case.
    """
    said, asked = reading.said, reading.asks_for(kind)
    readers: dict[Kind, Callable[[], list[Span]]] = {
        Kind.EMAIL: lambda: find_emails(said),
        Kind.PHONE: lambda: find_phones(said, asked),
        Kind.DIGITS: lambda: _digits(reading, parameters),
        Kind.DATE: lambda: find_dates(said, asked),
        Kind.TIME: lambda: find_times(said, asked),
        Kind.NUMBER: lambda: _amounts(reading, parameters, filling),
        Kind.NAME: lambda: find_names(said, asked),
    }
    if kind not in readers:
        return []
    if asked and (placed := _placed(reading, kind)):
        return placed
    found = filling.free(readers[kind](), kind)
    spans = repaired(said, found)
    filling.used += [span for span in found if span not in spans or asked]
    if kind is Kind.TIME:
        spans = _joined_times(spans)
    return spans or (_offered(reading, kind) if asked else [])


def _listed(reading: Reading, kind: Kind) -> list[Span]:
    """The values the question itself named."""
    offer = utterance(reading.question)
    if kind is Kind.DATE:
        return find_dates(offer, True)
    return [span for span in find_times(offer, False) if is_exact(span)] if kind is Kind.TIME else []


def _placed(reading: Reading, kind: Kind) -> list[Span]:
    """A value the question named, taken up by its place: "the second one"; a bare "the second" may be a day."""
    listed = _listed(reading, kind)
    places = find_placed(reading.said, len(listed)) if len(listed) > 1 else []
    least = 1 if kind is Kind.TIME else 3
    return [Span(start, end, listed[index].value) for start, end, index in places if end - start >= least]


def _offered(reading: Reading, kind: Kind) -> list[Span]:
    """The only value the question named, taken up by a plain yes."""
    listed = _listed(reading, kind)
    return [reading.whole(listed[0].value)] if len(listed) == 1 and agreement(reading.said.plain) else []


def _digits(reading: Reading, parameters: Sequence[Parameter]) -> list[Span]:
    asked = reading.asks_for(Kind.DIGITS)
    shortest = 1 if asked else max(3, min(each.lengths[0] for each in parameters))
    longest = max(each.lengths[1] for each in parameters)
    spans = find_digits(reading.said, shortest, joined=asked)
    return [span for span in spans if asked or len(str(span.value)) <= longest]


def _amounts(reading: Reading, parameters: Sequence[Parameter], filling: Filling) -> list[Span]:
    """Numbers that were asked for, or that count what the parameters are about, or the only one there is."""
    said, asked = reading.said, reading.asks_for(Kind.NUMBER)
    spans = filling.free(find_amounts(said), Kind.NUMBER)
    if asked and not spans and said.plain in _HEARD_AS:
        return [reading.whole(_HEARD_AS[said.plain])]
    vocabulary = set[str]().union(*(each.vocabulary() for each in parameters))
    if asked:
        return _with_cents(spans) if vocabulary & _MONEY else spans
    near = [span for span in spans if _counts(said.texts(), span, vocabulary)]
    sole = len(parameters) == 1 and len(repaired(said, spans)) == 1
    open_to_any = reading.asked is None or is_consent(reading.asked)
    return near or (spans if sole and open_to_any else [])


def _counts(words: list[str], span: Span, vocabulary: set[str]) -> bool:
    """Whether a number counts what the parameters are about: "five of us", "a table for two"."""
    around = {stem(word) for word in words[max(0, span.start - 3) : span.end + 3]} - _SMALL
    before = words[span.start - 1] if span.start else ""
    people = before in ("for", "of") or words[span.end : span.end + 2] == ["of", "us"]
    return bool(around & vocabulary) or (people and bool(_PEOPLE & vocabulary))


def _with_cents(spans: list[Span]) -> list[Span]:
    """Two numbers side by side are one price: "seventy five fifty" is 75.5."""
    if len(spans) != 2 or spans[0].end != spans[1].start or not 10 <= float(spans[1].value) < 100:
        return spans
    return [Span(spans[0].start, spans[1].end, float(spans[0].value) + float(spans[1].value) / 100)]


def _joined_times(spans: list[Span]) -> list[Span]:
    """An hour beats a part of the day, and takes it along: "in the afternoon at three" -> "three in the afternoon"."""
    exact = [span for span in spans if is_exact(span)]
    parts = [str(span.value).lower().split()[-1] for span in spans if not is_exact(span)]
    if not exact:
        return spans
    halved = _HALVES & set(utterance(str(exact[0].value)).texts())
    if len(exact) == len(parts) == 1 and parts[0] in _HALVES and not halved:
        return [Span(exact[0].start, exact[0].end, f"{exact[0].value} in the {parts[0]}")]
    return exact
