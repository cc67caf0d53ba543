"""Set: ask, check the form, check with Twilio, then write each key to every place that reads it."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from cli.counted import counted
from cli.deployed.aws import Aws, in_words, plainly
from cli.deployed.refusal import Refusal
from cli.deployed.secret_values import read_secret, write_secret
from cli.deployed.stacks import ACCOUNT_SID, Deployed, Place, read_deployed
from cli.deployed.stage_file import read_stage
from cli.deployed.twilio_account import API_URL, SID, TwilioAccount
from cli.secrets.given import SID_NAME, TOKEN_NAME, Given, read_given

type Result = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Step:
    """One key to one place. `put` says whether that changed anything."""

    what: str
    put: Callable[[], bool]
    read_by_streams: bool = False
    """At their start only, so they have to start anew."""


def set_secrets(stage: str | None, name: str | None, *, rotate: bool, console: Console) -> Result:
    """Put keys in place. `rotate` keeps the token there was as a second one, until the next time."""
    plan = read_stage(stage)
    aws = Aws.of_shell(os.environ)
    with plainly():
        deployed = read_deployed(aws, plan)
        places = {"webhooks and streams": deployed.webhook_tokens, "fallback": deployed.fallback_tokens}
        keys = deployed.provider_keys
    known = (SID_NAME, TOKEN_NAME, *keys)
    if name and name not in known[1:]:
        raise Refusal(f"stage {plan.name} reads no {name}; it reads {', '.join(known[1:])}")
    given = read_given([name] if name else known, deployed.account_sid)
    if not (given.auth_token or given.keys or given.account_sid not in ("", deployed.account_sid)):
        return "nothing new was given, nothing to change", []
    given = _known_to_twilio(given, deployed, console)
    steps = [*_twilio(aws, deployed, given, places, rotate=rotate), *_providers(aws, given, keys)]
    restart, short = _take(steps, console)
    if restart and deployed.stream:
        short += _restart_streams(deployed, aws, console)
    return f"{counted(len(steps), 'place')} of stage {plan.name}", short


def _known_to_twilio(given: Given, deployed: Deployed, console: Console) -> Given:
    """With the account's SID; refused if Twilio does not know the two together."""
    sid = given.account_sid or deployed.account_sid or os.environ.get(SID, "")
    if not given.auth_token:
        if given.account_sid not in ("", deployed.account_sid):
            raise Refusal(f"{SID}: cannot be checked alone; give the account's auth token with it")
        return given
    if not sid:
        raise Refusal(f"{SID}: is needed with the auth token; it is on the first page of Twilio's console")
    with TwilioAccount(sid, given.auth_token, os.environ.get(API_URL)) as account:
        facts = account.facts()
    console.print(f"Twilio knows this account and token; the account is {facts.status}", markup=False)
    return Given(sid, given.auth_token, given.keys)


def _twilio(
    aws: Aws, deployed: Deployed, given: Given, places: Mapping[str, Place], *, rotate: bool
) -> Iterator[_Step]:
    """`places` by who reads them."""
    if given.auth_token:
        yield _Step(f"Twilio account SID for the commands ({aws.region})", lambda: _put_sid(aws, deployed, given))
        for who, place in places.items():
            yield _Step(
                f"Twilio auth token for {who} ({place.region})",
                partial(_put_token, aws, place, given.auth_token, rotate=rotate),
                read_by_streams=who != "fallback",
            )


def _providers(aws: Aws, given: Given, keys: Mapping[str, Place]) -> Iterator[_Step]:
    for name, value in given.keys.items():
        place = keys[name]
        put = partial(_put, aws, place, value)
        yield _Step(f"{name} for the streams ({place.region})", put, read_by_streams=True)


def _take(steps: list[_Step], console: Console) -> tuple[bool, list[str]]:
    """One after the other; what could not be done is said, and the rest is tried all the same."""
    restart, short = False, []
    for step in steps:
        try:
            changed = step.put()
        except (ClientError, BotoCoreError) as error:
            console.print(f"{step.what}: {in_words(error)}", style="red", markup=False, soft_wrap=True)
            short.append(f"{step.what} is not set; mend that and run this again")
        else:
            console.print(f"{step.what}: {'set' if changed else 'was that already'}", markup=False, soft_wrap=True)
            restart = restart or (changed and step.read_by_streams)
    return restart, short


def _put_sid(aws: Aws, deployed: Deployed, given: Given) -> bool:
    if given.account_sid == deployed.account_sid:
        return False
    name = deployed.stage.parameter(ACCOUNT_SID)
    aws.client("ssm").put_parameter(Name=name, Value=given.account_sid, Type="String", Overwrite=True)
    return True


def _put_token(aws: Aws, place: Place, token: str, *, rotate: bool) -> bool:
    """With `rotate` the one in use stays as the second: Twilio signs with it until the new one is promoted."""
    before = read_secret(aws, place).tokens if rotate else ()
    kept = [old for old in before if old != token][:1]
    return _put(aws, place, ",".join([token, *kept]))


def _put(aws: Aws, place: Place, value: str) -> bool:
    if read_secret(aws, place).value == value:
        return False
    write_secret(aws, place, value)
    return True


def _restart_streams(deployed: Deployed, aws: Aws, console: Console) -> list[str]:
    """New tasks with the new keys; live calls end where they are, with the old ones."""
    try:
        cluster = deployed.output("Stream", "Cluster")
        service = deployed.output("Stream", "Service")
        aws.client("ecs").update_service(cluster=cluster, service=service, forceNewDeployment=True)
    except (ClientError, BotoCoreError, Refusal) as error:
        said = str(error) if isinstance(error, Refusal) else in_words(error)
        console.print(f"Streaming service: not started anew: {said}", style="red", markup=False, soft_wrap=True)
        return ["the streams go on with the old keys; start the service anew in the ECS console (Force new deployment)"]
    told = "Streaming service: starts anew with them, live calls go on; webhooks and fallback follow within 5 minutes"
    console.print(told, markup=False, soft_wrap=True)
    return []
