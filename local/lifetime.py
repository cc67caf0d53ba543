"""How long a stand-in stays up that is a program of its own."""

import asyncio
import contextlib
import os
import signal

_PARENT_CHECK_S = 0.5


async def until_told(parent: int) -> None:
    """Until SIGTERM, SIGINT, or the death of the program that started this one, whose process id `parent` is."""
    told = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, told.set)
    while os.getppid() == parent and not told.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), _PARENT_CHECK_S)
