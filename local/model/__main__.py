"""`python -m local.model --port 0`: serve until SIGTERM, SIGINT, or the parent's death."""

import argparse
import asyncio
import json
import os
import sys

from local.lifetime import until_told
from local.model.server import DEFAULT_PACE, Pace, serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.model", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--first-token-ms", type=float, default=DEFAULT_PACE.first_token_ms)
    parser.add_argument("--token-ms", type=float, default=DEFAULT_PACE.token_ms)
    options = parser.parse_args()
    asyncio.run(_serve(options.port, Pace(options.first_token_ms, options.token_ms)))


async def _serve(port: int, pace: Pace) -> None:
    parent = os.getppid()
    async with serving(pace, port) as url:
        sys.stdout.write(json.dumps({"listening": url}) + "\n")
        sys.stdout.flush()
        await until_told(parent)


if __name__ == "__main__":
    main()
