"""Filling a tool's parameters from one utterance, knowing which of them was just asked for."""

from local.model.arguments.meanings import find_meaning
from local.model.arguments.measures import find_values
from local.model.arguments.numbers import is_number_word
from local.model.arguments.reading import Filling, Reading, Value
from local.model.tools import Kind, Parameter
from local.model.words import STOP_WORDS, Span, stem

_ORDER = (
    Kind.EMAIL, Kind.PHONE, Kind.DIGITS, Kind.DATE, Kind.TIME, Kind.CHOICE, Kind.CHOICES, Kind.NUMBER, Kind.NAME,
    Kind.YES_NO, Kind.TOPIC, Kind.TEXT,
)  # fmt: skip
"""Kinds whose words are hardest to mistake come first; each takes its words from those after it."""
_FIRST_IF_ASKED = frozenset((Kind.NUMBER, Kind.NAME, Kind.CHOICE, Kind.CHOICES, Kind.TIME))


def fill(reading: Reading) -> Filling:
    """Every value found; parameters the utterance says nothing of are absent."""
    filling = Filling()
    asked = reading.asked.kind if reading.asked else None
    for kind in sorted(_ORDER, key=lambda kind: not (kind is asked and kind in _FIRST_IF_ASKED)):
        parameters = [parameter for parameter in reading.tool.parameters if parameter.kind is kind]
        if not parameters:
            continue
        _share_out(reading, parameters, find_values(reading, kind, parameters, filling), filling)
        for parameter in parameters:
            if found := find_meaning(reading, parameter, filling):
                filling.values[parameter.name] = found[0]
                filling.used.extend(found[1])
    return filling


def _share_out(reading: Reading, parameters: list[Parameter], spans: list[Span], filling: Filling) -> None:
    """Values of one kind to its parameters: to the one that words beside a value name, else to the one asked for."""
    free = sorted(parameters, key=lambda parameter: parameter is not reading.asked)
    for span in spans[: len(parameters)]:
        chosen = max(free, key=lambda parameter: len(_beside(reading, span) & parameter.vocabulary()))
        free.remove(chosen)
        filling.values[chosen.name] = _typed(span, chosen)
        filling.used.append(span)


def _beside(reading: Reading, span: Span) -> set[str]:
    """Stems of the telling words just before a value."""
    before = reading.said.texts()[max(0, span.start - 3) : span.start]
    return {stem(word) for word in before if word not in STOP_WORDS and not is_number_word(word)}


def _typed(span: Span, parameter: Parameter) -> Value:
    if isinstance(span.value, float) and (parameter.json == "integer" or span.value.is_integer()):
        return int(span.value)
    return span.value
