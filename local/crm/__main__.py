"""`python -m local.crm --port 0`: serve until SIGTERM, SIGINT, or the parent's death."""

import argparse
import asyncio
import json
import os
import sys

from local.crm.hubspot import serving_hubspot
from local.lifetime import until_told


async def _serve(port: int, parent: int) -> None:
    async with serving_hubspot(port) as url:
        sys.stdout.write(json.dumps({"listening": url}) + "\n")
        sys.stdout.flush()
        await until_told(parent)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m local.crm", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    asyncio.run(_serve(parser.parse_args().port, os.getppid()))
