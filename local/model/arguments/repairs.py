"""Self-corrections: which of several values of one sort the caller stands by."""

from local.model.words import Span, Utterance

_MARKERS = frozenset("no wait sorry actually mean meant rather scratch correction instead make nope oops".split())
_DENIALS = (
    ["not"],
    ["isn't"],
    ["instead", "of"],
    ["rather", "than"],
    ["not", "the"],
    ["not", "on"],
    ["not", "at"],
    ["not", "for"],
)


def repaired(said: Utterance, spans: list[Span]) -> list[Span]:
    """The spans that stand: "monday no wait tuesday" leaves tuesday, and so does "change it from monday to tuesday"."""
    texts = said.texts()
    ordered = sorted(spans, key=lambda span: span.start)
    kept = []
    for index, span in enumerate(ordered):
        later = ordered[index + 1] if index + 1 < len(ordered) else None
        before = texts[max(0, span.start - 2) : span.start]
        if any(before[-len(denial) :] == denial for denial in _DENIALS):
            continue
        if later and _MARKERS & set(texts[span.end : later.start]):
            continue
        if later and before[-1:] == ["from"] and texts[span.end : later.start][-1:] == ["to"] and _changing(texts):
            continue
        kept.append(span)
    return kept


def _changing(texts: list[str]) -> bool:
    return bool({"change", "move", "switch", "push", "reschedule"} & set(texts))
