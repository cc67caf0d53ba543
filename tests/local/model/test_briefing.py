"""What a system message tells the model, whatever its shape."""

from local.model.briefing import Fact, read_briefing

PRODUCT = """\
You are Ava, the receptionist of Maple Clinic, answering the telephone.
Your words are spoken aloud.
- Say only what stands under "What you know".
- When the caller wants a job done, call its tool. The tool asks for the rest.

## What you know
- Parking: There is free parking
  behind the building.
- Opening hours: We are open from 8 to 5.

## Now
Friday 20 November 2026, 09:14

## State
You just asked for `day` of book_visit; you wait for it."""


def test_the_products_own_message_is_read_section_by_section() -> None:
    briefing = read_briefing(PRODUCT)
    assert briefing.persona == "Ava, the receptionist of Maple Clinic, answering the telephone"
    assert briefing.now == "Friday 20 November 2026, 09:14"
    assert (briefing.asked, briefing.task) == ("day", "book_visit")
    assert briefing.facts == (
        Fact("Parking", "There is free parking behind the building."),
        Fact("Opening hours", "We are open from 8 to 5."),
    )


def test_sentences_of_a_plain_message_are_facts_and_orders_are_not() -> None:
    briefing = read_briefing(
        "You are Bo of Oak Inn. We have twelve rooms. Never talk about prices. Breakfast is served from 7 to 10.\n"
        "Today is Friday 20 November 2026."
    )
    assert [fact.text for fact in briefing.facts] == ["We have twelve rooms.", "Breakfast is served from 7 to 10."]
    assert briefing.now == "Friday 20 November 2026"


def test_questions_with_answers_and_bold_titles_are_facts() -> None:
    briefing = read_briefing("# FAQ\nQ: Do you ship abroad?\nA: Only to Canada.\n\n- **Returns**: Within 30 days.\n")
    assert briefing.facts == (Fact("Do you ship abroad?", "Only to Canada."), Fact("Returns", "Within 30 days."))


def test_sections_of_rules_hold_no_facts() -> None:
    briefing = read_briefing(
        "## Style\nThe tone is warm.\n\n## Rules\nPrices are secret here.\n\n## Shop\nThe shop sells tea."
    )
    assert [fact.text for fact in briefing.facts] == ["The shop sells tea."]


def test_an_empty_message_says_nothing() -> None:
    briefing = read_briefing("")
    assert briefing.facts == ()
    assert briefing.persona == briefing.now == briefing.asked == ""
