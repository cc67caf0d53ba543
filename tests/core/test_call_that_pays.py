"""A task that costs something: when the card is asked for, and what the agent says when the caller is back."""

from dataclasses import replace

import pytest

from shared.core.agent import Agent, Slot, SlotKind, Task
from shared.core.attempt import Assignment
from shared.core.facts import EventFact, FactKind
from shared.core.informed import informed
from shared.core.next_step import TakeMessage, TakePayment
from shared.core.outbound import Outbound
from shared.core.pay import LINK, Pay
from shared.core.payment import Phase, Settled
from tests.agents import CALL_BACK, DESK, SMALL
from tests.playbook import Playbook

TERMS = Pay(
    connector="main",
    currency="usd",
    description="Bill of {account}",
    ask="You owe {amount}. By card now?",
    before="Type it now.",
    declined="Declined.",
    stopped="Nothing was charged.",
    again="Once more?",
    unknown="I cannot tell.",
    failed="Cards do not work.",
    already="You paid that.",
    ask_link="Shall I text a link?",
    link_sent="Sent.",
    prompts={},
    mistakes={},
    amount_from="balance",
    at_most="500",
)
ACCOUNT = Slot("account", SlotKind.DIGITS, "Which account?", max_digits=5)
PAY = Task("pay", "en-US", "Pay a bill", (), (ACCOUNT,), "balance_of", "Paid {amount}, code {code}.", pay=TERMS)
TAKE = TakePayment("pay", "120.00", "usd", "Bill of 77812")


def company(**terms: object) -> Agent:
    return replace(SMALL, tasks=(replace(PAY, pay=replace(TERMS, **terms)), CALL_BACK))  # type: ignore[arg-type]


def billed(agent: Agent, **answer: object) -> Playbook:
    """The caller has named their account, and the tool has said what is owed."""
    play = Playbook(agent).call_starts()
    play.agent_says(agent.greeting, agent.disclosure, agent.question).is_heard()
    play.caller_says("I want to pay my bill").model_is_asked().model_calls("pay")
    play.agent_says("Which account?").is_heard()
    play.caller_says("77812").model_is_asked().model_calls("pay", account="77812")
    return play.tool_runs("balance_of", account="77812").tool_returns(**(answer or {"balance": "120.00"}))


def asked(agent: Agent) -> Playbook:
    return billed(agent).agent_says("You owe 120 dollars.", "By card now?").is_heard()


def paying(agent: Agent) -> Playbook:
    return asked(agent).caller_says("yes").agent_says("Type it now.").is_heard().stream_ends(TAKE)


def back(agent: Agent, phase: Phase, play: Playbook, code: str = "") -> Playbook:
    """The caller's next stream, after the keypad."""
    return Playbook(agent, Settled("pay", phase, code).into(play.saved)).call_starts()


def test_o4_the_sum_is_the_tools_and_the_card_is_asked_for_once_the_caller_agrees() -> None:
    paying(company())


def test_r5_a_sum_that_the_model_makes_up_changes_nothing() -> None:
    play = Playbook(company()).call_starts().agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()
    play.caller_says("Five dollars will do").model_is_asked()
    play.model_calls("pay", account="77812", amount="5", balance="5", confirmed=True)
    play.tool_runs("balance_of", account="77812").tool_returns(balance="120.00")
    play.agent_says("You owe 120 dollars.", "By card now?")


@pytest.mark.parametrize("balance", ["", "0", "-3", "much", None, "500.01", "1200"])
def test_r5_what_is_no_sum_or_too_large_goes_to_people(balance: object) -> None:
    play = billed(company(), balance=balance).agent_says("I'll take a message.").is_heard()
    play.stream_ends(TakeMessage("Leave your message.", "tool"))


def test_a_sum_that_stands_in_the_file_needs_no_tool() -> None:
    task = replace(PAY, run="", slots=(), pay=replace(TERMS, amount="25", amount_from="", description="Fee"))
    play = Playbook(replace(SMALL, tasks=(task,))).call_starts()
    play.agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()
    play.caller_says("I want to pay the fee").model_is_asked().model_calls("pay")
    play.agent_says("You owe 25 dollars.", "By card now?").is_heard().caller_says("yes").agent_says(
        "Type it now."
    ).is_heard()
    play.stream_ends(TakePayment("pay", "25.00", "usd", "Fee"))


