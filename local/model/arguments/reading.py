"""One utterance beside one tool, and what has been read from it so far."""

from dataclasses import dataclass, field

from local.model.sentences import Sentences
from local.model.tools import Kind, Parameter, Tool
from local.model.words import STOP_WORDS, Span, Utterance, content_stems, stem, utterance

type Scalar = str | int | float | bool
type Value = Scalar | list[Scalar]

_CONSENT = {stem(word) for word in "confirm agree approve consent accept proceed".split()}
_TODAY = {"today", "tonight"}


def is_consent(parameter: Parameter) -> bool:
    """Whether a yes-no parameter records that the caller agreed to what was read back."""
    return parameter.kind is Kind.YES_NO and bool(_CONSENT & parameter.vocabulary())


@dataclass(frozen=True, slots=True)
class Reading:
    """`asked` is the parameter the caller was just asked for, `question` the words it was asked with."""

    said: Utterance
    tool: Tool
    asked: Parameter | None
    question: str
    sentences: Sentences

    def asks_for(self, kind: Kind) -> bool:
        return self.asked is not None and self.asked.kind is kind

    def whole(self, value: Scalar) -> Span:
        """All that was said, read as `value`."""
        return Span(0, len(self.said.words), value)

    def familiar(self) -> set[str]:
        """Stems of the words the tool itself is named and described with."""
        return content_stems(utterance(" ".join((self.tool.name.replace("_", " "), self.tool.purpose))).texts())


@dataclass(slots=True)
class Filling:
    """What one utterance says about a tool's parameters: values by name, and the words that are accounted for."""

    values: dict[str, Value] = field(default_factory=dict)
    used: list[Span] = field(default_factory=list)

    def free(self, spans: list[Span], kind: Kind) -> list[Span]:
        """The spans whose words mean nothing else yet; "tonight" and "this morning" may be both a day and a time."""
        return [span for span in spans if not any(_clash(span, other, kind) for other in self.used)]

    def coverage(self, said: Utterance) -> float:
        """The share of the meaningful words that are accounted for, 0 to 1."""
        telling = [index for index, word in enumerate(said.words) if word.text not in STOP_WORDS]
        covered = [index for index in telling if any(span.start <= index < span.end for span in self.used)]
        return len(covered) / len(telling) if telling else 1.0


def _clash(span: Span, other: Span, kind: Kind) -> bool:
    both = kind in (Kind.TIME, Kind.DATE) and _TODAY & {str(other.value).lower(), str(span.value).lower()}
    return span.overlaps(other) and not both
