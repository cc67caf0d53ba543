"""Callers who pay, whole calls at virtual time; and the proof that no digit of a card is ever written down.

Everything between the ports is the product's own code, and the carrier takes the card. What is searched is all that
the product wrote, asked or told: tables, logs, requests to the model, things to do for people, and what it was sent.
"""

import asyncio
import json
import logging
import random
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local.carrier.cards import Charge, Connector
from local.carrier.phones.script import HangUp, Listen, Press, Say, Script, Step, Wait
from rehearsal import virtual_time
from rehearsal.hearing import Hearing, HearingPace
from rehearsal.speech import Speech
from rehearsal.stage import CALLER, NUMBER, Ports, staged, warm_up
from rehearsal.thinking import Thinking, ThinkingPace
from rehearsal.voice import SpokenVoice, VoicePace
from shared.adapters.agent_files import load
from shared.core.actions import Message, ToolSpec
from shared.core.agent import Agent
from shared.core.payment import Phase
from shared.observability import JsonFormatter
from shared.ports import LanguageModel, ModelEvent
from tests.fakes import FakeCallStore, FakeTools

VISA, MASTERCARD, AMEX = "4242424242424242", "5555341244441115", "378282246310005"
CODES = {VISA: "123", MASTERCARD: "987", AMEX: "4321"}
EXPIRES = "1229"
RUN = 8
"""So many digits of a card in a row are a leak."""
WORDS = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))
AGENT = load(Path(__file__).parents[2] / "agents" / "payments.yaml")
BEGAN = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo(AGENT.timezone))

PAYS: tuple[Step, ...] = (Listen(), Say(text="I'd like to pay my call-out fee"), Listen())
AGREES: tuple[Step, ...] = (Press(digits="4711#"), Listen(), Say(text="Yes please"))
LEAVES: tuple[Step, ...] = (Listen(quiet_ms=1_500), HangUp())


def types(card: str) -> tuple[Step, ...]:
    """The whole card, part by part, as the carrier asks for it."""
    step = Listen(quiet_ms=700)
    return (step, Press(digits=card), step, Press(digits=EXPIRES), step, Press(digits=CODES[card]))


class Listened:
    """A model whose every request is kept."""

    def __init__(self, model: LanguageModel, asked: list[object]) -> None:
        self._model, self._asked = model, asked

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[ModelEvent]:
        self._asked.append(json.loads(json.dumps([list(messages), list(tools)])))
        async for event in self._model.reply(messages, tools):
            yield event


@dataclass
class Seen:
    """One call, and everything that was written of it."""

    said: list[str]
    phases: list[Phase]
    charges: list[Charge]
    results: list[str]
    follow_ups: list[str]
    listening: list[str]
    """In order: media streams that were opened and closed, and the first and last of the keypad."""
    written: dict[str, str] = field(default_factory=dict)

    def leaks(self, *cards: str) -> list[tuple[str, str]]:
        """Where as many digits of a card stand in a row, however they are put: what was written, and which digits."""
        runs = {card[at : at + RUN] for card in cards for at in range(len(card) - RUN + 1)}
        return [(where, run) for where, text in self.written.items() for run in runs if run in _digits(text)]


def _digits(text: str) -> str:
    """The text with spoken digits as figures, and with nothing between digits that a card's groups are parted by."""
    for digit, word in WORDS.items():
        text = re.sub(rf"\b{word}\b", digit, text, flags=re.IGNORECASE)
    return re.sub(r"(?<=\d)[\s.,\-_]+(?=\d)", "", text)


