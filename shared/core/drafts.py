"""Answers prepared before the caller has finished, and the moment they count.

A turn is taken when there is something to be heard or done, not before: while the answer is still being made, silence
costs the caller nothing more, and a caller who goes on after all was not cut off.
"""

from dataclasses import dataclass

from shared.core.barge_in import BargeIn
from shared.core.certainty import certainty
from shared.core.events import HeardWord
from shared.core.floor import Floor
from shared.core.turns import MAX_DRAFTS, PAUSE_DRAFTS


@dataclass(slots=True)
class Drafts:
    floor: Floor
    barge_in: BargeIn
    _made: int = 0
    """For the utterance under way."""

    def prepare(self) -> None:
        """Have an answer ready in case the caller has finished, to the words as they are now."""
        floor, listening = self.floor, self.floor.listening
        if floor.draft is not None and floor.draft.answers(*listening.heard(), agent=floor.dialogue.agent):
            return
        floor.withdraw()
        affordable = self._made < (PAUSE_DRAFTS if listening.voiced else MAX_DRAFTS)
        wanted = listening.over_since is not None or (affordable and listening.may_be_over())
        if floor.ours or not wanted:
            return
        if not self.barge_in.is_false_alarm():
            self._made += 1
            floor.prepare(*listening.heard())

    def turn_is_over(self) -> None:
        """The caller has finished: the floor is ours, unless we still hold it; then the words wait."""
        floor = self.floor
        if floor.draft is None:
            if floor.tool is not None or floor.speaking.playback.active:
                return
            if self.barge_in.is_false_alarm():
                self.barge_in.resume()
                return
            floor.prepare(*floor.listening.heard())
        floor.listening.over_since = floor.at

    def take_if_ready(self) -> None:
        """Take the turn once it is over and its answer has something to say or do, or has come to nothing."""
        floor, draft = self.floor, self.floor.draft
        if draft is not None and (draft.effect or floor.reply is None or floor.speaking.playback.active):
            self.take_if_over()

    def take_if_over(self) -> None:
        """Take the turn, if it is over, whatever has become of its answer."""
        floor = self.floor
        if floor.draft is None or floor.listening.over_since is None:
            return
        self._made = 0
        self.barge_in.was_meant()
        since = floor.listening.over_since
        text, words = floor.listening.take()
        floor.commit(text, since, confidence=round(certainty(words), 3))

    def failed(self) -> None:
        """Nobody has missed anything yet: it is tried anew when the caller has finished."""
        self.floor.withdraw()
        self._made = MAX_DRAFTS

    def corrected(self, text: str, words: tuple[HeardWord, ...]) -> None:
        """The utterance taken last was another: it is answered anew, unless the answer has been heard or done."""
        floor = self.floor
        floor.withdraw()
        if floor.before is None:
            shown = floor.dialogue.shown(text)
            floor.note("caller_corrected", text=shown)
            floor.dialogue.conversation.caller_said_rather(shown)
            return
        floor.note("misheard", turn=floor.turn)
        floor.take_back()
        floor.prepare(text, words)
        floor.commit(text, floor.at, confidence=round(certainty(words), 3))
