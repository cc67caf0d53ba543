import io

from rich.console import Console

from cli.show import Show

TIMING = {
    "turn": 1,
    "gap_ms": 900,
    "end_of_turn_ms": 550,
    "model_ms": 250,
    "tool_ms": 0,
    "text_ms": 20,
    "synthesis_ms": 80,
}


def shown(*lines: tuple[str, dict[str, object]]) -> str:
    paper = io.StringIO()
    show = Show(Console(file=paper, width=120), "Ava")
    for kind, data in lines:
        show.line(kind, data)
    return paper.getvalue()


def test_both_sides_are_named_once_in_a_row() -> None:
    text = shown(("agent", {"text": "Hello."}), ("agent", {"text": "How can I help?"}), ("caller", {"text": "Hi."}))
    assert text == "    Ava  Hello.\n         How can I help?\n Caller  Hi.\n"


def test_a_sentence_cut_short_ends_with_a_dash() -> None:
    assert "We are open —" in shown(("agent", {"text": "We are open", "interrupted": True}))


def test_a_wait_is_drawn_with_its_parts() -> None:
    text = shown(("turn_timing", dict(TIMING)))
    assert "0.90 s" in text
    assert text.count("▇") == 11 + 5 + 0 + 2
    assert "end of turn 550 · model 250 · text 20 · voice 80" in text


def test_words_are_shown_as_they_are_never_as_markup() -> None:
    assert "[red]stop[/red]" in shown(("caller", {"text": "[red]stop[/red]"}))


def test_what_else_happened_is_said_in_plain_words() -> None:
    text = shown(
        ("intent", {"intent": "transfer:front_desk"}),
        ("tool", {"name": "book_appointment", "result": {"problem": "taken"}}),
        ("tool", {"name": "book_appointment", "result": {"reference": "B1"}}),
        ("keypad", {"digits": 10}),
        ("asked_again", {"slot": "day"}),
        ("fault", {"what": "model", "reason": "Unavailable"}),
        ("problem", {"reason": "no_time"}),
        ("not_understood", {"count": 1}),
        ("model_usage", {"input_tokens": 1}),
    )
    assert text.splitlines() == [
        "         · understood: transfer front desk",
        "         · book appointment: taken",
        "         · book appointment: done",
        "         · 10 keys pressed",
        "         · asked again: day",
        "         · trouble with model: Unavailable",
        "         · not possible: no time",
        "         · not understood",
    ]
