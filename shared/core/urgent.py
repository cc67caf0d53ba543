"""What cannot wait for its turn in a call that the agent makes: an opt-out, a machine that does not listen, and the
carrier's word for who picked up."""

from dataclasses import dataclass

from shared.core.floor import Floor
from shared.core.moves import Move
from shared.core.words import words_of


@dataclass(slots=True)
class Urgent:
    floor: Floor

    def words(self) -> bool:
        """Whether the words so far had to be acted on at once, and were.

        The agent itself says how to opt out: its own words that come back while it speaks are nobody's.
        """
        floor, text = self.floor, self.floor.listening.text
        ours = floor.draft is None and floor.speaking.playback.active
        echo = ours and set(words_of(text)) <= set(words_of(floor.spoken))
        if echo or not (floor.dialogue.opts_out(text) or (ours and floor.dialogue.gives_away(text))):
            return False
        floor.withdraw()
        floor.listening.take()
        floor.note("caller", turn=floor.turn, text=floor.dialogue.shown(text))
        self.do(floor.dialogue.heard(text))
        return True

    def key(self, digit: str) -> bool:
        """The same for a key."""
        if not self.floor.dialogue.opts_out_by(digit):
            return False
        self.do(self.floor.dialogue.opt_out())
        return True

    def verdict(self, answered_by: str) -> None:
        """The carrier has found out who picked up, as it thinks."""
        self.floor.withdraw()
        move = self.floor.dialogue.answered_by(answered_by)
        if move is not None:
            self.do(move)

    def do(self, move: Move) -> None:
        """Do this now, whoever is speaking; then listen, unless there is something to say."""
        self.floor.interject(move)
        self.listen_if_silent()

    def listen_if_silent(self) -> None:
        """Give the floor away where there was nothing to say."""
        if not self.floor.ours and not self.floor.ended:
            self.floor.listen()
