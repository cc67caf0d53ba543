"""The secrets: whether they were set, look right, and are the same everywhere. Nothing of a value is told."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from cli.deployed.secret_values import Secret, read_secret
from cli.deployed.stacks import Deployed, Place
from cli.doctor.finding import Check, Finding, Group, note, ok, warning, wrong
from cli.doctor.probe import Unreachable, ask


def checks(aws: Aws, deployed: Deployed) -> list[Check]:
    """One for each secret that exists."""
    found: list[Check] = []
    with suppress(Refusal):
        place = deployed.webhook_tokens
        found.append(
            Check(Group.SECRETS, "Twilio's token for webhooks and streams", _Token(aws, deployed, place, None))
        )
    with suppress(Refusal):
        place, other = deployed.fallback_tokens, deployed.webhook_tokens
        found.append(Check(Group.SECRETS, "Twilio's token for the fallback", _Token(aws, deployed, place, other)))
    with suppress(Refusal):
        for name, key in deployed.provider_keys.items():
            found.append(Check(Group.SECRETS, name, partial(_provider_key, aws, deployed, name, key)))
    return found


class _Token:
    """`other` has to hold the same."""

    def __init__(self, aws: Aws, deployed: Deployed, place: Place, other: Place | None) -> None:
        self._aws = aws
        self._stage = deployed.stage.name
        self._place = place
        self._other = other
        self._what = "the fallback" if other else "webhooks and streams"

    def __call__(self) -> Iterator[Finding]:
        fix = f"switchboard secrets set --stage {self._stage}"
        secret = read_secret(self._aws, self._place)
        if secret.noise:
            yield wrong(f"Twilio's token for {self._what} was never set: every call is refused", fix)
        elif not secret.tokens:
            yield wrong(f"what is stored for {self._what} is not a Twilio token: every call is refused", fix)
        elif self._other and secret.tokens != read_secret(self._aws, self._other).tokens:
            yield wrong("the fallback has another Twilio token than the webhooks", fix)
        elif len(secret.tokens) > 1:
            yield note(f"Twilio's token for {self._what}: {len(secret.tokens)} are accepted, a rotation is under way")
        else:
            yield ok(f"Twilio's token for {self._what} is set")


def _provider_key(aws: Aws, deployed: Deployed, name: str, place: Place) -> Iterator[Finding]:
    fix = f"switchboard secrets set {name} --stage {deployed.stage.name}"
    secret = read_secret(aws, place)
    if secret.noise:
        yield wrong(f"{name} was never set: its provider refuses every request", fix)
        return
    yield ok(f"{name} is set")
    if name == "OPENAI_API_KEY":
        yield _accepted(deployed.stage.openai_base_url, secret, fix)


def _accepted(base_url: str, secret: Secret, fix: str) -> Finding:
    """By asking for the list of models, which costs nothing and which not every provider has."""
    try:
        status = ask(
            "GET", f"{base_url.rstrip('/')}/models", headers={"Authorization": f"Bearer {secret.value.strip()}"}
        )
    except Unreachable as error:
        return warning(f"the model's provider does not answer from here: {error}", "check openai_base_url in cdk.json")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return wrong(f"the model's provider refuses the key ({status})", fix)
    if status == HTTPStatus.OK:
        return ok("the model's provider accepts the key")
    return note(
        f"the model's provider answers {status} when asked for its models; whether the key is good is not known"
    )
