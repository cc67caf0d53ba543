"""Values that depend on what one parameter means: a choice among options, a yes or no, a phrase, free text."""

from local.model.arguments.agreement import agreement
from local.model.arguments.choices import find_choices, find_placed, nearest_option
from local.model.arguments.reading import Filling, Reading, Scalar, Value, is_consent
from local.model.arguments.repairs import repaired
from local.model.arguments.topics import find_text, find_topics
from local.model.tools import Kind, Parameter
from local.model.words import Span, content_stems, stem, utterance

type Found = tuple[Value, list[Span]] | None

_REFUSALS = frozenset(("no", "not", "without", "don't"))


def find_meaning(reading: Reading, parameter: Parameter, filling: Filling) -> Found:
    """The value of one parameter and the words it was read from, or None."""
    match parameter.kind:
        case Kind.CHOICE | Kind.CHOICES:
            return _choice(reading, parameter, filling)
        case Kind.YES_NO:
            return _asked_yes_no(reading, parameter) if parameter is reading.asked else _named(reading, parameter)
        case Kind.TOPIC:
            return _topic(reading, parameter, filling)
        case Kind.TEXT:
            return _text(reading, parameter, filling)
        case _:
            return None


def _choice(reading: Reading, parameter: Parameter, filling: Filling) -> Found:
    found = find_choices(reading.said, parameter.options, parameter.vocabulary())
    spans = repaired(reading.said, filling.free(found, Kind.CHOICE))
    if spans and parameter.kind is Kind.CHOICES:
        return list(dict.fromkeys(span.value for span in spans)), spans
    if spans:
        return spans[0].value, spans[:1]
    value = _pointed_at(reading, parameter) if parameter is reading.asked else None
    if value is None:
        return None
    return ([value] if parameter.kind is Kind.CHOICES else value), [reading.whole(value)]


def _pointed_at(reading: Reading, parameter: Parameter) -> Scalar | None:
    """The option meant without its words: by its place among those offered, by a yes to the only one, by meaning."""
    offered = [span.value for span in find_choices(utterance(reading.question), parameter.options, set())]
    listed = offered if len(offered) > 1 else [option.value for option in parameter.options]
    if places := find_placed(reading.said, len(listed)):
        return listed[places[0][2]]
    agreed = agreement(reading.said.plain)
    if agreed is not None:
        return offered[0] if agreed and len(offered) == 1 else None
    option = nearest_option(reading.said, parameter.options, reading.sentences)
    return option.value if option else None


def _asked_yes_no(reading: Reading, parameter: Parameter) -> Found:
    agreed = agreement(reading.said.plain)
    return None if agreed is None else (_written(agreed, parameter), [Span(0, min(2, len(reading.said.words)), agreed)])


def _named(reading: Reading, parameter: Parameter) -> Found:
    """A yes-no parameter called by its name in passing: "with delivery"; never consent, which has to be asked for."""
    named = content_stems(parameter.name.replace("_", " ").split())
    words = reading.said.texts()
    for index, word in enumerate(words):
        if len(named) == 1 and stem(word) in named and not is_consent(parameter):
            refused = bool(_REFUSALS & set(words[max(0, index - 3) : index]))
            return _written(not refused, parameter), [Span(index, index + 1, True)]
    return None


def _written(agreed: bool, parameter: Parameter) -> Value:
    return agreed if parameter.json == "boolean" else "yes" if agreed else "no"


def _topic(reading: Reading, parameter: Parameter, filling: Filling) -> Found:
    asked = parameter is reading.asked
    spans = find_topics(reading.said, parameter, asked, filling.used, reading.familiar())
    spans = spans if asked else filling.free(spans, Kind.TOPIC)
    return (spans[0].value, spans[:1]) if spans else None


def _text(reading: Reading, parameter: Parameter, filling: Filling) -> Found:
    if parameter is reading.asked:
        text = reading.said.text.strip()
        return text, [reading.whole(text)]
    span = find_text(reading.said, filling.used, reading.familiar()) if parameter.required else None
    return (span.value, [span]) if span else None
