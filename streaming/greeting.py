"""How long a caller waited for the first word: the one wait that no turn accounts for."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from shared.core.events import SegmentStarted
from shared.ports import CallRecord
from streaming.media_stream import MediaStream
from streaming.playout import Voiced

log = logging.getLogger(__name__)


class Greeting:
    """Stands between the voice of one stream and whoever is `told` of it; logs `greeting_started` once.

    `greeting_ms` is from the carrier's `start` to the first sound sent; `opening_ms`, of a first stream only, is from
    the webhook that created the call to `start`, by the clocks of two machines.
    """

    def __init__(
        self,
        media: MediaStream,
        record: CallRecord,
        stream: int,
        clock: Callable[[], datetime],
        told: Callable[[Voiced], None],
    ) -> None:
        self._media = media
        self._record = record
        self._stream = stream
        self._clock = clock
        self._told = told
        self._greeted = False

    def told(self, event: Voiced) -> None:
        if not self._greeted and isinstance(event, SegmentStarted):
            self._greeted = True
            self._log()
        self._told(event)

    def _log(self) -> None:
        greeting_ms = round(1000 * (asyncio.get_running_loop().time() - self._media.began))
        about = {"call_sid": self._record.call_sid, "stream": self._stream, "greeting_ms": greeting_ms}
        if self._stream == 1:
            since_webhook = self._clock() - self._record.created_at
            about["opening_ms"] = max(0, round(1000 * since_webhook.total_seconds()) - greeting_ms)
        log.info("greeting_started", extra=about)
