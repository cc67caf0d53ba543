"""Reading environment variables as what they should be; the settings of each process are made of these."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_NUMBER = re.compile(r"\*|\+[1-9]\d{6,14}")
"""A line: any number, or one in E.164."""


class SettingsError(Exception):
    """A variable is missing or wrong. The message names it and the fix."""

    def __init__(self, name: str, fix: str) -> None:
        super().__init__(f"{name}: {fix}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Reader:
    """Every method raises SettingsError when the variable is missing, without a default, or wrong."""

    environment: Mapping[str, str]

    def text(self, name: str, meaning: str, *, default: str | None = None) -> str:
        """The value without surrounding blanks; a blank one counts as absent."""
        value = self.environment.get(name, "").strip() or default
        if value is None:
            raise SettingsError(name, f"is not set; give {meaning}")
        return value

    def url(self, name: str, *schemes: str, with_path: bool = True, default: str | None = None) -> str:
        wanted = " or ".join(f"{scheme}://host" for scheme in schemes) + (
            "[/path]" if with_path else ", without a path"
        )
        value = self.text(name, wanted, default=default)
        if not with_path:
            value = value.removesuffix("/")
        if value and not _is_url(value, schemes, with_path=with_path):
            raise SettingsError(name, f"must be {wanted}, with no user, query or fragment")
        return value

    def key(self, name: str, vendor: str, *, needed: bool) -> str:
        return self.text(name, f"the key of {vendor}", default=None if needed else "")

    def chosen(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """Names with commas between, the first of `known` by default."""
        fix = f"give one of {', '.join(known)}, or more in the order in which they stand in for each other"
        values = tuple(part.strip() for part in self.text(name, "", default=known[0]).split(","))
        if not set(values) <= set(known):
            raise SettingsError(name, f"names a provider that is not known here; {fix}")
        if len(set(values)) < len(values):
            raise SettingsError(name, f"names a provider twice; {fix}")
        return values

    def secrets(self, name: str) -> tuple[str, ...]:
        """A list with commas between."""
        values = tuple(part for part in map(str.strip, self.text(name, "the account's auth token").split(",")) if part)
        if not values:
            raise SettingsError(name, "holds no token; give the account's auth token, or several with commas between")
        return values

    def folder(self, name: str, holding: str = "the agent files") -> Path:
        value = Path(self.text(name, f"the folder of {holding}"))
        if not os.path.isdir(value):  # which does not raise, whatever the name
            raise SettingsError(name, f"is not a folder; give the one that holds {holding}")
        return value

    def lines(self, name: str) -> Mapping[str, str]:
        example = 'give JSON such as {"+15550100123": "front_door"}; "*" stands for any number'
        try:
            value = json.loads(self.text(name, "which agent answers which number; " + example))
        except ValueError:
            raise SettingsError(name, f"is not JSON; {example}") from None
        if not isinstance(value, dict) or not value:
            raise SettingsError(name, f"names no line; {example}")
        for number, agent in value.items():
            if not _NUMBER.fullmatch(number):
                raise SettingsError(name, f"has a number that is not in the form +15550100123; {example}")
            if not isinstance(agent, str) or not re.fullmatch(r"[\w-]+", agent):
                raise SettingsError(name, f"has an agent that is not a file name without its ending; {example}")
        return value

    def number(self, name: str, least: int, most: int, *, default: int) -> int:
        value = self.text(name, "", default=str(default))
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            raise SettingsError(name, f"must be a whole number from {least} to {most}")
        return int(value)

    def optional_number(self, name: str, least: int, most: int) -> int | None:
        return self.number(name, least, most, default=least) if self.text(name, "", default="") else None

    def service(self, name: str) -> tuple[str, str] | None:
        """Of ECS, as `cluster/service`."""
        value = self.text(name, "", default="")
        cluster, _, service = value.partition("/")
        if value and not re.fullmatch(r"[\w-]+/[\w-]+", value):
            raise SettingsError(name, "must be the names of an ECS cluster and service, as cluster/service")
        return (cluster, service) if value else None


def _is_url(value: str, schemes: tuple[str, ...], *, with_path: bool) -> bool:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    extras = set("@?#") & set(value) or any(c.isspace() for c in value)
    return parts.scheme in schemes and bool(host) and port != 0 and not extras and (with_path or not parts.path)
