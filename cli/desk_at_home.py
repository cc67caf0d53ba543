"""The desk on this machine: its page at the emulator's own address, and people to sign in as."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from cli.account import Account

SOCKET_STAGE: Final = "desk"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may sign in. `phone` is E.164 or `sip:`."""

    name: str
    phone: str
    teams: tuple[str, ...]

    @property
    def username(self) -> str:
        return self.name.partition(" ")[0].lower()


COLLEAGUES: Final = (
    Colleague("Sam Rivera", "+14155550171", ("front_desk",)),
    Colleague("Kim Lee", "sip:kim@example.com", ("front_desk",)),
)


@dataclass(frozen=True, slots=True)
class DeskAtHome:
    url: str
    password: str
    """Everybody's, for as long as this machine runs."""
    colleagues: Sequence[Colleague] = COLLEAGUES


def open_desk(account: Account, *, public_url: str, pool: str, carrier_url: str = "") -> DeskAtHome:
    """Lead the page's public addresses here, as DNS would, and take on COLLEAGUES, as an administrator would.

    Callers are taken over by way of this carrier.
    """
    url = f"{_here(account.aws_url, public_url)}/$default/"
    functions = account.client("lambda")
    for function in functions.list_functions()["Functions"]:
        if function["Handler"].startswith("functions.desk."):
            variables = {**function["Environment"]["Variables"]}
            variables |= _addresses(account.aws_url, variables)
            if carrier_url:
                variables["TWILIO_API_URL"] = carrier_url
            functions.update_function_configuration(
                FunctionName=function["FunctionName"], Environment={"Variables": variables}
            )
    _let_back(account.client("cognito-idp"), pool, url)
    home = DeskAtHome(url, f"Aa1!{secrets.token_hex(8)}")
    for colleague in home.colleagues:
        _take_on(account.client("cognito-idp"), pool, colleague, home.password)
    return home


def _addresses(aws_url: str, variables: Mapping[str, str]) -> Mapping[str, str]:
    connections = f"{_here(aws_url, variables['CONNECTIONS_URL'])}/{SOCKET_STAGE}"
    return {
        "SIGN_IN_URL": aws_url,
        "CONNECTIONS_URL": connections,
        "SOCKET_URL": connections.replace("http", "ws", 1),
    }


def _here(aws_url: str, public_url: str) -> str:
    """An API by the emulator's own path: a browser cannot give the public name to an address of this machine."""
    return f"{aws_url}/_aws/execute-api/{(urlsplit(public_url).hostname or '').partition('.')[0]}"


def _let_back(pools: Any, pool: str, url: str) -> None:
    """Allow the sign-in page to come back to this address."""
    (client,) = pools.list_user_pool_clients(UserPoolId=pool, MaxResults=10)["UserPoolClients"]
    found = pools.describe_user_pool_client(UserPoolId=pool, ClientId=client["ClientId"])["UserPoolClient"]
    kept = {name: value for name, value in found.items() if value and name not in _GIVEN_BY_COGNITO}
    pools.update_user_pool_client(**kept | {"CallbackURLs": [url], "LogoutURLs": [url]})


_GIVEN_BY_COGNITO = {"CreationDate", "LastModifiedDate", "ClientSecret"}


def _take_on(pools: Any, pool: str, who: Colleague, password: str) -> None:
    number = {"phone_number": who.phone} if who.phone.startswith("+") else {"custom:sip": who.phone}
    attributes = {"name": who.name, "email": f"{who.username}@example.com", "email_verified": "true", **number}
    pools.admin_create_user(
        UserPoolId=pool,
        Username=who.username,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    pools.admin_set_user_password(UserPoolId=pool, Username=who.username, Password=password, Permanent=True)
    for team in who.teams:
        if team not in _teams(pools, pool):
            pools.create_group(UserPoolId=pool, GroupName=team)
        pools.admin_add_user_to_group(UserPoolId=pool, Username=who.username, GroupName=team)


def _teams(pools: Any, pool: str) -> set[str]:
    return {group["GroupName"] for group in pools.list_groups(UserPoolId=pool)["Groups"]}
