"""How an attempt is ordered at the carrier: its URLs name the attempt, and the agent that talks."""

from typing import Final
from urllib.parse import urlencode

from shared.ports.campaigns import Attempt
from shared.ports.outbound import CallOrder

OUTBOUND: Final = "/twilio/outbound"
"""Before the names of the webhooks of calls that the company makes (`functions/outbound.py`)."""
RING_S: Final = 25
"""Five rings; mailboxes mostly pick up after four to six (47 CFR 64.1200(a)(6): at least 15 s)."""
TIME_LIMIT_S: Final = 3_600
"""From picking up: far more than an agent's own limit, for the case that it is lost."""


def order(base_url: str, agent: str, attempt: Attempt) -> CallOrder:
    """`base_url` is https://host, where the carrier reaches our webhooks; `agent` an agent file's name."""
    about = urlencode({"attempt": str(attempt.key), "agent": agent})

    def url(name: str) -> str:
        return f"{base_url}{OUTBOUND}/{name}?{about}"

    return CallOrder(
        to=attempt.to,
        from_=attempt.line,
        url=url("answer"),
        fallback_url=url("answer"),
        status_url=url("status"),
        machine_url=url("machine"),
        ring_s=RING_S,
        time_limit_s=TIME_LIMIT_S,
    )
