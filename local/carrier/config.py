"""What the stand-in carrier is told at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.carrier.limits import DEFAULT_CALLS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierConfig:
    """One account. `routes` maps public scheme and host to local ones, in the place of DNS and TLS.

    Port 0 is any free one. `pace` 5 makes every second of a call pass in 200 ms, for tests of long waits. Of the calls
    ordered through REST, `calls_per_second` are started in such a second; None starts all at once.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    routes: Mapping[str, str] = field(default_factory=dict)
    polly_url: str | None = None
    transcribe_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    pace: float = 1.0
    calls_per_second: float | None = DEFAULT_CALLS_PER_SECOND
