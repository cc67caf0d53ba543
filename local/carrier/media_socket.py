"""The upgrade request of a media socket: where it goes, how it is signed, and why it fails."""

import asyncio

import aiohttp

from local.carrier.plant import Plant
from local.carrier.routes import MalformedUrl, NoRoute
from shared.wire import signature

CLOSE_S = 1
_HANDSHAKE_S = 10
_MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Ten minutes of sound in one message; Twilio documents no limit."""
_SOCKET_TIMEOUT = aiohttp.ClientWSTimeout(ws_close=CLOSE_S)


class StreamFailed(Exception):
    """The stream could not be opened, or broke; `code` is Twilio's error code."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(why)
        self.code = code


async def open_socket(plant: Plant, url: str) -> aiohttp.ClientWebSocketResponse:
    """Signed over the URL of the TwiML. Raises StreamFailed."""
    # Twilio sends no query: whoever put a token there waits for it in vain.
    url = url.partition("#")[0].partition("?")[0]
    if not url.startswith("wss://"):
        raise StreamFailed(31922 if "://" in url else 31923)
    try:
        destination = plant.routes.destination(url)
    except MalformedUrl as error:
        raise StreamFailed(31923, str(error)) from None
    except NoRoute as error:
        raise StreamFailed(31904, str(error)) from None
    headers = {
        "Host": destination.host,
        "User-Agent": "TwilioMediaStreams/1.0",
        signature.HEADER.lower(): signature.sign(plant.auth_token, url),
    }
    try:
        async with asyncio.timeout(_HANDSHAKE_S):
            return await plant.session.ws_connect(
                destination.url, headers=headers, max_msg_size=_MAX_MESSAGE_BYTES, timeout=_SOCKET_TIMEOUT
            )
    except aiohttp.WSServerHandshakeError as error:
        raise StreamFailed(31920, f"answered {error.status}") from None
    except TimeoutError:
        raise StreamFailed(31901) from None
    except aiohttp.ClientConnectorError:
        raise StreamFailed(31902) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise StreamFailed(31920, type(error).__name__) from None
