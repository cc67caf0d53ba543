"""Self-corrections: which of several values of one sort the caller stands by."""

from local.model.words import Span, Utterance

_MARKERS = frozenset("no wait sorry actually mean meant rather scratch correction instead make nope oops let's".split())
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
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        between = texts[kept[-1].end if kept else span.start : span.start]
        before = texts[max(0, span.start - 2) : span.start]
        if any(before[-len(denial) :] == denial for denial in _DENIALS):
            continue
        moved = kept and between[-1:] == ["to"] and texts[kept[-1].start - 1] == "from" and _changing(texts)
        if _MARKERS & set(between) or moved:
            kept.clear()
        kept.append(span)
    return kept


def _changing(texts: list[str]) -> bool:
    return bool({"change", "move", "switch", "push", "reschedule"} & set(texts))
