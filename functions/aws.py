"""AWS's services as Lambdas call them: by botocore's clients, without what boto3 would load besides at a cold start."""

from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

AWS = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
"""A service that does not answer is given up within the webhook's own deadline, so that the fallback URL takes over."""

BESIDE = Config(connect_timeout=1, read_timeout=1.5, retries={"total_max_attempts": 1})
"""Of a service that the caller's answer does not depend on: who asks for it in vain asks again at a later turn."""

_PATIENCE = {"ecs": BESIDE}


def clients(region: str | None) -> Callable[[str], Any]:
    """Gives the client of a service by name, made once: threads may share it.

    All have one session, which reads what they have in common once. Endpoint and credentials come from the standard
    variables. Raises a BotoCoreError when there is no region.
    """
    session = botocore.session.get_session()
    return cache(lambda name: session.create_client(name, region_name=region, config=_PATIENCE.get(name, AWS)))
