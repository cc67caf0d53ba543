"""`python -m streaming`: serve until SIGTERM, and then until the last call is over."""

import os
import sys

import uvloop

from shared import observability
from shared.adapters.agent_files import AgentFileError
from shared.settings import SettingsError, StreamingSettings
from streaming.wiring import serve


def main() -> None:
    observability.configure("streaming", namespace=os.environ.get("METRICS_NAMESPACE", ""))
    try:
        uvloop.run(serve(StreamingSettings.from_environment(os.environ)))
    except (SettingsError, AgentFileError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
