"""Tool sets of unrelated businesses, and requests made with them, for the tests of the model's understanding."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.model.conversation import Call, Called, Conversation, Heard, Said, Step, read_result
from local.model.engine import Engine, ToolChoice
from local.model.moment import Decision
from local.model.phrasing import MISSED, UNKNOWN
from local.model.tools import Tool, read_tool

RULES = """\
You hear the caller through speech recognition, so words may be missing or wrong; your words are spoken aloud.
- Answer in one or two short sentences of plain speech: no lists, no symbols, no emoji.
- Say only what stands under "What you know" or in this conversation. If it is not there, say that you do not know.
- When the caller wants one of the jobs you have a tool for, call that tool with whatever they said so far, in their own
  words, and write nothing. The tool asks for the rest and reads the details back. Corrections call it again.
- If you cannot tell what the caller wants or said, call `not_understood`."""
NOW = "## Now\nFriday 20 November 2026, 09:14"
OWN_WORDS = ", in the caller's own words"


def text(format_: str, description: str) -> dict[str, Any]:
    return {"type": "string", "format": format_, "description": description + OWN_WORDS}


def choice(description: str, *values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values), "description": description}


CONFIRMED = {"type": "boolean", "description": "whether the caller agreed to the details just read back"}


def tool(name: str, description: str, required: tuple[str, ...] = (), /, **properties: dict[str, Any]) -> Tool:
    return read_tool(name, description, {"type": "object", "properties": properties, "required": list(required)})


def say_like(*examples: str) -> str:
    return " Callers say things like: " + "; ".join(f'"{example}"' for example in examples) + "."


END_CALL = tool("end_call", "The caller says goodbye or wants nothing more.")
LOST = tool("not_understood", "What the caller said could not be understood, or makes no sense here.")


def transfer(**routes: str) -> Tool:
    described = "\n".join(f"{name}: {purpose}" for name, purpose in routes.items())
    return tool("transfer", "Hand the caller over to people.", ("to",), to=choice(described, *routes))


CLINIC = (
    tool(
        "book_appointment",
        "Book an appointment."
        + say_like(
            "I'd like to make an appointment",
            "Can I come in for a cleaning",
            "I need to see the dentist next week",
            "Do you have anything free on Tuesday",
        ),
        service=choice("what the visit is for", "cleaning", "check-up", "urgent visit"),
        day=text("date", "the day of the visit"),
        time=text("time", "the time of day of the visit"),
        name=text("person-name", "the caller's first and last name"),
        phone=text("phone", "a telephone number for reaching the caller"),
        confirmed=CONFIRMED,
    ),
    transfer(
        front_desk="a person at the front desk, for billing, complaints, changes to an appointment, and anything else."
        + say_like("Can I talk to a person", "I have a question about my bill", "I need to cancel my appointment"),
        nurse="urgent medical questions."
        + say_like("My mouth won't stop bleeding", "I have a medical question", "Can I speak to the nurse"),
    ),
    END_CALL,
    LOST,
)
CLINIC_KNOWS = """\
- Opening hours: We are open Monday to Friday, from eight in the morning until five in the afternoon.
- Address and directions: We are at 12 Maple Street, next to the public library.
- Parking: There is free parking behind the building.
- Insurance: We accept most insurance plans, including Blue Cross and Aetna. Please bring your card.
- What to bring to a first visit: Please bring a photo ID and your insurance card, and come ten minutes early.
- Cost of a cleaning without insurance: A cleaning without insurance is ninety dollars."""

PIZZA = (
    tool(
        "order_pizza",
        "Take an order for pizza."
        + say_like("I'd like to order a pizza", "can I get two large pepperoni", "a pizza for delivery please"),
        pizza=choice("which pizza", "margherita", "pepperoni", "hawaiian", "four cheese"),
        size=choice("the size", "small", "medium", "large"),
        quantity={"type": "integer", "description": "how many pizzas"},
        how=choice("whether it is for delivery or pickup", "delivery", "pickup"),
        address=text("text", "the address to deliver to"),
        confirmed=CONFIRMED,
    ),
    tool(
        "order_status",
        "Find out where an order is."
        + say_like("where is my pizza", "how long will my order take", "I want to check on my order"),
        order_number=text("digits", "the order number"),
    ),
    transfer(manager="complaints and refunds." + say_like("my pizza was cold", "I want my money back")),
    END_CALL,
    LOST,
)
PIZZA_KNOWS = """\
- Opening hours: We are open every day from eleven in the morning until ten at night.
- Delivery area: We deliver within five miles of the shop. Delivery is three dollars.
- Gluten free: We have a gluten free base in medium only.
- Payment: You can pay by card or in cash at the door."""

BANK = (
    tool(
        "account_balance",
        "Tell the balance of an account." + say_like("what's my balance", "how much money do I have in my account"),
        account_number=text("digits", "the eight digit account number"),
        pin=text("digits", "the four digit telephone PIN"),
    ),
    tool(
        "block_card",
        "Block a lost or stolen card."
        + say_like("I lost my card", "somebody stole my wallet", "I need to block my card"),
        card=choice("which card", "debit card", "credit card"),
        last_four=text("digits", "the last four digits of the card"),
        name=text("person-name", "the name on the card"),
        confirmed=CONFIRMED,
    ),
    tool(
        "send_money",
        "Send money to somebody." + say_like("I want to make a transfer to my landlord", "send fifty dollars to Anna"),
        amount={"type": "number", "description": "the amount in dollars"},
        to_name=text("person-name", "the name of the person who gets the money"),
        when=text("date", "the day to send it"),
        confirmed=CONFIRMED,
    ),
    transfer(
        advisor="loans, mortgages and savings." + say_like("I want to talk about a mortgage", "I need a loan"),
        fraud="suspicious payments." + say_like("there is a payment I don't recognize", "I think I was scammed"),
        support="anything else",
    ),
    END_CALL,
    LOST,
)
BANK_KNOWS = """\
- Opening hours: Branches are open Monday to Friday from nine to four. This line is open day and night.
- Overdraft: An overdraft costs five dollars a day, at most forty dollars a month.
- Foreign payments: Card payments abroad cost one percent.
- App: You can find our app in the stores under Harbor Bank."""

HOTEL = (
    tool(
        "book_room",
        "Reserve a room." + say_like("I'd like a room for two nights", "do you have any rooms this weekend"),
        room=choice("what kind of room", "single", "double", "suite"),
        arrival=text("date", "the day of arrival"),
        nights={"type": "integer", "description": "how many nights"},
        guests={"type": "integer", "description": "how many people"},
        name=text("person-name", "the guest's name"),
        email=text("email", "an email address for the confirmation"),
        confirmed=CONFIRMED,
    ),
    tool(
        "cancel_reservation",
        "Cancel a reservation." + say_like("I have to cancel my booking", "we can't come after all"),
        reservation=text("digits", "the reservation number"),
        confirmed=CONFIRMED,
    ),
    transfer(
        reception="a person at reception, for anything else." + say_like("can I speak to someone"),
        restaurant="tables and breakfast." + say_like("I'd like to reserve a table", "is breakfast included"),
    ),
    END_CALL,
    LOST,
)
HOTEL_KNOWS = """\
- Check-in: You can check in from three in the afternoon, and check out until eleven.
- Pets: Dogs are welcome for fifteen dollars a night. Cats are not.
- Pool: The pool is on the roof and open from seven to nine.
- Getting here from the airport: A shuttle runs from the airport every half hour and is free."""

GARAGE = (
    tool(
        "book_service",
        "Book a car in for work."
        + say_like("I need an oil change", "my car makes a strange noise", "can you fix my brakes"),
        service=choice("what is to be done", "oil change", "brakes", "tires", "inspection"),
        day=text("date", "the day to bring the car"),
        time=text("time", "the time to bring the car"),
        first_time=text("yes-no", "whether the customer is new here"),
        email=text("email", "where to send the bill"),
        notes=text("text", "anything the mechanic should know"),
        confirmed=CONFIRMED,
    ),
    tool(
        "car_ready",
        "Tell whether a car is ready." + say_like("is my car done", "when can I pick up my car"),
        plate=text("digits", "the digits on the number plate"),
    ),
    transfer(
        parts="prices and parts." + say_like("how much are new tires", "do you have this part"),
        workshop="anything else",
    ),
    END_CALL,
    LOST,
)
GARAGE_KNOWS = """\
- Opening hours: The garage is open from seven to six, Monday to Saturday.
- How long an oil change takes: An oil change takes about half an hour.
- Loan cars: We lend you a car for free when yours stays overnight."""

RESTAURANT = (
    tool(
        "reserve_table",
        "Reserve a table."
        + say_like("I'd like to book a table for two", "do you have a table tonight", "a table for four on Friday"),
        day=text("date", "the day"),
        time=text("time", "the time"),
        people={"type": "integer", "description": "how many people"},
        where=choice("where to sit", "inside", "terrace"),
        occasion=text("text", "anything special about the evening"),
        name=text("person-name", "the name for the table"),
        confirmed=CONFIRMED,
    ),
    tool(
        "change_reservation",
        "Change or cancel a reservation." + say_like("I need to cancel my table", "can I move my reservation"),
        name=text("person-name", "the name on the reservation"),
        day=text("date", "the day of the reservation"),
        cancel={"type": "boolean", "description": "whether to cancel it altogether"},
        confirmed=CONFIRMED,
    ),
    transfer(
        host="anything else." + say_like("can I speak to someone"), events="weddings and parties of more than ten."
    ),
    END_CALL,
    LOST,
)
RESTAURANT_KNOWS = """\
- Opening hours: The kitchen is open from noon to ten. We are closed on Mondays.
- Vegetarian dishes: About half of our dishes are vegetarian, and five are vegan.
- Dress: Come as you are.
- Children: We have high chairs and a small menu for children."""

REMINDER = (
    tool(
        "answer_reminder",
        "Take down whether the customer will come to the appointment they were reminded of."
        + say_like("yes I'll be there", "I can't come that day", "no that doesn't work for me"),
        coming=text("yes-no", "whether they will come"),
    ),
    tool(
        "move_appointment",
        "Move the appointment to another day." + say_like("can we move it", "I need another day"),
        day=text("date", "the new day"),
        time=text("time", "the new time"),
        confirmed=CONFIRMED,
    ),
    tool(
        "rate_us",
        "Take down how satisfied the customer was." + say_like("I'd give you a nine", "it was great"),
        rating={"type": "integer", "description": "a number from one to ten"},
        recommend=text("yes-no", "whether they would recommend us"),
        comment=text("text", "what we could do better"),
    ),
    tool("do_not_call", "Never call this person again." + say_like("take me off your list", "stop calling me")),
    transfer(office="anything else." + say_like("I want to talk to somebody")),
    END_CALL,
    LOST,
)
REMINDER_KNOWS = """\
- Who is calling: We are calling from Bright Smile Dental.
- The appointment: Your appointment is on Tuesday the first of December at ten in the morning.
- Where: We are at 4 Station Road."""

AIRLINE = (
    tool(
        "book_flight",
        "Book a flight." + say_like("I need a flight to Chicago", "I'd like to fly to Boston on Monday"),
        **{
            "from": {"type": "string", "description": "the city to fly from"},
            "to": {"type": "string", "description": "the city to fly to"},
        },
        day=text("date", "the day of the flight"),
        cabin=choice("the class", "economy", "business", "first class"),
        seats={"type": "integer", "description": "how many people fly"},
        email=text("email", "where to send the ticket"),
        confirmed=CONFIRMED,
    ),
    tool(
        "flight_status",
        "Tell whether a flight is on time." + say_like("is my flight delayed", "when does flight 12 land"),
        flight=text("digits", "the flight number"),
    ),
    transfer(
        baggage="lost and damaged bags." + say_like("my bag did not arrive"),
        agent="anything else." + say_like("I want to talk to somebody"),
    ),
    END_CALL,
    LOST,
)
AIRLINE_KNOWS = """\
- Bags: You may bring one bag of eight kilos on board, and check one of twenty.
- Pets: Small pets may travel in the cabin in a bag.
- When to be at the airport: Please be at the airport two hours before your flight."""

ORDINARY = (
    tool(
        "get_weather",
        "Get the weather forecast for a city",
        ("city",),
        city={"type": "string", "description": "The city, e.g. San Francisco"},
        day={"type": "string", "description": "The day of the forecast"},
    ),
    tool(
        "set_reminder",
        "Set a reminder for the user",
        ("text", "time"),
        text={"type": "string", "format": "text", "description": "What to remind the user of"},
        time={"type": "string", "description": "The time of the reminder"},
    ),
    tool(
        "convert_currency",
        "Convert an amount of money from one currency to another",
        ("amount", "from_currency", "to_currency"),
        amount={"type": "number", "description": "The amount to convert"},
        from_currency={
            "type": "string",
            "enum": ["dollars", "euros", "pounds"],
            "description": "Currency to convert from",
        },
        to_currency={"type": "string", "enum": ["dollars", "euros", "pounds"], "description": "Currency to convert to"},
    ),
)


@dataclass(frozen=True, slots=True)
class Business:
    """A system message without its State section, and the tools sent with it."""

    system: str
    tools: tuple[Tool, ...]


def business(name: str, knows: str, tools: tuple[Tool, ...]) -> Business:
    return Business(
        f"You are Ava, {name}, answering the telephone.\n{RULES}\n\n## What you know\n{knows}\n\n{NOW}", tools
    )


BUSINESSES: Mapping[str, Business] = {
    "clinic": business("the receptionist of Maple Street Clinic", CLINIC_KNOWS, CLINIC),
    "pizza": business("the order desk of Luigi's Pizza", PIZZA_KNOWS, PIZZA),
    "bank": business("the telephone service of Harbor Bank", BANK_KNOWS, BANK),
    "airline": business("the booking line of Harbor Air", AIRLINE_KNOWS, AIRLINE),
    "restaurant": business("the host of Trattoria Sole", RESTAURANT_KNOWS, RESTAURANT),
    "reminder": business("the assistant of Bright Smile Dental", REMINDER_KNOWS, REMINDER),
    "garage": business("the front office of Northside Garage", GARAGE_KNOWS, GARAGE),
    "hotel": business("the reception of the Harbor Hotel", HOTEL_KNOWS, HOTEL),
    "ordinary": Business("You are a helpful assistant.", ORDINARY),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: said to which business, after which `tool.argument` was asked for, and what it means."""

    business: str
    asked: str
    said: str
    expected: str


