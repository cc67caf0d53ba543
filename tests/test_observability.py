"""Logs are JSON, and nothing a caller said, typed or is called by can get into them."""

import ast
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import observability
from shared.core.turn_timing import TurnTiming
from shared.observability import KEYS, OURS, WITHHELD, mask_number

ROOT = Path(__file__).parent.parent
CALL = "CA" + "0" * 32
FIXED = {"timestamp", "level", "service", "event", "at"}
SPOKEN = "my number is 415 555 0100"

type Line = Mapping[str, object]


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What a configured process writes; the runner's own logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    observability.configure("test", output=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def _lines(output: io.StringIO) -> list[Line]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def _format(event: object, *args: object, **extra: object) -> Line:
    logger = "streaming.app"
    record = logging.getLogger(logger).makeRecord(logger, logging.WARNING, __file__, 1, event, args, None, extra=extra)
    line: Line = json.loads(observability.JsonFormatter("test").format(record))
    return line


def test_an_event_is_one_line_of_json_with_its_keys(output: io.StringIO) -> None:
    logging.getLogger("functions.webhook").info("webhook_answered", extra={"call_sid": CALL, "status": 200})

    (line,) = _lines(output)
    assert line["event"] == "webhook_answered"
    assert line["service"] == "test"
    assert line["level"] == "INFO"
    assert str(line["timestamp"]).endswith("+00:00")
    assert (line["call_sid"], line["status"]) == (CALL, 200)


def test_lambda_gets_each_line_whole_and_from_nobody_else() -> None:
    """Its runtime puts a handler of its own on the root, and flushes whatever is written at each write."""
    root, writes = logging.getLogger(), list[str]()
    handlers, level = root.handlers[:], root.level

    class Unbuffered(io.StringIO):
        def write(self, text: str) -> int:
            writes.append(text)
            return len(text)

    runtimes = io.StringIO()
    root.addHandler(logging.StreamHandler(runtimes))
    try:
        observability.configure("telephony", namespace="Switchboard/prod", output=Unbuffered())
        logging.getLogger("shared.usecases.answer_call").info("call_created", extra={"call_sid": CALL})
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)

    (line,) = writes
    assert line.endswith("\n")
    assert {"timestamp", "level", "_aws"} <= json.loads(line).keys()
    assert runtimes.getvalue() == ""


def test_a_telephone_number_is_masked_to_its_last_four_digits() -> None:
    assert mask_number("+1 (415) 555-0100") == "...0100"
    assert mask_number("0100") == "..."
    assert mask_number("") == "..."

    line = _format("call_created", caller="+14155550100", called="+15550100123")
    assert (line["caller"], line["called"]) == ("...0100", "...0123")


@pytest.mark.parametrize("key", ["text", "digits", "transcript", "words_heard", "caller_number", "arguments", "token"])
def test_a_key_that_is_not_listed_is_left_out(key: str) -> None:
    assert _format("caller_spoke", **{key: SPOKEN}).keys() == FIXED


@pytest.mark.parametrize("key", sorted(KEYS))
@pytest.mark.parametrize(
    "content", [SPOKEN, "+14155550100", "4155550100", "1234", "pin1234", "I'd like, please, to book.", 14155550100]
)
def test_text_digits_and_numbers_cannot_pass_under_any_listed_key(key: str, content: object) -> None:
    written = json.dumps(_format("caller_spoke", **{key: content})[key])

    assert written in {f'"{WITHHELD}"', '"...0100"', '"..."'}


@given(
    st.text(),
    st.dictionaries(st.sampled_from(sorted(KEYS)), st.one_of(st.text(), st.integers(), st.floats(), st.binary())),
)
def test_whatever_is_logged_comes_out_as_json_and_short(event: str, extra: dict[str, object]) -> None:
    line = _format(event, **extra)

    assert line.keys() == FIXED | extra.keys()
    assert all(len(str(value)) <= 100 for value in line.values())


@pytest.mark.parametrize("event", [SPOKEN, "yes", "Call started", "heard 1234", 42, "call_created\n"])
def test_a_message_that_is_not_an_event_name_is_withheld(event: object) -> None:
    assert _format(event)["event"] == WITHHELD


def test_a_message_with_arguments_is_withheld() -> None:
    line = _format("heard_%s", SPOKEN)

    assert line["event"] == WITHHELD
    assert "0100" not in json.dumps(line)


def test_an_exception_is_its_type_and_places_without_its_words(output: io.StringIO) -> None:
    try:
        raise KeyError(SPOKEN)
    except KeyError:
        logging.getLogger("functions.webhook").exception("webhook_failed")

    (line,) = _lines(output)
    assert line["exception"] == "KeyError"
    assert "test_an_exception_is_its_type" in str(line["trace"])
    assert "415" not in output.getvalue()


def test_an_exception_in_a_group_is_shown_as_itself(output: io.StringIO) -> None:
    try:
        raise ExceptionGroup(SPOKEN, [ExceptionGroup(SPOKEN, [ValueError(SPOKEN)])])
    except ExceptionGroup:
        logging.getLogger("streaming.app").exception("call_failed")

    (line,) = _lines(output)
    assert line["exception"] == "ValueError"
    assert "415" not in output.getvalue()


