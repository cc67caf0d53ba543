"""`python -m local.stripe --webhook URL`: serve until SIGTERM, SIGINT, or the parent's death."""

import argparse
import asyncio
import json
import os
import sys

from local.lifetime import until_told
from local.stripe.checkout import serving_stripe


async def _serve(webhook: str, port: int, parent: int) -> None:
    async with serving_stripe(webhook, port) as (url, _):
        sys.stdout.write(json.dumps({"listening": url}) + "\n")
        sys.stdout.flush()
        await until_told(parent)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m local.stripe", description=__doc__)
    parser.add_argument("--webhook", required=True, help="the address that is told what becomes of payments")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    given = parser.parse_args()
    asyncio.run(_serve(given.webhook, given.port, os.getppid()))
