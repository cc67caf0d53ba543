"""What recognisers say, put together: pieces become utterances, which outlive the connection they began on."""

from dataclasses import dataclass, replace

from shared.ports import Transcript, Word


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of an utterance, in the connection's own time.

    `is_final` pieces will not change, and are followed by others of the same utterance until one `is_last`.
    """

    result_id: str
    """The vendor's name for the utterance, no two alike."""
    text: str
    words: tuple[Word, ...]
    is_final: bool
    is_last: bool
    stable_words: int = 0
    """Of a piece that is not final: how many leading words will not change."""
    end_ms: int = 0
    """Where it ends; of a final piece, all sound up to there has been understood."""


class Utterances:
    """Pieces put together to utterances, which go on under their old name after a reconnection."""

    def __init__(self) -> None:
        self._kept: list[Heard] = []  # final pieces of the open utterance
        self._open_id: str | None = None  # an utterance whose last piece has not come
        self._orphan_id: str | None = None  # one that the connection took with it; the next utterance continues it
        self._names: dict[str, str] = {}  # what we call the connection's open utterances

    def begin_anew(self) -> None:
        """A new connection, with names of its own."""
        self._orphan_id = self._open_id
        self._names = {}

    def add(self, piece: Heard, origin_ms: int) -> Transcript | None:
        """The utterance so far, or nothing while there is none. The stream's own time begins `origin_ms` earlier."""
        if not piece.text and self._open_id is None:
            return None
        if piece.result_id not in self._names:
            self._names[piece.result_id] = self._orphan_id or piece.result_id
            self._orphan_id = None
        name = self._names[piece.result_id]
        piece = _later(piece, origin_ms) if origin_ms else piece
        pieces = [*self._kept, piece]
        text = " ".join(part.text for part in pieces if part.text)
        words = tuple(word for part in pieces for word in part.words)
        stable = len(text.split())
        if not piece.is_final:
            stable += piece.stable_words - len(piece.text.split())
        if piece.is_last:
            del self._names[piece.result_id]
            self._kept, self._open_id = [], None
        else:
            self._open_id = name
            if piece.is_final:
                self._kept.append(piece)
        return Transcript(name, text, piece.is_last, stable, words)


def _later(piece: Heard, ms: int) -> Heard:
    words = tuple(Word(word.text, word.start_ms + ms, word.end_ms + ms, word.confidence) for word in piece.words)
    return replace(piece, words=words)
