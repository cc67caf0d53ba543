"""A call's correspondence with the account's URLs, every attempt noted in its timeline (without the fields)."""

from local.carrier.courier import MAX_BODY_BYTES, Attempt, Courier, Fields, Reply, Undelivered
from local.carrier.record import Webhook
from local.carrier.timeline import Timeline


class Mail:
    """Sends for one call."""

    def __init__(self, courier: Courier, timeline: Timeline) -> None:
        self._courier = courier
        self._timeline = timeline

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
        try:
            await self.request(webhook, fields, purpose)
        except Undelivered as failed:
            self._timeline.fault(failed.code, purpose)