def test_a_key_agrees_and_a_no_leaves_it() -> None:
    asked(company()).presses("1").agent_says("Type it now.")
    asked(company()).caller_says("no").agent_says("Never mind.", "Anything else?")


def test_a_corrected_account_is_looked_up_again() -> None:
    play = asked(company()).caller_says("No, it is 77813").model_is_asked().model_calls("pay", account="77813")
    play.tool_runs("balance_of", account="77813").tool_returns(balance="30").agent_says(
        "You owe 30 dollars.", "By card now?"
    )


def test_o4_a_paid_sum_is_confirmed_with_its_code_and_the_model_knows() -> None:
    agent = company()
    play = back(agent, Phase.PAID, paying(agent), "CXYZ")
    play.agent_says("Paid 120 dollars, code C X Y Z.", "Anything else?").is_heard()
    play.caller_says("What was that?").model_is_asked()
    results = [message["content"] for message in play.messages if message["role"] == "tool"]
    assert '{"status": "paid", "amount": "$120", "code": "CXYZ"}' in results
    assert play.recorded("tool")[0]["name"] == "pay:payment"


def test_o4_the_same_bill_is_not_taken_twice_in_a_call() -> None:
    agent = company()
    play = back(agent, Phase.PAID, paying(agent), "CXYZ")
    play.agent_says("Paid 120 dollars, code C X Y Z.", "Anything else?").is_heard()
    play.caller_says("Pay my bill").model_is_asked().model_calls("pay", account="77812")
    play.tool_runs("balance_of", account="77812").tool_returns(balance="120.00")
    play.agent_says("You paid that.", "Anything else?")


@pytest.mark.parametrize(
    ("phase", "said"),
    [(Phase.DECLINED, "Declined."), (Phase.TIMEOUT, "Nothing was charged."), (Phase.ABANDONED, "Nothing was charged.")],
)
def test_o4_a_card_that_did_not_work_may_be_tried_again_as_often_as_the_file_says(phase: Phase, said: str) -> None:
    agent = company()
    play = back(agent, phase, paying(agent)).agent_says(said, "Once more?").is_heard()
    play.caller_says("yes").agent_says("Type it now.").is_heard().stream_ends(TAKE)
    back(agent, phase, play).agent_says(said, "Anything else?")


def test_o4_what_nobody_knows_is_told_so_and_never_tried_again() -> None:
    agent = company()
    play = back(agent, Phase.UNKNOWN, paying(agent)).agent_says("I cannot tell.", "Anything else?").is_heard()
    play.caller_says("Pay my bill").model_is_asked().model_calls("pay", account="77812")
    play.tool_runs("balance_of", account="77812").tool_returns(balance="120.00")
    play.agent_says("I cannot tell.", "Anything else?")


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.DECLINED])
def test_o4_when_no_card_works_the_file_says_what_follows(phase: Phase) -> None:
    said = "Cards do not work." if phase is Phase.FAILED else "Declined."
    to_task, to_route = company(attempts=1, otherwise="call_back"), company(attempts=1, otherwise="desk")
    back(to_task, phase, paying(to_task)).agent_says(said, "About what?")
    play = back(to_route, phase, paying(to_route)).agent_says(said, "I'll take a message.").is_heard()
    play.stream_ends(TakeMessage("Leave your message.", "payment"))
    alone = company(attempts=1)
    back(alone, phase, paying(alone)).agent_says(said, "Anything else?")


def test_o4_a_link_is_offered_instead_and_made_of_the_bill() -> None:
    agent = company(attempts=1, otherwise=LINK)
    play = back(agent, Phase.DECLINED, paying(agent)).agent_says("Declined.", "Shall I text a link?").is_heard()
    play.caller_says("yes").agent_says("One moment.").is_heard().stream_ends(replace(TAKE, by_link=True))
    back(agent, Phase.PAYING, play).agent_says("Sent.", "Anything else?")
    failed = back(agent, Phase.FAILED, play).agent_says("I'll take a message.").is_heard()
    failed.stream_ends(TakeMessage("Leave your message.", "payment-link"))


