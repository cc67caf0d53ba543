"""What every media socket's upgrade passes: the carrier's signature over the address; and how it is refused."""

from shared.wire import signature
from streaming.media_stream import AsgiMessage, Send

_HEADER = signature.HEADER.lower().encode()


def is_signed(scope: AsgiMessage, auth_tokens: tuple[str, ...], url: str) -> bool:
    """Whether the carrier itself opens a socket at this public address."""
    given = [value for name, value in scope["headers"] if name == _HEADER]
    return len(given) == 1 and signature.is_valid(auth_tokens, url, (), given[0].decode("latin-1"))


async def respond(send: Send, status: int, *, upgrade: bool = False) -> None:
    """An answer without a body; `upgrade` when what is answered asked for a WebSocket."""
    prefix = "websocket.http.response" if upgrade else "http.response"
    headers = [(b"content-length", b"0")]
    await send({"type": f"{prefix}.start", "status": status, "headers": headers})
    await send({"type": f"{prefix}.body", "body": b""})