def rows(table: str) -> list[Row]:
    """The lines of a table beside this file; "#" begins a remark."""
    lines = (Path(__file__).parent / table).read_text().splitlines()
    return [Row(*(cell.strip() for cell in line.split("|"))) for line in lines if line and not line.startswith("#")]


def understood(engine: Engine, row: Row) -> bool:
    """Whether the model makes of a row what it means."""
    chat = Chat(engine, BUSINESSES[row.business])
    if row.asked:
        of, _, waiting_for = row.asked.partition(".")
        chat.asked(waiting_for, of)
    return met(chat.hear(row.said), row.expected)


@dataclass(slots=True)
class Chat:
    """A conversation with one business, driven as the product drives it: its tools answer what to ask next."""

    engine: Engine
    business: Business
    steps: list[Step] = field(default_factory=list)
    state: str = ""

    def hear(self, said: str) -> Decision:
        self.steps.append(Heard(said))
        system = self.business.system + (f"\n\n## State\n{self.state}" if self.state else "")
        return self.engine.reply(Conversation(system, tuple(self.steps)), self.business.tools, ToolChoice("auto"))

    def asked(self, waiting_for: str, of: str, question: str = "", known: Mapping[str, Any] | None = None) -> None:
        """The product called `of` for the caller, and now waits for one of its arguments."""
        self.steps.append(Called((Call(of, dict(known or {})),)))
        status = "confirm" if waiting_for == "confirmed" else "asked"
        self.steps.append(read_result(of, json.dumps({"status": status, "waiting_for": waiting_for})))
        self.steps.append(Said(question or "What would that be?"))
        self.state = f"You just asked for `{waiting_for}` of {of}; you wait for it."

    def done(self, of: str) -> None:
        self.steps.append(read_result(of, json.dumps({"status": "done"})))
        self.steps.append(Said("That is done. Is there anything else I can do for you?"))
        self.state = ""


def lowered(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value).lower().strip(" .") for key, value in values.items()}


def met(decision: Decision, expected: str) -> bool:
    """Whether a decision is what a line of a table expects.

    "tool key=value; key=value" expects that call with exactly those arguments, "tool a + tool b" two calls,
    "says words" a text with those words and no call, "says words + tool ..." both, "lost" not having understood,
    "unknown" not knowing, "talk" any text without a call.
    """
    calls = [f"{call.name} {json.dumps(lowered(call.arguments), sort_keys=True)}" for call in decision.calls]
    wanted = []
    for part in expected.split(" + "):
        head, _, rest = part.strip().partition(" ")
        if head == "lost":
            return calls == ["not_understood {}"] or decision.text.startswith(MISSED)
        if head == "unknown":
            return not calls and decision.text.startswith(UNKNOWN)
        if head == "talk":
            return not calls and bool(decision.text) and not decision.text.startswith((*MISSED, *UNKNOWN))
        if head == "says":
            if rest.lower() not in decision.text.lower():
                return False
            continue
        values = {key: value for key, _, value in (pair.partition("=") for pair in rest.split("; ") if pair)}
        wanted.append(f"{head} {json.dumps(lowered(values), sort_keys=True)}")
    return calls == wanted
