"""Looks for what the carrier thinks of who picked up a call of ours.

Its webhook writes the verdict into the call's row (`functions/outbound.py`); it may reach any Lambda, and the call may
be on any task, so the row is where they meet. Nobody waits for it: the agent's own ears are quicker.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from shared.core.events import AnsweredBy
from shared.ports import CallRecord, ProviderError
from streaming.deps import Deps

LOOK_S = 1.0
"""Between two looks; each is one read of a row."""
LOOKS = 30
"""As long as Twilio's detection takes at most (MachineDetectionTimeout, 30 s by default)."""

log = logging.getLogger(__name__)


async def tell_verdict(deps: Deps, call: CallRecord, emit: Callable[[AnsweredBy], None]) -> None:
    """Emit it once it is there."""
    found: CallRecord | None = call
    loop = asyncio.get_running_loop()
    for _ in range(LOOKS):
        if found is not None and found.answered_by:
            emit(AnsweredBy(found.answered_by))
            return
        await asyncio.sleep(LOOK_S)
        try:
            found = await loop.run_in_executor(deps.store_threads, partial(deps.store.get, call.call_sid))
        except ProviderError as error:
            about = {"call_sid": call.call_sid, "provider": "store", "error": type(error).__name__}
            log.warning("verdict_not_read", extra=about)
