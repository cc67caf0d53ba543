"""What is wrong with an agent file that calls people is said with its line, and nothing is loaded."""

from pathlib import Path

import pytest

from shared.adapters.agent_files import AgentFileError, load

AGENTS = Path(__file__).parents[2] / "agents"


@pytest.mark.parametrize(
    ("file", "was", "becomes", "told"),
    [
        (
            "collections",
            "This call is from",
            "At {zip}, this is from",
            "outbound.disclosure: {zip} may not be said here",
        ),
        ("collections", "about a personal matter", "about {amount_due}", "outbound.screening: {amount_due} may not be"),
        ("collections", "zip: {kind: digits, secret: true", "zip: {kind: digits", "outbound.verify.zip: is no secret"),
        ("collections", "  unverified: I'm", '  opt_out_key: "8" #', "outbound.verify: needs `identity:`"),
        ("collections", "begins_with: pay_now", "begins_with: nothing", "outbound.begins_with: `nothing` is no task"),
        ("collections", "result: disputed", "result: argued", "routes.disputes.result: `argued` is no result"),
        ("reminder", "passes_on: [name,", "passes_on: [birthday,", "passes_on: `birthday` may not be passed on"),
        ("reminder", "    run: cancel_appointment\n", "", ""),
        (
            "reminder",
            "on {starts_at}. Will",
            "on {start}. Will",
            "tasks.confirm_visit.confirm: {start} is not asked for",
        ),
        (
            "hybrid",
            "ask: Nobody was free",
            "ask: '{zip} was free. Shall I put you through to a colleague now?' #",
            "outbound.calls_back.ask: {zip} may not be said here",
        ),
        ("hybrid", "run: request_callback", "run: note_down", "outbound.calls_back: nobody can ask for it"),
        ("survey", "kind: name", "kind: person", "outbound.facts.name.kind: Input should be"),
    ],
)
def test_f4_each_mistake_is_named(tmp_path: Path, file: str, was: str, becomes: str, told: str) -> None:
    text = (AGENTS / f"{file}.yaml").read_text("utf-8")
    assert was in text
    path = tmp_path / f"{file}.yaml"
    path.write_text(text.replace(was, becomes), "utf-8")
    if not told:
        assert load(path).outbound is not None
        return
    with pytest.raises(AgentFileError) as error:
        load(path)
    assert told in str(error.value), str(error.value)
