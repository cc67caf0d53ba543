"""`python -m local.carrier`: runs the stand-in until told to stop, or until whoever started it is gone."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence

from local.carrier.config import CarrierConfig
from local.carrier.server import Carrier

_PARENT_CHECK_S = 1.0


def main() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(_run(parse(sys.argv[1:], os.environ)))


async def _run(config: CarrierConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = os.getppid()
    async with Carrier(config) as carrier:
        sys.stdout.write(json.dumps({"listening": carrier.url}) + "\n")
        sys.stdout.flush()
        while not stop.is_set() and os.getppid() == parent:
            try:
                await asyncio.wait_for(stop.wait(), _PARENT_CHECK_S)
            except TimeoutError:
                continue


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> CarrierConfig:
    """The command line; raises SystemExit, with an explanation on stderr, when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m local.carrier", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token-env", required=True, metavar="VAR", help="environment variable with the token")
    parser.add_argument(
        "--route",
        action="append",
        default=[],
        metavar="PUBLIC=LOCAL",
        help="https://voice.example.test=http://127.0.0.1:9001",
    )
    parser.add_argument("--polly-url")
    parser.add_argument("--transcribe-url")
    given = parser.parse_args(arguments)
    token = environment.get(given.auth_token_env)
    if not token:
        parser.error(f"{given.auth_token_env} is not set")
    if bad := [route for route in given.route if not all(route.partition("="))]:
        parser.error(f"not PUBLIC=LOCAL: {bad[0]}")
    routes = {public: local for public, _, local in (route.partition("=") for route in given.route)}
    return CarrierConfig(
        account_sid=given.account_sid,
        auth_token=token,
        routes=routes,
        polly_url=given.polly_url,
        transcribe_url=given.transcribe_url,
        host=given.host,
        port=given.port,
    )


if __name__ == "__main__":
    main()
