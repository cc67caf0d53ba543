"""Shows a conversation in the terminal, line by line as it is written down."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from shared.core.events import JsonValue

PARTS = (
    ("end_of_turn_ms", "end of turn", "bright_black"),
    ("model_ms", "model", "blue"),
    ("tool_ms", "tool", "yellow"),
    ("text_ms", "text", "magenta"),
    ("synthesis_ms", "voice", "green"),
)
_MS_A_BLOCK = 50
_INDENT = " " * 9


class Show:
    """`agent` is the name the agent goes by."""

    def __init__(self, console: Console, agent: str) -> None:
        self._console = console
        self._agent = agent
        self._last = ""

    def step(self, text: str) -> None:
        """Something that is being done, apart from the conversation."""
        self._console.print(Text(f"  {text}", style="bright_black"))

    def line(self, kind: str, data: Mapping[str, JsonValue]) -> None:
        """One line of the call's record."""
        match kind:
            case "caller":
                self._said("Caller", str(data["text"]), "cyan")
            case "agent":
                self._said(self._agent, f"{data['text']}{' —' if data.get('interrupted') else ''}", "green")
            case "turn_timing":
                self._timing(data)
            case _:
                if note := note_of(kind, data):
                    self._note(note)

    def _said(self, who: str, text: str, style: str) -> None:
        name = "" if who == self._last else who
        self._last = who
        self._console.print(Text(f"{name:>7}  ", style=f"bold {style}"), Text(text), sep="", end="\n", soft_wrap=True)

    def _note(self, text: str) -> None:
        self._last = ""
        self._console.print(Text(f"{_INDENT}· {text}", style="bright_black"))

    def _timing(self, data: Mapping[str, JsonValue]) -> None:
        self._last = ""
        bar = Text(f"{_INDENT}{_ms(data['gap_ms']) / 1000:.2f} s ", style="bright_black")
        for key, _, style in PARTS:
            bar.append("▇" * round(_ms(data[key]) / _MS_A_BLOCK), style=style)
        named = [(f"{name} {_ms(data[key])}", style) for key, name, style in PARTS if _ms(data[key]) > 0]
        for number, (words, style) in enumerate(named):
            bar.append(" · " if number else "  ", style="bright_black").append(words, style=style)
        self._console.print(bar, soft_wrap=True)


def note_of(kind: str, data: Mapping[str, JsonValue]) -> str:
    """What a line of the record that nobody said means; empty for those that mean nothing to a reader."""
    match kind:
        case "intent":
            return f"understood: {spaced(data['intent'])}"
        case "tool":
            result = data.get("result")
            problem = result.get("problem") if isinstance(result, Mapping) else None
            return f"{spaced(data['name'])}: {problem or 'done'}"
        case "keypad":
            return f"{data['digits']} keys pressed"
        case "problem":
            return f"not possible: {spaced(data['reason'])}"
        case "asked_again":
            return f"asked again: {spaced(data['slot'])}"
        case "fault":
            return f"trouble with {spaced(data['what'])}: {data['reason']}"
        case "cut_off":
            return "the caller went on"
        case "misheard":
            return "heard better"
        case "not_understood" | "false_interruption":
            return spaced(kind)
        case _:
            return ""


def spaced(name: object) -> str:
    return str(name).replace("_", " ").replace(":", " ")


def _ms(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
