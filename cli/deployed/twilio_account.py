"""The company's Twilio account, asked through Twilio's own SDK.

`TWILIO_API_URL` replaces the hosts of Twilio's APIs, for a proxy or a stand-in. Credentials are those of Twilio's own
command line (`TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN`), or else what `switchboard secrets set` left in AWS.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from cli.deployed.secret_values import read_secret
from cli.deployed.stacks import Deployed

API_URL: Final = "TWILIO_API_URL"
SID: Final = "TWILIO_ACCOUNT_SID"
TOKEN: Final = "TWILIO_AUTH_TOKEN"

FIELDS: Final = (
    *("voice_url", "voice_method", "voice_fallback_url", "voice_fallback_method"),
    *("status_callback", "status_callback_method", "sms_url", "sms_method", "voice_application_sid", "trunk_sid"),
)
"""Of a number, all that decides where calls and texts go. An application or a trunk makes Twilio ignore voice URLs."""

DEADLINE_S: Final = 10.0
MOST_NUMBERS: Final = 1_000
_NOT_AUTHENTICATED: Final = 20003
_UNKNOWN: Final = "Twilio does not know this account SID and auth token together"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account. `leads` is where its calls go: every one of FIELDS, empty for what is not set."""

    sid: str
    phone_number: str
    name: str
    takes_calls: bool
    leads: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AccountFacts:
    name: str
    status: str
    is_trial: bool
    created: datetime | None


class TwilioAccount:
    """`with TwilioAccount(...) as account:`; every method raises Refusal in plain words, WrongCredentials for those."""

    def __init__(self, sid: str, token: str, url: str | None = None) -> None:
        self.sid = sid
        self._http = TwilioHttpClient(timeout=DEADLINE_S)
        self._client = Client(sid, token, http_client=self._http)
        if url:
            self._client.api.base_url = self._client.trusthub.base_url = url.rstrip("/")

    @classmethod
    def of(cls, environment: Mapping[str, str], aws: Aws, deployed: Deployed) -> Self:
        """The account of the shell's variables, or else the stage's own. Raises Refusal, and botocore's errors."""
        url, sid, token = (environment.get(name, "").strip() for name in (API_URL, SID, TOKEN))
        if sid and token:
            return cls(sid, token, url)
        tokens = read_secret(aws, deployed.webhook_tokens).tokens
        if not tokens or not deployed.account_sid:
            raise Refusal(
                f"Twilio's keys are not set; run `switchboard secrets set --stage {deployed.stage.name}`, or set {SID} "
                f"and {TOKEN}"
            )
        return cls(deployed.account_sid, tokens[0], url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._http.session:
            self._http.session.close()

    def facts(self) -> AccountFacts:
        with _plainly():
            found = self._client.api.accounts(self.sid).fetch()
        return AccountFacts(found.friendly_name or self.sid, found.status, found.type == "Trial", found.date_created)

    def balance(self) -> tuple[float, str]:
        """What is left, and in which currency."""
        with _plainly():
            found = self._client.api.accounts(self.sid).balance.fetch()
        return float(found.balance), found.currency

    def profile_policies(self) -> Sequence[str]:
        """The policies of the customer profiles that Twilio has approved."""
        with _plainly():
            listed = self._client.trusthub.v1.customer_profiles.list(status="twilio-approved", limit=50)
        return [profile.policy_sid for profile in listed]

    def numbers(self) -> Sequence[Number]:
        """Every number of the account, in order."""
        with _plainly():
            listed = self._client.incoming_phone_numbers.list(limit=MOST_NUMBERS)
        return sorted(map(_number, listed), key=lambda number: number.phone_number)

    def fetch(self, sid: str) -> Number:
        with _plainly():
            return _number(self._client.incoming_phone_numbers(sid).fetch())

    def lead(self, sid: str, changes: Mapping[str, str]) -> None:
        """Set these of FIELDS and leave the others alone."""
        with _plainly():
            self._client.incoming_phone_numbers(sid).update(**changes)


class WrongCredentials(Refusal):
    """Twilio does not know this SID and token together."""


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except TwilioRestException as error:
        if error.code == _NOT_AUTHENTICATED or error.status == 401:
            raise WrongCredentials(_UNKNOWN) from None
        raise Refusal(f"Twilio: {error.status} {error.code or ''}: {error.msg}") from None
    except TwilioException as error:
        if "HTTP 401" in str(error):  # of a list the SDK tells no code
            raise WrongCredentials(_UNKNOWN) from None
        raise Refusal(f"Twilio: {error}") from None
    except requests.RequestException as error:
        raise Refusal(f"Twilio cannot be reached ({type(error).__name__}); check the network and proxy") from None


def _number(found: Any) -> Number:
    return Number(
        sid=found.sid,
        phone_number=found.phone_number,
        name=found.friendly_name or "",
        takes_calls=bool((found.capabilities or {}).get("voice", True)),
        leads={name: getattr(found, name) or "" for name in FIELDS},
    )
