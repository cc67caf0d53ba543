"""One vendor standing in for another, behind the same port: before the first result, and then to the end of it.

Nothing here knows a vendor, only ports. A vendor that failed is left alone for a while, so that a dead one does not
cost every turn its deadline; when all are, they are asked all the same.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from shared.core.actions import Message, ToolSpec
from shared.ports import LanguageModel, ModelEvent, ProviderError, Refused, Unavailable

REST_S: Final = 10.0
"""A vendor that failed is not asked first for so long; twice as long each time in a row, up to LONGEST_REST_S."""
LONGEST_REST_S: Final = 80.0

STALLED_S: Final = 1.0
"""Whoever has begun, and then owes more for so long when nobody wants to hear it any longer, was about to fail: callers
speak up before a deadline does."""

# With a stand-in, two tries have to fit into what the core waits for a word (6 s).
_FIRST_TOKEN_S: Final = 4.0
_FIRST_TOKEN_EACH_S: Final = 2.5

log = logging.getLogger(__name__)


def first_token_s(models: int) -> float:
    """How long each of so many models is waited for."""
    return _FIRST_TOKEN_S if models == 1 else _FIRST_TOKEN_EACH_S


class Candidate[Port]:
    """One vendor, and whether it is worth asking."""

    def __init__(self, name: str, port: Port, clock: Callable[[], float] | None = None) -> None:
        """`clock` gives seconds; the running loop's unless told otherwise."""
        self.name = name
        self.port = port
        self.clock = clock or asyncio.get_running_loop().time
        self._failures = 0
        self._rests_until = float("-inf")

    @property
    def is_well(self) -> bool:
        return self.clock() >= self._rests_until

    def answered(self) -> None:
        self._failures = 0
        self._rests_until = float("-inf")

    def failed(self, error: ProviderError) -> None:
        """A refusal may be about what was asked, and costs no time; anything else is worth a rest."""
        log.warning("vendor_failed", extra={"provider": self.name, "error": type(error).__name__})
        if not isinstance(error, Refused):
            rest_s = min(REST_S * 2**self._failures, LONGEST_REST_S)
            self._failures += 1
            self._rests_until = self.clock() + rest_s


def in_order[Port](candidates: Sequence[Candidate[Port]]) -> list[Candidate[Port]]:
    """Those who rest come last."""
    return sorted(candidates, key=lambda candidate: not candidate.is_well)


async def first_to_answer[Port, Item](
    candidates: Sequence[Candidate[Port]], ask: Callable[[Port], AsyncGenerator[Item]]
) -> AsyncGenerator[Item]:
    """All that the first says who says anything. Once one has begun, its failure is final."""
    order = in_order(candidates)
    for candidate in order:
        begun, since = False, candidate.clock()
        try:
            async with aclosing(ask(candidate.port)) as items:
                async for item in items:
                    if not begun:
                        begun = True
                        candidate.answered()
                    yield item
                    since = candidate.clock()
            return
        except asyncio.CancelledError:
            if begun and candidate.clock() - since >= STALLED_S:
                candidate.failed(Unavailable("stalled until nobody listened"))
            raise
        except ProviderError as error:
            candidate.failed(error)
            if begun or candidate is order[-1]:
                raise


class RepliesInTurn:
    """LanguageModel by the first of several that begins."""

    def __init__(self, candidates: Sequence[Candidate[LanguageModel]]) -> None:
        self._candidates = candidates

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        asked = first_to_answer(self._candidates, lambda port: port.reply(messages, tools))
        async with aclosing(asked) as events:
            async for event in events:
                yield event
