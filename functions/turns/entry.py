"""Where Lambda enters the turns: as `functions.entry`, and for the same reasons, it builds at import."""

import os

from functions.served import Served
from functions.turns.wiring import SERVICE, build
from shared import observability

observability.configure(SERVICE, namespace=os.environ.get("METRICS_NAMESPACE", ""))
_turns = Served(os.environ, build)
_turns.prepare()
handler = _turns.handle