def test_who_wants_no_card_is_offered_the_link_and_may_refuse_that_too() -> None:
    play = asked(company(otherwise=LINK)).caller_says("no").agent_says("Shall I text a link?").is_heard()
    play.caller_says("no").agent_says("Never mind.", "Anything else?")


def test_a_call_that_lost_its_stream_at_the_question_asks_it_again() -> None:
    agent = company()
    play = Playbook(agent, asked(agent).saved).call_starts()
    play.agent_says("We were cut off.", "You owe 120 dollars.", "By card now?")


@pytest.mark.parametrize("said", ["it's 4111 1111 1111 1111", "four one one one " * 4, "the security code is 123"])
def test_o4_a_card_number_that_is_said_reaches_neither_model_nor_record(said: str) -> None:
    play = (
        asked(company())
        .caller_says(said)
        .agent_says("No card numbers, please.", "You owe 120 dollars.", "By card now?")
    )
    play.is_heard().caller_says("what do you mean").model_is_asked()
    everything = str([play.messages, play.records, play.saved])
    assert "4111" not in everything.replace(" ", "")
    assert "four one" not in everything
    assert "code is 123" not in everything


def test_o4_a_card_number_that_is_typed_is_no_answer() -> None:
    agent = replace(SMALL, tasks=(replace(PAY, slots=(replace(ACCOUNT, max_digits=16),)),), routes=(DESK,))
    play = Playbook(agent).call_starts().agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()
    play.caller_says("I want to pay my bill").model_is_asked().model_calls("pay").agent_says(
        "Which account?"
    ).is_heard()
    play.presses("4111111111111111").until("keypad").agent_says("No card numbers, please.", "Which account?").is_heard()
    assert "4111" not in str([play.records, play.saved])


def owing(balance: str) -> Playbook:
    """A call of ours to somebody whose bill the event named."""
    task = replace(PAY, run="", slots=(), pay=replace(TERMS, amount_from="", amount_fact="owed"))
    outbound = Outbound("This is a machine.", "", "", (EventFact("owed", FactKind.MONEY),))
    agent = informed(replace(SMALL, tasks=(task,), outbound=outbound), Assignment("a.1", {"owed": balance}))
    play = Playbook(replace(agent, outbound=None)).call_starts()
    play.agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()
    return play.caller_says("I want to pay").model_is_asked().model_calls("pay")


def test_o4_the_sum_may_be_a_fact_of_the_event_that_the_call_is_about() -> None:
    owing("88.40 USD").agent_says("You owe 88 dollars and 40 cents.", "By card now?")


def test_r5_a_fact_in_another_currency_is_no_sum_to_take() -> None:
    owing("88.40 EUR").agent_says("I'll take a message.")


def test_o4_the_rest_of_a_card_is_withheld_on_another_stream_too() -> None:
    agent = company()
    play = asked(agent).caller_says("5105 1051")
    play.agent_says("No card numbers, please.", "You owe 120 dollars.", "By card now?").is_heard()
    again = Playbook(agent, play.saved).call_starts()
    again.agent_says("We were cut off.", "You owe 120 dollars.", "By card now?").is_heard()
    again.caller_says("0510 5100").agent_says("No card numbers, please.", "You owe 120 dollars.", "By card now?")
    assert "0510" not in str([again.records, again.saved, play.records, play.saved])


@pytest.mark.parametrize("most", [6, 8, 10, 12, 16])
def test_o4_a_card_typed_where_a_long_number_is_asked_for_is_no_beginning_of_it(most: int) -> None:
    agent = replace(company(), tasks=(replace(PAY, slots=(replace(ACCOUNT, max_digits=most),)),))
    play = Playbook(agent).call_starts().agent_says("Hello.", "I am a machine.", "How can I help?").is_heard()
    play.caller_says("I want to pay my bill").model_is_asked().model_calls("pay")
    play.agent_says("Which account?").is_heard()
    if most < 8:
        play.presses("411111").tool_runs("balance_of", account="411111")
        return
    play.presses("4111111111111111").until("keypad").agent_says("No card numbers, please.", "Which account?").is_heard()
    assert "4111" not in str([play.records, play.saved])
    play.presses("77812345#").tool_runs("balance_of", account="77812345")
