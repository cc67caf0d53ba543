"""`python -m local.crm --port 0`: serve until SIGTERM, SIGINT, or the parent's death."""

import argparse
import asyncio
import json
import os
import signal
import sys

from local.crm.hubspot import serving_hubspot

_PARENT_CHECK_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.crm", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    asyncio.run(_serve(parser.parse_args().port))


async def _serve(port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    parent = os.getppid()
    async with serving_hubspot(port) as url:
        sys.stdout.write(json.dumps({"listening": url}) + "\n")
        sys.stdout.flush()
        while not stop.is_set() and os.getppid() == parent:
            try:
                async with asyncio.timeout(_PARENT_CHECK_S):
                    await stop.wait()
            except TimeoutError:
                continue


if __name__ == "__main__":
    main()
