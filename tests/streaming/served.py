"""A streaming service with fakes behind its ports, as a process of its own: `python -m tests.streaming.served DRAIN_S`.

Its log tells its port when it listens; its last line is JSON with what became of the call it was given.
"""

import asyncio
import json
import sys

from shared import observability
from streaming.server import DrainingServer
from tests.streaming.conftest import service_parts


async def main(drain_s: float) -> None:
    with service_parts() as parts:
        call_sid = parts.new_call()
        await DrainingServer(parts.app, host="127.0.0.1", port=0, drain_s=drain_s).serve()
        call = parts.call(call_sid)
        result = {"event": "test_over", "kept": call.progress is not None, "outcome": call.outcome}
        sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    observability.configure("streaming")
    asyncio.run(main(float(sys.argv[1])))
