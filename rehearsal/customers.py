"""Who is known as a customer in a rehearsal."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from shared.adapters.dynamodb_customers import VERIFY_CUSTOMER
from shared.core.events import JsonValue
from shared.ports import Refused

GRACE: Final = {"customer_number": "204417", "zip": "10027"}


class Customers:
    """Tools. There is one customer."""

    def __init__(self, *, takes_ms: int) -> None:
        self._takes_ms = takes_ms

    def names(self) -> Iterable[str]:
        return (VERIFY_CUSTOMER,)

    async def run(self, name: str, arguments: Mapping[str, str], *, key: str) -> Mapping[str, JsonValue]:
        if name != VERIFY_CUSTOMER:
            raise Refused(f"there is no tool {name!r}")
        await asyncio.sleep(self._takes_ms / 1000)
        if dict(arguments) != GRACE:
            return {"problem": "no_match"}
        return {"name": "Grace Miller", "identity": "Grace Miller"}
