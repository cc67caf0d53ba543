"""Agents for tests: the clinic's own file, and one small enough to see whole."""

from pathlib import Path

from shared.adapters.agent_files import load
from shared.core.agent import Agent, Fact, Limits, Phrases, Problem, Route, Slot, SlotKind, Task, Voice

PHRASES = Phrases(
    anything_else="Anything else?",
    goodbye="Goodbye!",
    one_moment=("One moment.", "Just a second."),
    not_understood=("Sorry?", "Once more, please."),
    still_there=("Are you there?", "Hello?"),
    silent_goodbye="I'll hang up now.",
    trouble="I had a problem. Say that again?",
    cut_off="We were cut off.",
    time_is_up="Our time is up.",
    message_taken="Saved. Goodbye!",
    dropped="Never mind.",
    unsure="Not sure.",
    check="I heard {value}, right?",
    use_keypad="Or type it.",
    what_to_change="What should I change?",
    no_card_numbers="No card numbers, please.",
    back="I'm back.",
    whisper="A caller of {business}: {about}.",
    accept="Press 1 or say yes.",
    not_needed="Not needed any more.",
    hold="Please hold. Press star to come back.",
    verified="verified: {identity}",
    not_verified="not verified",
)

BOOK = Task(
    name="book",
    language="en-US",
    purpose="Book a visit",
    callers_say=("I'd like to book",),
    slots=(
        Slot("service", SlotKind.CHOICE, "Cleaning or check-up?", choices={"cleaning": ("clean",), "check-up": ()}),
        Slot("day", SlotKind.DATE, "Which day?", ask_again="Sorry, which day?"),
        Slot(
            "time",
            SlotKind.TIME,
            "I have {options}. Which one?",
            "",
            "Not free. I have {options}.",
            options_from="free",
        ),
        Slot("phone", SlotKind.PHONE, "Your number?"),
    ),
    confirm="A {service} on {day} at {time}, number {phone}. Right?",
    run="reserve",
    done="Booked for {day}.",
    problems={
        "no_time": Problem("Nothing is free on {day}.", ("day",)),
        "taken": Problem("That was just taken.", ("time",)),
    },
)

CALL_BACK = Task(
    "call_back", "en-US", "Ask for a call back", (), (Slot("topic", SlotKind.TEXT, "About what?"),), "note", "Noted."
)

DESK = Route("desk", "people", ("a person",), "I'll take a message.", "Leave your message.")

SMALL = Agent(
    name="Ava",
    business="Maple Clinic",
    role="the receptionist",
    greeting="Hello.",
    disclosure="I am a machine.",
    question="How can I help?",
    language="en-US",
    timezone="America/New_York",
    voice=Voice("Joanna"),
    phrases=PHRASES,
    when_it_fails="desk",
    facts=(Fact("Parking", "There is parking."),),
    tasks=(BOOK, CALL_BACK),
    routes=(DESK,),
    limits=Limits(silence_ms=7_000, misunderstandings=3, call_ms=600_000),
)


def front_door() -> Agent:
    """The agent file that ships with us."""
    return load(Path(__file__).parents[1] / "agents" / "front_door.yaml")
