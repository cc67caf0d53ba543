"""How sure the recogniser was of what matters: the words that a value was taken from."""

from collections.abc import Sequence

from shared.core.events import HeardWord
from shared.core.words import words_of


def certainty(words: Sequence[HeardWord], said: str | None = None) -> float:
    """Confidence, 0 to 1, in the words of `said`: that of the worst; 1.0 when the recogniser told nothing.

    A value that the model wrote in other words ("4155550132"), and an utterance as a whole, has the words' mean.
    """
    known = [(spoken, confidence) for text, confidence in words for spoken in words_of(text)]
    if not known:
        return 1.0
    wanted = set(words_of(said)) if said is not None else set()
    found = [confidence for spoken, confidence in known if spoken in wanted]
    return min(found) if found else sum(confidence for _, confidence in known) / len(known)
