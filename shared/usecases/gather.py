"""One turn in TwiML: what the agent says by the carrier's own voice, and how the carrier listens for the answer.

Attributes, their ranges and what they mean: Twilio's TwiML reference, `<Gather>`.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from shared.core.agent import Agent, Slot, SlotKind
from shared.core.endpointing import Question, endpoint_ms
from shared.core.keypad import longest
from shared.core.lines import Line
from shared.usecases.answers import Verbs, say
from shared.wire.twiml import Gather, Redirect, Say

MAX_SAY_CHARS = 2_000
"""Of one `<Say>`; Twilio takes 3,000 of a Polly voice."""
MAX_HINTS = 500
MAX_HINT_CHARS = 100


def gather(
    agent: Agent, lines: Sequence[Line], kind: SlotKind | None, slot: Slot | None, *, then: str, patience_ms: int
) -> Verbs:
    """Say the lines, those that must be heard first and uninterrupted, and listen; `then` is asked what follows.

    `kind` and `slot` are what is waited for, `patience_ms` for how long.
    The silence that ends an utterance is the core's own, in whole seconds.
    """
    must = max((number for number, line in enumerate(lines, 1) if line.protected), default=0)
    listening = Gather(
        action=then,
        prompts=tuple(spoken(agent, lines[must:])),
        input="dtmf speech",
        timeout=_seconds(patience_ms),
        speech_timeout=_seconds(endpoint_ms(agent.speaks, Question(kind))),
        num_digits=longest(slot, takes_cards=agent.takes_cards),
        finish_on_key="#",
        language=agent.language,
        hints=", ".join(word for word in agent.vocabulary[:MAX_HINTS] if len(word) <= MAX_HINT_CHARS) or None,
        action_on_empty_result=True,
    )
    return (*spoken(agent, lines[:must]), listening, Redirect(then))


def spoken(agent: Agent, lines: Iterable[Line]) -> list[Say]:
    """The lines by the carrier's voice, as many together as it takes."""
    texts = [line.text for line in lines]
    sizes = accumulate(len(text) + 1 for text in texts)
    groups: dict[int, list[str]] = {}
    for text, size in zip(texts, sizes, strict=True):
        groups.setdefault(size // MAX_SAY_CHARS, []).append(text)
    return [say(agent, " ".join(group)) for group in groups.values()]


def _seconds(ms: int) -> int:
    return -(-ms // 1_000)
