"""The AWS account of the shell: boto3's standard credentials, with deadlines, and its errors in plain words."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
)

from cli.deployed.refusal import Refusal

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
SIGN_IN: Final = "sign in with `aws sso login` or `aws configure`, or set AWS_PROFILE"

_CONFIG: Final = Config(connect_timeout=4, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"})


class Aws:
    """Clients of one account. Threads may share it."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self.region = region
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        """Making clients is what a session does not do in two threads at once."""

    @classmethod
    def of_shell(cls, environment: Mapping[str, str]) -> "Aws":
        """The account that the CDK's command line would deploy to from here. Raises Refusal."""
        with plainly():
            session = boto3.Session()
        region = environment.get("AWS_REGION") or session.region_name
        if not region:
            raise Refusal("AWS: no region is set; set AWS_REGION, such as us-east-1, to the one you deploy to")
        return cls(session, region)

    def client(self, service: str, region: str | None = None) -> Any:
        where = region or self.region
        with self._lock:
            if (service, where) not in self._clients:
                self._clients[service, where] = self._session.client(service, region_name=where, config=_CONFIG)
            return self._clients[service, where]


@contextmanager
def plainly() -> Iterator[None]:
    """What AWS would not do becomes a Refusal."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Refusal(f"AWS: {in_words(error)}") from None


def in_words(error: ClientError | BotoCoreError) -> str:
    """One line: what went wrong, and what to do."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError | SSOError | ProfileNotFound):
        return f"no usable credentials; {SIGN_IN}"
    if not isinstance(error, ClientError):
        return " ".join(str(error).split())
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in EXPIRED:
        return f"the credentials are not valid or have expired; {SIGN_IN}"
    if code in DENIED:
        return f"your role may not do {permission(error)}; ask for that permission"
    return f"{error.operation_name}: {code}{': ' if message else ''}{' '.join(message.split())}"


def permission(error: ClientError) -> str:
    """The IAM action that was missing, as AWS names it, or else the operation's name."""
    named = re.search(r"perform: ([\w-]+:\w+)", error.response["Error"].get("Message", ""))
    return named[1] if named else error.operation_name
