"""The socket a stand-in listens on."""

import socket


def listener(host: str, port: int) -> socket.socket:
    """Listen on TCP; port 0 takes a free one. Raises OSError.

    It says that it is TCP: only then does asyncio switch off Nagle's delay (40 ms) on what it accepts.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(1024)
    except OSError:
        sock.close()
        raise
    return sock
