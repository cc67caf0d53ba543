"""Runs MiniStack so that its own public name (MINISTACK_HOST) leads to this machine, as DNS would have it.

It asks itself under that name for the keys that sign a user pool's tokens. Standard library and MiniStack only: it is
started as a file of its own, by MiniStack's Python.
"""

import os
import runpy
import socket
from functools import partial
from typing import Any

LOOPBACK = "127.0.0.1"


def here(resolve: Any, name: str, host: Any, *rest: Any, **options: Any) -> Any:
    """`socket.getaddrinfo`, but for one name."""
    return resolve(LOOPBACK if host == name else host, *rest, **options)


if __name__ == "__main__":
    socket.getaddrinfo = partial(here, socket.getaddrinfo, os.environ["MINISTACK_HOST"])
    runpy.run_module("ministack", run_name="__main__")
