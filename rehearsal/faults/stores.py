"""The tables. Their adapters block a thread, which virtual time has none of; so these answer as the adapters would.

What becomes of a request is what `shared.dynamodb_client` makes of it: one second to connect, two for an answer, two
attempts.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Final

from rehearsal.clinic import Clinic
from rehearsal.faults.trouble import Kind, Party, Phase, Trouble
from rehearsal.virtual_time import VirtualLoop
from shared.core.events import JsonValue
from shared.ports import ProviderError, Refused, Unavailable
from tests.fakes import FakeCallStore

_OUTCOMES: Final[Mapping[Kind, tuple[float, ProviderError | None]]] = {
    Kind.REFUSES: (0.01, Refused("DynamoDB: AccessDeniedException")),
    Kind.FAILS: (0.1, Unavailable("DynamoDB: InternalServerError")),
    Kind.SLOW: (1.9, None),
    Kind.STALLS: (4.0, Unavailable("DynamoDB: ReadTimeoutError")),
    Kind.GARBAGE: (0.02, Unavailable("DynamoDB: HTTPClientError")),
    Kind.DISCONNECTS: (0.1, Unavailable("DynamoDB: ConnectionClosedError")),
}
"""How many seconds a request takes, and what it fails with."""


class Bookings(Clinic):
    def __init__(self, timezone: str, now: Callable[[], datetime], trouble: Trouble) -> None:
        super().__init__(timezone, now)
        self._trouble = trouble

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        self._trouble.reached(Phase.TOOL)
        if (kind := self._trouble.of(Party.BOOKINGS)) is not None:
            takes_s, error = _OUTCOMES[kind]
            await asyncio.sleep(takes_s)
            if error is not None:
                raise error
        return await super().run(name, arguments, key=key)


class Calls(FakeCallStore):
    def __init__(self, trouble: Trouble, loop: VirtualLoop) -> None:
        super().__init__()
        self._trouble = trouble
        self._loop = loop

    def _working(self) -> Lock:
        if (kind := self._trouble.of(Party.CALLS)) is not None:
            takes_s, error = _OUTCOMES[kind]
            self._loop.takes(takes_s)
            if error is not None:
                raise error
        return super()._working()