@contextmanager
def _logged() -> Iterator[StringIO]:
    """All that the product logs, as it would be in production, and the records as they were made."""
    out = StringIO()

    class Raw(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            out.write(JsonFormatter("test").format(record) + "\n" + str(record.__dict__) + "\n")

    root, handler = logging.getLogger(), Raw()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield out
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def call(*steps: Step, connector: Connector | None = None, agent: Agent = AGENT) -> Seen:
    """A call of these steps, from dialling to the last line of its record."""
    return virtual_time.run(_call(steps, connector or Connector(), agent))


async def _call(steps: Iterable[Step], connector: Connector, agent: Agent) -> Seen:
    speech, draw, asked, store = Speech(), random.Random(7), list[object](), FakeCallStore()
    ports = Ports(
        hearing=Hearing(speech, HearingPace(), draw),
        voice=SpokenVoice(speech, VoicePace(), draw),
        model=Listened(Thinking(ThinkingPace(), draw), asked),
        tools=FakeTools(request_callback=lambda _: {}),
        store=store,
    )
    with _logged() as logs:
        async with staged(agent, speech, ports, BEGAN) as stage:
            stage.exchange.plant.gateways.connectors["Default"] = connector
            await warm_up(agent, ports.voice, BEGAN)
            call = await stage.exchange.dial_in(CALLER, NUMBER, Script(*steps))
            await call.closed.wait()
            await asyncio.sleep(5)
            sid = call.record.sid
            kept = [kept.payment for _, kept in sorted(ports.payments.kept.items())]
            lines = [(line.key, line.kind, dict(line.data)) for line in store.log(sid)]
            return Seen(
                said=[str(data["text"]) for _, kind, data in lines if kind == "agent"],
                phases=[payment.phase for payment in kept],
                charges=list(stage.exchange.plant.gateways.charges),
                results=[str(event.detail["result"]) for event in call.timeline.of("pay") if "result" in event.detail],
                follow_ups=list(ports.follow_ups.about),
                listening=[
                    "paid" if "result" in event.detail else str(event.detail.get("state", "keypad"))
                    for event in call.timeline.events
                    if event.kind in ("stream", "pay")
                ],
                written={
                    "state": str(store.get(sid)),
                    "record": str(lines),
                    "payments": str([payment.snapshot() for payment in kept]),
                    "model": str(asked),
                    "logs": logs.getvalue(),
                    "follow-ups": str(ports.follow_ups.about),
                    "timeline": str([event.json() for event in call.timeline.events]),
                },
            )


def everything(seen: Seen) -> str:
    return " ".join(seen.said)


@pytest.mark.parametrize("card", [VISA, MASTERCARD, AMEX])
def test_o4_a_caller_pays_and_hears_the_sum_and_the_code_and_no_digit_is_written(card: str) -> None:
    seen = call(*PAYS, *AGREES, *types(card), *LEAVES)
    assert seen.results == ["success"]
    assert seen.phases == [Phase.PAID]
    (charge,) = seen.charges
    assert (charge.amount, charge.currency, charge.description.partition(" (")[0]) == (
        "89.00",
        "usd",
        "Call-out fee, job 4711",
    )
    assert "Your payment of 89 dollars went through." in everything(seen)
    assert f"ends in {' '.join(charge.name[-4:].upper())}" in everything(seen)
    assert seen.leaks(VISA, MASTERCARD, AMEX) == []
    assert f'"{CODES[card]}"' not in str(seen.written)


@pytest.mark.parametrize("card", [VISA, MASTERCARD, AMEX])
@pytest.mark.parametrize("how", ["grouped", "in words", "in halves"])
def test_o4_a_card_that_is_spoken_to_the_agent_is_written_nowhere(card: str, how: str) -> None:
    spoken = {
        "grouped": [" ".join(card[at : at + 4] for at in range(0, len(card), 4))],
        "in words": [" ".join(WORDS[digit] for digit in card)],
        "in halves": [" ".join(card[:8]), " ".join(card[8:])],
    }[how]
    steps = [step for part in spoken for step in (Say(text=f"{part}"), Listen())]
    seen = call(
        *PAYS, Press(digits="4711#"), Listen(), Say(text=f"Sure my card is {spoken[0]}"), Listen(), *steps, *LEAVES
    )
    assert "please don't tell me card numbers" in everything(seen)
    assert seen.charges == []
    assert seen.leaks(VISA, MASTERCARD, AMEX) == []
    assert "[card number]" in seen.written["record"]


@pytest.mark.parametrize("card", [VISA, MASTERCARD, AMEX])
def test_o4_a_card_that_is_typed_outside_the_secure_step_is_written_nowhere(card: str) -> None:
    asked_for_nothing = call(Listen(), Press(digits=card), *LEAVES)
    asked_for_the_job = call(*PAYS, Press(digits=card), *LEAVES)
    asked_for_a_number = call(
        Listen(),
        Say(text="Can somebody call me back"),
        Listen(),
        Say(text="my bill"),
        Listen(),
        Press(digits=card),
        *LEAVES,
    )
    for seen in (asked_for_nothing, asked_for_the_job, asked_for_a_number):
        assert seen.leaks(VISA, MASTERCARD, AMEX) == []
        assert seen.charges == []


def test_o4_nobody_listens_while_the_card_is_typed() -> None:
    seen = call(*PAYS, *AGREES, *types(VISA), *LEAVES)
    first, last = seen.listening.index("keypad"), seen.listening.index("paid")
    assert seen.listening[first - 1] == "stopped"
    assert set(seen.listening[first:last]) == {"keypad"}
    assert "started" in seen.listening[last:]


def test_the_search_finds_a_leak_that_is_there() -> None:
    seen = call(*PAYS, *LEAVES)
    for planted in (VISA, "4242 4242", "4242-4242-4242-4242", " ".join(WORDS[digit] for digit in VISA), VISA[3:11]):
        seen.written["planted"] = f"the caller said {planted}."
        assert [where for where, _ in seen.leaks(VISA)][:1] == ["planted"]


def test_o4_a_declined_card_may_be_followed_by_another_try_and_then_by_what_the_file_says() -> None:
    again = (Listen(), Say(text="Yes"), *types(AMEX))
    seen = call(*PAYS, *AGREES, *types(VISA), *again, *LEAVES, connector=Connector(answers="decline"))
    assert seen.phases == [Phase.DECLINED, Phase.DECLINED]
    assert everything(seen).count("that card was declined") == 2
    assert "What is it about" in everything(seen)
    assert seen.leaks(VISA, AMEX) == []


def test_o4_a_gateway_whose_answer_is_lost_is_never_asked_twice_and_people_find_out() -> None:
    more = (Listen(), Say(text="I'd like to pay my call-out fee"), Listen(), Press(digits="4711#"))
    seen = call(*PAYS, *AGREES, *types(VISA), *more, *LEAVES, connector=Connector(answers="lost"))
    assert seen.phases == [Phase.UNKNOWN]
    assert len(seen.charges) == 1
    assert everything(seen).count("I can't tell whether the payment went through") == 2
    assert [about.partition(":")[0].rpartition(" of ")[2] for about in seen.follow_ups] == ["$89"]


def test_o4_a_caller_who_is_lost_at_the_keypad_comes_back_by_star() -> None:
    seen = call(*PAYS, *AGREES, Listen(), Press(digits="4242*"), Listen(), Say(text="No"), *LEAVES)
    assert seen.results == ["caller-interrupted-with-star"]
    assert seen.phases == [Phase.ABANDONED]
    assert "nothing was charged" in everything(seen)


def test_o4_a_caller_who_types_nothing_is_asked_whether_to_go_on() -> None:
    seen = call(*PAYS, *AGREES, Wait(ms=90_000), HangUp())
    assert seen.phases == [Phase.TIMEOUT]
    assert "Would you like to try once more?" in everything(seen)


def test_o4_a_caller_who_hangs_up_at_the_keypad_has_paid_nothing() -> None:
    seen = call(*PAYS, *AGREES, Listen(), Press(digits=VISA), Wait(ms=1_000), HangUp())
    assert seen.phases == [Phase.ABANDONED]
    assert seen.charges == []
    assert seen.leaks(VISA) == []


def test_o4_a_connector_that_is_not_there_is_our_fault_and_leads_on() -> None:
    seen = call(*PAYS, *AGREES, *LEAVES, agent=_with_connector("nowhere"))
    assert seen.phases == [Phase.FAILED]
    assert "cards can't be taken just now" in everything(seen)
    assert "What is it about" in everything(seen)


@pytest.mark.parametrize("card", [VISA, AMEX])
def test_o4_t7_turn_by_turn_a_card_is_taken_all_the_same(card: str) -> None:
    turn_by_turn = _changed(streaming=False)
    goodbye = (Listen(), Say(text="No that's all"), Listen(quiet_ms=3_000), HangUp())
    seen = call(*PAYS, *AGREES, *types(card), *goodbye, agent=turn_by_turn)
    assert seen.phases == [Phase.PAID]
    assert "Your payment of 89 dollars went through." in everything(seen)
    assert seen.leaks(VISA, AMEX) == []


def _changed(**changes: object) -> Agent:
    return replace(AGENT, **changes)  # type: ignore[arg-type]


def _with_connector(name: str) -> Agent:
    task = AGENT.task("pay_fee")
    assert task is not None
    assert task.pay is not None
    others = tuple(other for other in AGENT.tasks if other is not task)
    return _changed(tasks=(replace(task, pay=replace(task.pay, connector=name)), *others))
