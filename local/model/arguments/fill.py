"""Filling a tool's parameters from one utterance, knowing which of them was just asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field

from local.model.arguments.agreement import agreement
from local.model.arguments.choices import find_choices, find_placed, nearest_option
from local.model.arguments.contacts import find_emails, find_names, find_phones
from local.model.arguments.dates import find_dates
from local.model.arguments.numbers import find_amounts, find_digits, is_number_word
from local.model.arguments.repairs import repaired
from local.model.arguments.times import find_times, is_exact
from local.model.arguments.topics import find_text, find_topics
from local.model.sentences import Sentences
from local.model.tools import Kind, Parameter, Tool
from local.model.words import STOP_WORDS, Span, Utterance, content_stems, stem, utterance

type Value = str | int | float | bool | list[str | int | float | bool]

_ORDER = (
    Kind.EMAIL, Kind.PHONE, Kind.DIGITS, Kind.DATE, Kind.TIME, Kind.CHOICE, Kind.CHOICES, Kind.NUMBER, Kind.NAME,
    Kind.YES_NO, Kind.TOPIC, Kind.TEXT,
)  # fmt: skip
_CONSENT = frozenset("confirm agree approve consent accept proceed".split())
_HEARD_AS = {"to": 2, "too": 2, "for": 4, "won": 1, "ate": 8, "tree": 3}


def is_consent(parameter: Parameter) -> bool:
    """Whether a yes-no parameter records that the caller agreed to what was read back."""
    return parameter.kind is Kind.YES_NO and bool({stem(word) for word in _CONSENT} & parameter.vocabulary())


@dataclass(slots=True)
class Filling:
    """What one utterance says about a tool's parameters: values by name, and the words they were read from."""

    values: dict[str, Value] = field(default_factory=dict)
    used: list[Span] = field(default_factory=list)

    def coverage(self, said: Utterance) -> float:
        """The share of the meaningful words that became values, 0 to 1."""
        telling = [index for index, word in enumerate(said.words) if word.text not in STOP_WORDS]
        covered = [index for index in telling if any(span.start <= index < span.end for span in self.used)]
        return len(covered) / len(telling) if telling else 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One utterance beside one tool: `asked` is the parameter just asked for, `question` the words that asked."""

    said: Utterance
    tool: Tool
    asked: Parameter | None
    question: str
    sentences: Sentences

    def fill(self) -> Filling:
        """Every value found; parameters the utterance says nothing of are absent."""
        filling = Filling()
        order = list(_ORDER)
        if self.asked and self.asked.kind in (Kind.NUMBER, Kind.NAME, Kind.CHOICE, Kind.CHOICES, Kind.TIME):
            order.remove(self.asked.kind)
            order.insert(0, self.asked.kind)
        for kind in order:
            if parameters := [each for each in self.tool.parameters if each.kind is kind]:
                self._assign(parameters, self._found(kind, parameters, filling), filling)
        return filling

    def _found(self, kind: Kind, parameters: list[Parameter], filling: Filling) -> list[Span]:
        """The spans of one kind that stand after self-correction and do not reuse words."""
        asked = self.asked is not None and self.asked.kind is kind
        readers: dict[Kind, Callable[[], list[Span]]] = {
            Kind.EMAIL: lambda: find_emails(self.said),
            Kind.PHONE: lambda: find_phones(self.said, asked),
            Kind.DIGITS: lambda: self._digits(parameters, asked),
            Kind.DATE: lambda: find_dates(self.said, asked),
            Kind.TIME: lambda: find_times(self.said, asked),
            Kind.NUMBER: lambda: self._amounts(parameters, asked, filling),
            Kind.NAME: lambda: find_names(self.said, asked),
        }
        if kind not in readers:
            return []
        if asked and (placed := self._placed(kind)):
            return placed
        found = [span for span in readers[kind]() if not self._taken(span, kind, filling)]
        spans = repaired(self.said, found)
        filling.used += [span for span in found if span not in spans or asked]
        if kind is Kind.TIME:
            spans = _joined_times(spans)
        return spans or (self._offered(kind) if asked else [])

    def _taken(self, span: Span, kind: Kind, filling: Filling) -> bool:
        """Whether the words already mean something else; "tonight" and "this morning" may be both day and time."""
        today = {"today", "tonight"}
        both = kind in (Kind.TIME, Kind.DATE)
        for other in filling.used:
            if span.overlaps(other) and not (both and today & {str(other.value).lower(), str(span.value).lower()}):
                return True
        return False

    def _assign(self, parameters: list[Parameter], spans: list[Span], filling: Filling) -> None:
        kind = parameters[0].kind
        if kind in (Kind.CHOICE, Kind.CHOICES, Kind.YES_NO, Kind.TOPIC, Kind.TEXT):
            for parameter in parameters:
                self._assign_apart(parameter, filling)
            return
        free = sorted(parameters, key=lambda each: each is not self.asked)
        for span in spans[: len(parameters)]:
            chosen = self._cued(free, span) if len(parameters) > 1 else free[0]
            free.remove(chosen)
            filling.values[chosen.name] = _typed(span.value, chosen)
            filling.used.append(span)

    def _cued(self, parameters: list[Parameter], span: Span) -> Parameter:
        """Of parameters of one kind, the one whose own words stand just before the value, else the first."""
        before = {
            stem(word) for word in self.said.texts()[max(0, span.start - 3) : span.start] if not is_number_word(word)
        }
        before -= _SMALL
        return max(parameters, key=lambda each: len(before & each.vocabulary()))

    def _assign_apart(self, parameter: Parameter, filling: Filling) -> None:
        readers: dict[Kind, Callable[[Parameter, Filling], tuple[Value | None, list[Span]]]] = {
            Kind.CHOICE: self._choice, Kind.CHOICES: self._choice, Kind.YES_NO: self._yes_no,
            Kind.TOPIC: self._topic, Kind.TEXT: self._text,
        }  # fmt: skip
        value, spans = readers[parameter.kind](parameter, filling)
        if value is not None:
            filling.values[parameter.name] = value
            filling.used.extend(spans)

    def _choice(self, parameter: Parameter, filling: Filling) -> tuple[Value | None, list[Span]]:
        spans = repaired(
            self.said,
            [
                span
                for span in find_choices(self.said, parameter.options, parameter.vocabulary())
                if not self._taken(span, Kind.CHOICE, filling)
            ],
        )
        if parameter.kind is Kind.CHOICES and spans:
            return list(dict.fromkeys(span.value for span in spans)), spans
        if spans:
            return spans[0].value, spans[:1]
        if parameter is not self.asked:
            return None, []
        offered = [span.value for span in find_choices(utterance(self.question), parameter.options, set())]
        listed = offered if len(offered) > 1 else [option.value for option in parameter.options]
        value: str | int | float | bool | None = None
        if places := find_placed(self.said, len(listed)):
            value = listed[places[0][2]]
        elif len(offered) == 1 and agreement(self.said.plain):
            value = offered[0]
        elif agreement(self.said.plain) is None and (
            option := nearest_option(self.said, parameter.options, self.sentences)
        ):
            value = option.value
        if value is None:
            return None, []
        return ([value] if parameter.kind is Kind.CHOICES else value), [Span(0, len(self.said.words), value)]

    def _listed(self, kind: Kind) -> list[Span]:
        """The values the question itself named."""
        offer = utterance(self.question)
        if kind is Kind.DATE:
            return find_dates(offer, True)
        return [span for span in find_times(offer, False) if is_exact(span)] if kind is Kind.TIME else []

    def _placed(self, kind: Kind) -> list[Span]:
        """A value the question named, taken up by its place: "the second one"."""
        listed = self._listed(kind)
        places = find_placed(self.said, len(listed)) if len(listed) > 1 else []
        return [
            Span(start, end, listed[index].value)
            for start, end, index in places
            if end - start > 2 or kind is Kind.TIME
        ]

    def _offered(self, kind: Kind) -> list[Span]:
        """The only value the question named, taken up by a plain yes."""
        listed = self._listed(kind)
        agreed = len(listed) == 1 and agreement(self.said.plain)
        return [Span(0, len(self.said.words), listed[0].value)] if agreed else []

    def _yes_no(self, parameter: Parameter, filling: Filling) -> tuple[Value | None, list[Span]]:
        if parameter is self.asked:
            agreed = agreement(self.said.plain)
            if agreed is None:
                return None, []
            return _written(agreed, parameter), [Span(0, min(2, len(self.said.words)), agreed)]
        if is_consent(parameter):
            return None, []
        named = content_stems(parameter.name.replace("_", " ").split())
        for index, word in enumerate(self.said.words):
            if stem(word.text) in named and len(named) == 1:
                refused = {"no", "not", "without", "don't"} & set(self.said.texts()[max(0, index - 3) : index])
                return _written(not refused, parameter), [Span(index, index + 1, True)]
        return None, []

    def _digits(self, parameters: list[Parameter], asked: bool) -> list[Span]:
        shortest = 1 if asked else max(3, min(each.lengths[0] for each in parameters))
        longest = max(each.lengths[1] for each in parameters)
        spans = find_digits(self.said, shortest, joined=asked)
        return [span for span in spans if asked or len(str(span.value)) <= longest]

    def _amounts(self, parameters: list[Parameter], asked: bool, filling: Filling) -> list[Span]:
        spans = [span for span in find_amounts(self.said) if not self._taken(span, Kind.NUMBER, filling)]
        if asked and not spans and len(self.said.words) == 1 and self.said.plain in _HEARD_AS:
            return [Span(0, 1, _HEARD_AS[self.said.plain])]
        vocabulary = set.union(*(each.vocabulary() for each in parameters))
        if asked or not spans:
            return _with_cents(spans) if vocabulary & _MONEY else spans
        near = [span for span in spans if self._counts(span, vocabulary)]
        sole = (
            len(parameters) == 1
            and len(repaired(self.said, spans)) == 1
            and (self.asked is None or is_consent(self.asked))
        )
        return near or (spans if sole else [])

    def _counts(self, span: Span, vocabulary: set[str]) -> bool:
        """Whether a number counts what the parameters are about: "five of us", "a table for two"."""
        words = self.said.texts()
        around = {stem(word) for word in words[max(0, span.start - 3) : span.end + 3]} - _SMALL
        people = words[span.end : span.end + 2] == ["of", "us"] or words[max(0, span.start - 1) : span.start] in (
            ["for"],
            ["of"],
        )
        return bool(around & vocabulary) or (people and bool(_PEOPLE & vocabulary))

    def _topic(self, parameter: Parameter, filling: Filling) -> tuple[Value | None, list[Span]]:
        asked = parameter is self.asked
        spans = find_topics(self.said, parameter, asked, filling.used, self._familiar())
        spans = [span for span in spans if asked or not self._taken(span, Kind.TOPIC, filling)]
        return (spans[0].value, spans[:1]) if spans else (None, [])

    def _text(self, parameter: Parameter, filling: Filling) -> tuple[Value | None, list[Span]]:
        if parameter is self.asked and self.said.words:
            return self.said.text.strip(), [Span(0, len(self.said.words), self.said.text)]
        span = find_text(self.said, filling.used, self._familiar()) if parameter.required else None
        return (span.value, [span]) if span else (None, [])

    def _familiar(self) -> set[str]:
        """Stems of the words the tool itself is named and described with."""
        return content_stems(utterance(" ".join((self.tool.name.replace("_", " "), self.tool.purpose))).texts())


_MONEY = {stem(word) for word in ("dollars", "euros", "pounds", "amount", "price")}
_PEOPLE = {stem(word) for word in ("people", "person", "guest", "adult")}
_SMALL = {stem(word) for word in STOP_WORDS}


def _written(agreed: bool, parameter: Parameter) -> Value:
    return agreed if parameter.json == "boolean" else "yes" if agreed else "no"


def _typed(value: str | int | float | bool, parameter: Parameter) -> Value:
    if (
        parameter.kind is Kind.NUMBER
        and isinstance(value, float)
        and (parameter.json == "integer" or value.is_integer())
    ):
        return int(value)
    return value


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
    if (
        len(exact) == 1
        and len(parts) == 1
        and parts[0] in ("morning", "afternoon", "evening")
        and _no_half(str(exact[0].value))
    ):
        return [Span(exact[0].start, exact[0].end, f"{exact[0].value} in the {parts[0]}")]
    return exact


def _no_half(time: str) -> bool:
    return not {"am", "pm", "morning", "afternoon", "evening", "noon", "midnight"} & set(utterance(time).texts())
