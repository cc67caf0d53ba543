"""A call's correspondence with the account's URLs, every attempt noted in its timeline (without the fields)."""

import asyncio

from local.carrier.courier import MAX_BODY_BYTES, Attempt, Courier, Fields, Reply, Undelivered
from local.carrier.record import Webhook
from local.carrier.timeline import Timeline
from local.carrier.trouble import Troubles


class Mail:
    """Sends for one call, or one text message."""

    def __init__(self, courier: Courier, timeline: Timeline, troubles: Troubles) -> None:
        self._courier = courier
        self._timeline = timeline
        self._troubles = troubles

    async def request(self, webhook: Webhook, fields: Fields, purpose: str, most_bytes: int = MAX_BODY_BYTES) -> Reply:
        """Ask for a document. Raises Undelivered."""

        def note(attempt: Attempt) -> None:
            self._timeline.note(
                "webhook",
                purpose=purpose,
                method=webhook.method,
                url=attempt.url,
                attempt=attempt.number,
                status=attempt.status,
                fault=attempt.fault,
                took_ms=attempt.took_ms,
            )

        return await self._courier.send(webhook.url, webhook.method, fields, note, most_bytes)

    async def tell(self, webhook: Webhook, fields: Fields, purpose: str) -> None:
        """Deliver a callback; what is answered does not matter, and a failure is only noted."""
        trouble = self._troubles.callback(purpose)
        if trouble is None:
            await self._deliver(webhook, fields, purpose)
            return
        self._timeline.note("trouble", purpose=purpose, fate=trouble.fate)
        if trouble.fate == "late":
            await asyncio.sleep(trouble.late_ms / 1000)
        if trouble.fate != "lost":
            await self._deliver(webhook, fields, purpose)
        if trouble.fate == "twice":
            await self._deliver(webhook, fields, purpose)

    def fault(self, code: int, why: str = "") -> None:
        """An entry in Twilio's error log."""
        self._timeline.fault(code, why)

    async def _deliver(self, webhook: Webhook, fields: Fields, purpose: str) -> None:
        try:
            await self.request(webhook, fields, purpose)
        except Undelivered as failed:
            self._timeline.fault(failed.code, purpose)
