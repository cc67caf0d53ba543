"""Requests to AWS that aiohttp sends, signed with botocore's credentials: AWS's own clients cost each a millisecond."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, NoCredentialsError

from shared.ports import Unavailable
from shared.wire import sigv4
from shared.wire.signed_events import PAYLOAD_HASH, EventSigner

_CREDENTIALS_S: Final = 60


class Signer:
    """Signs for one service of one region (Signature Version 4)."""

    def __init__(self, service: str, region: str, credentials: Credentials | None) -> None:
        self._service = service
        self._region = region
        self._credentials = credentials
        self._frozen: Any = None
        self._frozen_until = float("-inf")

    async def headers(self, url: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The headers of a POST, with the signature among them. Raises Unavailable when there are no credentials."""
        await self._freeze()
        return self._signed(url, body, headers)

    async def stream(self, url: str, headers: Mapping[str, str]) -> tuple[Mapping[str, str], EventSigner]:
        """The same for a POST whose body is events, and what signs them."""
        await self._freeze()
        opening = {**headers, "X-Amz-Content-SHA256": PAYLOAD_HASH}
        signed = self._signed(url, b"", opening)
        seed = signed["Authorization"].rpartition("Signature=")[2]
        secret = self._frozen.secret_key
        return signed, EventSigner(secret, region=self._region, service=self._service, seed=seed)

    async def _freeze(self) -> None:
        if self._credentials is None:
            raise Unavailable(f"{self._service}: {NoCredentialsError.__name__}")
        now = asyncio.get_running_loop().time()
        if now >= self._frozen_until:
            # Elsewhere, for at times it goes to the network for new ones, well before the old ones expire.
            try:
                self._frozen = await asyncio.to_thread(self._credentials.get_frozen_credentials)
            except BotoCoreError as error:
                raise Unavailable(f"{self._service}: {type(error).__name__}") from None
            self._frozen_until = now + _CREDENTIALS_S

    def _signed(self, url: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        parts = urlsplit(url)
        scope, path = (self._region, self._service), parts.path or "/"
        return sigv4.signed(
            headers, body, self._frozen, host=parts.netloc, path=path, scope=scope, at=datetime.now(UTC)
        )
