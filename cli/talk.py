"""`switchboard talk AGENT_FILE`: the agent of a file, in text, with real tools and a real model endpoint.

The model is the one of `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_MODEL` if the first is set, else the stand-in on
this machine. Bookings go into a table of the emulator.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from cli.account import Account
from cli.children import Children
from cli.customers import GRACE
from cli.show import note_of
from cli.stand_ins import MODEL, aws_at, model_at, start_aws, start_model
from cli.text_call import TextCall
from shared.adapters.agent_files import AgentFileError, load
from shared.adapters.dynamodb_bookings import (
    BOOK_APPOINTMENT,
    CHANGES,
    FIND_FREE_TIMES,
    DynamoDbBookings,
    OpeningHours,
    table_spec,
)
from shared.adapters.dynamodb_customers import VERIFY_CUSTOMER, DynamoDbCustomers
from shared.adapters.dynamodb_desk import rows
from shared.adapters.dynamodb_desk.follow_ups import DynamoDbFollowUps
from shared.adapters.openai_chat import OpenAiChat
from shared.core.agent import Agent
from shared.core.attempt import Assignment
from shared.core.called_back import REQUEST_CALLBACK
from shared.core.events import JsonValue
from shared.core.facts import problems
from shared.core.next_step import HandOver, HangUp, NextStep, TakeMessage
from shared.usecases.tool_kit import NOTE_DOWN, Callbacks, Notes, ToolKit

TOOLS = frozenset({FIND_FREE_TIMES, BOOK_APPOINTMENT, *CHANGES, VERIFY_CUSTOMER, REQUEST_CALLBACK, NOTE_DOWN})
LONGEST_LINE = 1_000
BOOKINGS_TABLE = "switchboard-bookings"
DESK_TABLE = "switchboard-desk"

_now = partial(datetime.now, UTC)


def talk(agent_file: Path, console: Console, facts: Sequence[str] = ()) -> tuple[str, list[str]]:
    """Talk until the agent or the caller has had enough; figures, and what fell short. With `facts`, as `name=value`,
    the agent has called. Raises AgentFileError."""
    agent = load(agent_file, tools=TOOLS)
    assignment = _assignment(agent, facts) if facts else None
    screen = _Terminal(console, agent.name)
    with TemporaryDirectory(prefix="switchboard-") as logs, Children(Path(logs)) as children:
        aws = start_aws(children)
        own_model = os.environ.get("OPENAI_BASE_URL")
        model_url = own_model or model_at(start_model(children), screen.step)
        table = Account(aws_at(aws, screen.step), speech_url="").client("dynamodb")
        table.create_table(**table_spec(BOOKINGS_TABLE))
        table.create_table(**rows.table_spec(DESK_TABLE))
        with ThreadPoolExecutor(2) as threads, asyncio.Runner() as runner:
            model = OpenAiChat(
                base_url=model_url,
                api_key=os.environ.get("OPENAI_API_KEY", "local"),
                model=os.environ.get("OPENAI_MODEL", MODEL),
            )
            bookings = DynamoDbBookings(
                table, BOOKINGS_TABLE, hours=OpeningHours(agent.timezone), threads=threads, now=_now
            )
            follow_ups = DynamoDbFollowUps(table, DESK_TABLE, now=_now)
            customers = DynamoDbCustomers(table, BOOKINGS_TABLE, threads=threads, now=_now)
            customers.put(GRACE.number, GRACE.name, GRACE.facts)
            tools = ToolKit(
                bookings, customers, Notes(), Callbacks(follow_ups, threads=threads, now=_now, timezone=agent.timezone)
            )
            call = TextCall(agent, model, tools, screen, _now().astimezone(ZoneInfo(agent.timezone)), assignment)
            _converse(call, runner, screen)
            runner.run(model.aclose())
    return screen.figures(call.next_step)


def _assignment(agent: Agent, given: Sequence[str]) -> Assignment:
    facts = {name: value for name, _, value in (text.partition("=") for text in given)}
    wrong = ["this agent has no `outbound:`; leave --facts out"] if agent.outbound is None else []
    if agent.outbound is not None:
        wrong = [f"{line}; give it as NAME=VALUE" for line in problems(agent.outbound.facts, facts)]
    if wrong:
        raise AgentFileError("\n".join(f"--facts: {line}" for line in wrong))
    return Assignment("talk-0.1", facts)


def _converse(call: TextCall, runner: asyncio.Runner, screen: "_Terminal") -> None:
    runner.run(call.begin())
    for line in screen.lines():
        runner.run(call.say(line))
        if call.ended:
            return
    runner.run(call.hang_up())


class _Terminal:
    """The conversation on a terminal, or through pipes."""

    def __init__(self, console: Console, agent: str) -> None:
        self._console = console
        self._agent = agent
        self._speaking = False
        self._counts: Counter[str] = Counter()

    def step(self, text: str) -> None:
        self._console.print(Text(f"  {text}", style="bright_black"))

    def agent(self, text: str) -> None:
        """Segments of one turn follow each other on one line."""
        if self._speaking:
            self._console.print(Text(f" {text}"), end="", soft_wrap=True)
        else:
            self._console.print(
                Text(f"{self._agent:>6}  ", style="bold green"), Text(text), sep="", end="", soft_wrap=True
            )
        self._speaking = True

    def note(self, kind: str, data: dict[str, JsonValue]) -> None:
        self._counts[kind] += 1
        if note := note_of(kind, data):
            self._end_line()
            self._console.print(Text(f"        · {note}", style="bright_black"))

    def lines(self) -> Iterator[str]:
        """What the caller types, until there is no more; empty lines mean nothing."""
        while True:
            self._end_line()
            try:
                line = self._console.input(Text("   You  ", style="bold cyan")).strip()
            except EOFError:
                self._console.print()
                return
            if not sys.stdin.isatty():
                self._console.print(Text(line))
            if line:
                yield line[:LONGEST_LINE]

    def figures(self, next_step: NextStep | None) -> tuple[str, list[str]]:
        """What the closing line says."""
        self._end_line()
        if isinstance(next_step, TakeMessage):
            self._console.print(
                Text(f"        · the caller would leave a message now: {next_step.say}", style="bright_black")
            )
        if isinstance(next_step, HandOver):
            self._console.print(
                Text(f"        · the caller would be put through now: {next_step.route}", style="bright_black")
            )
        people = dict.fromkeys((TakeMessage, HandOver), "handed to people")
        ending = {HangUp: "the agent said goodbye", **people}.get(type(next_step), "you hung up")
        faults = self._counts["fault"]
        return f"{self._counts['caller']} turns, {ending}", [f"{faults} faults"] if faults else []

    def _end_line(self) -> None:
        if self._speaking:
            self._console.print()
        self._speaking = False
