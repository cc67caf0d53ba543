"""Keys as they are given: typed without an echo, or piped in. Never arguments, which shells and `ps` show."""

import getpass
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cli.deployed.refusal import Refusal
from cli.deployed.secret_values import TOKEN

SID_NAME: Final = "TWILIO_ACCOUNT_SID"
TOKEN_NAME: Final = "TWILIO_AUTH_TOKEN"

MOST_CHARS: Final = 10_000

_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_KEY: Final = re.compile(r"[!-~]{8,512}")
_LINE: Final = re.compile(r"(?:export\s+)?([A-Z_]+)\s*=(.*)")


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be set; empty for what stays as it is."""

    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of providers, by their settings' names."""


def read_given(names: Sequence[str], known_sid: str | None) -> Given:
    """From the terminal, or from what is piped in. Raises Refusal for what cannot be right."""
    if not sys.stdin.isatty():
        return checked(piped(sys.stdin.read(MOST_CHARS + 1), names))
    return checked(typed(names, known_sid, input, getpass.getpass))


def typed(
    names: Iterable[str], known_sid: str | None, ask: Callable[[str], str], ask_hidden: Callable[[str], str]
) -> Mapping[str, str]:
    """One question for each; an empty answer leaves things as they are."""
    values: dict[str, str] = {}
    for name in names:
        if name == SID_NAME:
            kept = f" [{known_sid}]" if known_sid else ""
            values[name] = ask(f"{name}{kept}: ") or known_sid or ""
        else:
            values[name] = ask_hidden(f"{name} (not shown; Enter leaves it as it is): ")
    return values


def piped(text: str, names: Sequence[str]) -> Mapping[str, str]:
    """`NAME=value` lines, or for one name its value alone. Raises Refusal, which repeats nothing of the text."""
    if len(text) > MOST_CHARS:
        raise Refusal(f"more than {MOST_CHARS} characters were piped in; give lines such as {TOKEN_NAME}=...")
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(names) == 1 and len(lines) == 1 and not lines[0].startswith((f"{names[0]}=", "export ")):
        return {names[0]: lines[0]}
    values: dict[str, str] = {}
    for count, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line)
        if not found or found[1] not in names:
            raise Refusal(f"line {count} of what was piped in is not NAME=value with a name of {', '.join(names)}")
        values[found[1]] = found[2]
    return values


def checked(values: Mapping[str, str]) -> Given:
    """Trimmed, without quotes around, and of the right form. Raises Refusal."""
    given = {name: bare for name, value in values.items() if (bare := _bare(value))}
    sid, token = given.pop(SID_NAME, ""), given.pop(TOKEN_NAME, "")
    if TOKEN.fullmatch(sid) and _SID.fullmatch(token):
        raise Refusal(f"{SID_NAME} and {TOKEN_NAME} are the wrong way round: the SID is the one that begins with AC")
    if sid and not _SID.fullmatch(sid):
        raise Refusal(f"{SID_NAME} is not AC and 32 hexadecimal digits; it is on the first page of Twilio's console")
    if token and not TOKEN.fullmatch(token):
        is_key = token.startswith("SK")
        what = "is an API key, which signs no webhook" if is_key else "is not an auth token"
        raise Refusal(f"{TOKEN_NAME} {what}; give the 32 hexadecimal digits on the first page of Twilio's console")
    for name, key in given.items():
        if not _KEY.fullmatch(key):
            raise Refusal(f"{name} has blanks or signs in it that no key has, or is too short; copy it again")
    return Given(sid, token, given)


def _bare(value: str) -> str:
    """Without what comes along when a value is copied out of a file."""
    trimmed = value.strip()
    if len(trimmed) >= 2 and trimmed[0] == trimmed[-1] and trimmed[0] in "'\"`":
        return trimmed[1:-1].strip()
    return trimmed
