"""What the caller and the person who takes over say: each step waits for something, and then does the next."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Protocol

from cli.customers import GRACE
from cli.handover.phones import Condition, Telephone

CALLER_VOICE: Final = "Polly.Ruth-Neural"
PERSON_VOICE: Final = "Polly.Matthew-Neural"
WISH: Final = "My bill is too high."
QUESTION: Final = "When do I have to pay the bill?"
"""What the agent file knows the answer to: the person is to be helped with it."""
ANSWER: Final = "twenty-one days"
"""In it."""
QUESTION_MS: Final = 1_800
"""Of a question are enough to know what is to be typed."""
RINGING_S: Final = 1.5

type Part = Iterator[Condition]


class Agent(Protocol):
    """What the record says of the agent's part."""

    def asked_for_more(self) -> bool:
        """It wants to hear in a sentence what it is about."""
        ...

    def decided(self) -> bool:
        """It puts the caller through."""
        ...

    def misunderstood(self) -> int:
        """How often it has asked again."""
        ...

    def together(self) -> bool:
        """Somebody has taken the call."""
        ...


def caller(phone: Telephone, of_agent: Agent) -> Part:
    """Grace Miller, whose bill is too high."""
    agent, person = phone.heard("agent"), phone.heard("other")
    yield agent
    phone.say(WISH)
    yield phone.has_spoken
    yield _either(phone.hears("agent", QUESTION_MS), agent)
    phone.press(GRACE.number)
    yield _either(phone.hears("agent", QUESTION_MS), agent)
    phone.press(GRACE.facts["zip"])
    yield agent
    yield from _insists(phone, "It is about the amount.", of_agent.asked_for_more, of_agent.misunderstood)
    yield from _insists(phone, "The amount is much higher than last year.", of_agent.decided, of_agent.misunderstood)
    yield of_agent.together
    yield person
    phone.say("Hello. Yes, and I don't know why.")
    yield phone.has_spoken
    yield person
    phone.say(QUESTION)
    yield phone.has_spoken
    yield person
    phone.say("Thank you, goodbye.")
    yield phone.has_spoken
    yield agent
    phone.say("No, thank you, goodbye.")
    yield phone.has_spoken
    yield lambda: phone.ended


def _insists(phone: Telephone, text: str, understood: Condition, misunderstood: Callable[[], int]) -> Part:
    """Say it, and again as long as the agent asks again."""
    while not understood():
        before = misunderstood()
        phone.say(text)
        yield phone.has_spoken
        yield _either(understood, _both(partial(_more, misunderstood, before), phone.heard("agent")))


def _more(count: Callable[[], int], than: int) -> bool:
    return count() > than


def _both(one: Condition, other: Condition) -> Condition:
    return lambda: one() and other()


def _either(one: Condition, other: Condition) -> Condition:
    return lambda: one() or other()


def person(phone: Telephone, rung_long_enough: Condition, together: Condition, helped: Condition) -> Part:
    """Sam Rivera, at the desk. `helped` is whether there has been time to look at what is suggested."""
    yield lambda: phone.rings
    yield rung_long_enough
    phone.answer()
    yield phone.heard("agent")
    phone.press("1")
    yield together
    phone.say("Hello Mrs. Miller, this is Sam. I see that your bill is much higher than last year.")
    yield phone.has_spoken
    yield phone.heard("other")
    phone.say("I have opened a review of your meter.")
    yield phone.has_spoken
    yield phone.heard("other")
    yield helped
    phone.say("You have twenty-one days, and nothing to pay until the review is over.")
    yield phone.has_spoken
    yield phone.heard("other")
    phone.hang_up()
    yield lambda: phone.ended


class Stuck(Exception):
    """Somebody waited too long for something. The message says who, at which of their steps."""


class Actor:
    """Somebody's part, played as far as it goes each time it is looked at. `now` is in seconds."""

    def __init__(self, name: str, part: Part, now: Callable[[], float], patience_s: float) -> None:
        self._name = name
        self._part = part
        self._now = now
        self._patience_s = patience_s
        self._step = 0
        self._since = now()
        self._waits_for: Condition | None = next(part, None)

    @property
    def done(self) -> bool:
        return self._waits_for is None

    def play(self) -> None:
        """At most one step, because what follows has to be looked at anew. Raises Stuck."""
        if self._waits_for is None:
            return
        if self._waits_for():
            self._waits_for = next(self._part, None)
            self._step, self._since = self._step + 1, self._now()
        elif self._now() - self._since > self._patience_s:
            raise Stuck(f"the {self._name} has waited for over {self._patience_s:.0f} s at step {self._step + 1}")
