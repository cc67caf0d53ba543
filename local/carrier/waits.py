"""Waiting for whichever of several things comes first."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def first(*conditions: Coroutine[Any, Any, object], timeout_s: float | None = None) -> int | None:
    """Which condition was the first to hold; the others are cancelled. None after `timeout_s`."""
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(condition) for condition in conditions]
        done, late = await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for task in late:
            task.cancel()
    return next((number for number, task in enumerate(waiting) if task in done), None)