def test_a_librarys_words_are_withheld_and_its_chatter_dropped(output: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.info("GET /?number=%s", "+14155550100")
    library.warning("could not parse %r", SPOKEN)

    (line,) = _lines(output)
    assert line["event"] == WITHHELD
    assert str(line["at"]).startswith("some.library:")
    assert "555" not in output.getvalue()


def test_nothing_is_configured_at_import() -> None:
    program = (
        "import logging; before = logging.getLogger().handlers[:]; import shared.observability, functions.wiring; "
        "assert logging.getLogger().handlers == before == []"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


def test_the_timing_of_a_turn_may_be_logged_whole() -> None:
    summary = TurnTiming(voice_ended=0, taken=300).summary(turn=1, heard_at=800)

    assert dict(_format("turn_timing", **summary)).items() >= summary.items()


def test_every_log_call_of_the_product_names_an_event_and_only_listed_keys() -> None:
    calls = [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node)
        for package in OURS
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _is_log_call(node)
    ]

    assert calls
    assert [where for where, call in calls if not _is_safe(call)] == []


@pytest.mark.parametrize(
    "call",
    [
        "log.info(f'heard {text}')",
        "log.info('heard %s', text)",
        "log.info('caller_spoke', text)",
        "log.info('Caller spoke')",
        "log.info(text)",
        "log.info('caller_spoke', extra={'text': text})",
        "log.info('caller_spoke', extra={key: text})",
        "log.info('caller_spoke', extra=dict(text=text))",
    ],
)
def test_the_guard_on_log_calls_catches_what_it_is_for(call: str) -> None:
    statement = ast.parse(call).body[0]

    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    assert _is_log_call(statement.value)
    assert not _is_safe(statement.value)


def _is_log_call(call: ast.Call) -> bool:
    levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    match call.func:
        case ast.Attribute(value=ast.Name(id="log" | "logger" | "logging" | "_log" | "_logger"), attr=attr):
            return attr in levels
        case _:
            return False


def _is_safe(call: ast.Call) -> bool:
    """An event's name or a constant, and keys in the open; keys taken over from elsewhere are sifted when it runs."""
    match call.args:
        case [ast.Constant(value=str(event))]:
            named = _format(event)["event"] == event
        case [ast.Name(id=constant)]:
            named = constant.isupper()
        case _:
            return False
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    return named and given.keys() <= {"extra", "exc_info"} and _has_listed_keys(given.get("extra"))


def _has_listed_keys(extra: ast.expr | None) -> bool:
    match extra:
        case None | ast.Name():
            return True
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _has_listed_keys(left) and _has_listed_keys(right)
        case ast.Dict(keys=keys):
            return all(key is None or (isinstance(key, ast.Constant) and key.value in KEYS) for key in keys)
        case _:
            return False


def _metrics(event: str, level: int = logging.INFO, **extra: object) -> Line:
    logger = "streaming.app"
    record = logging.getLogger(logger).makeRecord(logger, level, __file__, 1, event, (), None, extra=extra)
    line: Line = json.loads(observability.JsonFormatter("test", "Switchboard/prod").format(record))
    return line


def _directives(line: Line) -> dict[str, object]:
    embedded = line["_aws"]
    assert isinstance(embedded, dict)
    assert abs(embedded["Timestamp"] / 1000 - datetime.fromisoformat(str(line["timestamp"])).timestamp()) < 1
    return {directive["Metrics"][0]["Name"]: directive for directive in embedded["CloudWatchMetrics"]}


def test_p6_an_event_carries_its_figures_in_cloudwatchs_embedded_format() -> None:
    line = _metrics("turn_timing", gap_ms=812, end_of_turn_ms=340)

    assert _directives(line)["HeardGap"] == {
        "Namespace": "Switchboard/prod",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "HeardGap", "Unit": "Milliseconds"}],
    }
    assert (line["HeardGap"], line["EndOfTurn"], line["service"]) == (812, 340, "test")


def test_p6_a_finished_call_is_counted_by_its_outcome_too() -> None:
    line = _metrics("call_finished", outcome="completed")

    assert line["CallsFinished"] == 1
    assert _directives(line)["CallsFinished"]["Dimensions"] == [["service"], ["service", "outcome"]]  # type: ignore[index]


def test_p6_a_recogniser_that_had_to_be_connected_anew_is_counted() -> None:
    line = _metrics("recognition_lost", provider="Transcribe")

    assert line["Reconnects"] == 1
    assert _directives(line)["Reconnects"]["Dimensions"] == [["service"], ["service", "provider"]]  # type: ignore[index]


def test_p6_every_error_is_a_fault() -> None:
    assert _metrics("record_lost", logging.ERROR)["Faults"] == 1
    assert "Faults" not in _metrics("record_lost", logging.WARNING)


@pytest.mark.parametrize("value", [None, "812", SPOKEN])
def test_a_figure_that_is_no_number_is_left_out(value: object) -> None:
    assert "_aws" not in _metrics("turn_timing", gap_ms=value)


def test_without_a_namespace_there_are_no_metrics() -> None:
    assert "_aws" not in _format("turn_timing", gap_ms=812)


def test_every_figure_is_of_an_event_that_is_logged_and_a_key_that_may_be() -> None:
    sources = "".join(path.read_text() for room in OURS for path in (ROOT / room).rglob("*.py"))

    for event, metrics in observability.METRICS.items():
        assert f'"{event}"' in sources.replace(f'    "{event}": (', "")
        assert {key for metric in metrics for key in (metric.key, metric.split) if key} <= KEYS.keys()
