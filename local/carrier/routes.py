"""Where public addresses lead on this machine: a small table in the place of DNS and TLS.

The product is configured with its public `https://` and `wss://` URLs and signatures are computed over these; the
connection goes to the loopback address the table gives, with the public name in the Host header.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from yarl import URL


class NoRoute(LookupError):
    """The host of the URL is neither in the table nor this machine."""


class MalformedUrl(ValueError):
    """Not an absolute URL."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Connect to `url`, and say `host` in the Host header."""

    url: URL
    host: str


class Routes:
    """`{"https://voice.example.test": "http://127.0.0.1:8001"}`: public scheme and host to local scheme and host."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = {public.rstrip("/").lower(): local.rstrip("/") for public, local in table.items()}

    def add(self, public: str, local: str) -> None:
        """Have a public scheme and host lead there from now on."""
        self._table[public.rstrip("/").lower()] = local.rstrip("/")

    def destination(self, url: str) -> Destination:
        """Where a request to this URL goes; the `#fragment` stays behind. Raises NoRoute or MalformedUrl."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise MalformedUrl(str(error)) from None
        if not parts.scheme or not host or not url.isascii() or any(c <= " " for c in url):
            raise MalformedUrl("not an absolute URL")
        authority = parts.netloc.rpartition("@")[2]
        origin = f"{parts.scheme}://{authority}".lower()
        local = self._table.get(origin) or (origin if _is_loopback(host) else None)
        if local is None:
            raise NoRoute(host)
        path = parts.path or "/"
        query = f"?{parts.query}" if parts.query else ""
        return Destination(URL(f"{local}{path}{query}", encoded=True), authority)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
