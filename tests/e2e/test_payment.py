"""A caller pays by card, on the laptop: real sound, the deployed webhooks, a carrier that takes the card."""

from cli.laptop import PAYMENTS, Laptop
from tests.e2e.calls import HANG_UP, ended, listen, press, say, until_heard, wait

CARD, CODE = "5555555555554444", "987"


def test_o4_a_caller_pays_on_the_keypad_and_no_digit_of_the_card_is_written_down(machine: Laptop) -> None:
    typed = (listen(), press(CARD), listen(), press("1229"), listen(), press(CODE))
    asks = (listen(), say("I'd like to pay my call-out fee"), listen(), press("4711#"), listen(), say("Yes please"))
    sid = machine.carrier.dial("+14155550331", PAYMENTS, (*asks, *typed, wait(30_000), HANG_UP))
    until_heard(machine, sid, "Your payment of 89 dollars went through", 90)
    machine.carrier.hang_up(sid)
    call = ended(machine, sid, 20)
    (paid,) = call.data("payment")
    assert (paid["state"], paid["amount"], paid["currency"], paid["reason"]) == ("paid", "89.00", "usd", "success")
    table = machine.account.client("dynamodb").scan(TableName=machine.deployed.calls_table)["Items"]
    logs = [path.read_text(errors="replace") for path in machine.children.logs.glob("*.log")]
    assert logs
    assert not any(CARD[at : at + 8] in text for text in (str(table), *logs) for at in range(9))
