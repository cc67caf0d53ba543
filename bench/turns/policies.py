"""Who ends the caller's turn: the product's core, or for comparison one of the two plain ways.

Plain ways take events and give actions as `shared.core.call.Call` does, so that the same stage plays them. They wait
for the recogniser's final, or for so much silence; nothing is prepared before.
"""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from shared.adapters.agent_files import load
from shared.core import events as on
from shared.core.actions import (
    Action,
    AskModel,
    CancelModel,
    CancelTimer,
    FlushHearing,
    Record,
    SetTimer,
    Speak,
    StopSpeaking,
)
from shared.core.agent import Agent, SlotKind
from shared.core.call import Call
from shared.core.languages.english import ENGLISH
from shared.core.segments import Segmenter, is_opener
from shared.core.turns import Hearing

AGENT: Final = Path(__file__).parents[1] / "agents" / "turns.yaml"
NOW: Final = datetime(2026, 11, 20, 9, tzinfo=UTC)
END: Final = "end-of-turn"
BARGE_IN: Final = "barge-in"
BARGE_IN_MS: Final = 200


def ours(expecting: SlotKind | None) -> Call:
    """The core in mid-conversation, about to ask for a thing of this kind; None: how it can help."""
    agent = _agent()
    slot = next((slot.name for task in agent.tasks for slot in task.slots if slot.kind is expecting), None)
    messages = [{"role": "user", "content": "hello"}]
    task = None if slot is None else {"task": agent.tasks[0].name, "values": {}, "waiting_for": slot}
    return Call(agent, call_sid="CA", now=NOW, progress={"messages": messages, "task": task})


@cache
def _agent() -> Agent:
    return load(AGENT)


class Plain:
    """Ends a turn with a final once the caller is silent; or, given `silence_ms`, with the words after that silence."""

    def __init__(self, silence_ms: int | None = None) -> None:
        self._silence_ms = silence_ms
        self._hearing = Hearing()
        self._voiced = False
        self._over = False
        self._final = False
        self._segments = 0
        self._segmenter = Segmenter(ENGLISH)
        self._playing: set[int] = set()
        self.turn = 0

    def handle(self, event: on.Event, at_ms: int) -> list[Action]:
        match event:
            case on.SpeechStarted():
                return self._voice()
            case on.SpeechEnded(silence_ms):
                self._voiced = False
                if self._silence_ms is not None:
                    return [SetTimer(END, max(0, self._silence_ms - silence_ms))]
                return self._take() if self._final else [FlushHearing()]
            case on.PartialHeard(result, text, stable):
                self._hearing.partial(result, text, stable)
                return self._take() if self._over else []
            case on.FinalHeard(result, text):
                self._hearing.final(result, text)
                self._final = self._final or self._silence_ms is None
                return self._take() if self._over or (self._final and not self._voiced) else []
            case on.TimerFired(name):
                return self._rang(name)
            case on.ReplyText(turn, text) if turn == self.turn:
                return self._speak(self._segmenter.feed(text))
            case on.ReplyFinished(turn) if turn == self.turn:
                return self._speak(self._segmenter.finish())
            case on.SegmentPlayed(_, segment):
                self._playing.discard(segment)
                return []
            case on.Reply() | on.CallStarted() | on.SpeechPaused():
                return []
            case _:
                raise AssertionError(f"not on this stage: {event}")

    def _voice(self) -> list[Action]:
        self._voiced, self._over = True, False
        self._hearing.audible_since = True
        return [CancelTimer(END), *([SetTimer(BARGE_IN, BARGE_IN_MS)] if self._playing else [])]

    def _rang(self, name: str) -> list[Action]:
        if name == END:
            self._over = True
            return self._take()
        if name == BARGE_IN and self._voiced:
            return self._stop()
        return []

    def _stop(self) -> list[Action]:
        self.turn += 1
        self._playing.clear()
        return [CancelModel(self.turn - 1), StopSpeaking(self.turn - 1)]

    def _take(self) -> list[Action]:
        if not self._hearing.text:
            return []
        text = self._hearing.take()
        self._over = self._final = False
        self._segmenter = Segmenter(ENGLISH)
        stop = self._stop()
        return [*stop, Record("caller", {"turn": self.turn, "text": text}), AskModel(self.turn, (), ())]

    def _speak(self, texts: list[str]) -> list[Action]:
        said: list[Action] = []
        for text in texts:
            self._segments += 1
            self._playing.add(self._segments)
            said.append(Speak(self.turn, self._segments, text, cached=is_opener(text, ENGLISH)))
        return said
