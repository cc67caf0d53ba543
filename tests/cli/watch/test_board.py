"""The page shows what the log lines come to, known ones by known figures."""

import logging
from pathlib import Path
from typing import Any

import pytest

from cli.watch.board import Board, rule
from cli.watch.definition import read
from cli.watch.logs import LogFolder
from tests.cli.watch.lines import BEGIN_MS, MINUTE_MS, line, write

GAPS = (700, 800, 900, 1_000, 4_000)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """Two calls, each a minute: five answers, and one that the model failed."""
    write(tmp_path, *(line("turn_timing", BEGIN_MS + 1000 * i, gap_ms=gap) for i, gap in enumerate(GAPS)))
    write(tmp_path, line("provider_failed", BEGIN_MS + 70_000, level=logging.WARNING, provider="model"))
    write(tmp_path, line("call_finished", BEGIN_MS + 30_000, outcome="completed"), "Started server process [1]")
    write(
        tmp_path,
        line("call_created", BEGIN_MS, service="telephony"),
        line("call_created", BEGIN_MS + MINUTE_MS, service="telephony"),
        line("call_finished", BEGIN_MS + 80_000, service="telephony", outcome="completed"),
        name="telephony",
    )
    return Board(read(), LogFolder(tmp_path))


def lines(seen: Any, title: str) -> dict[str, Any]:
    (graph,) = (graph for graph in seen["graphs"] if graph["title"] == title)
    return {line["label"]: line for line in graph["lines"]}


def test_known_lines_come_to_known_figures(board: Board) -> None:
    seen = board.look(BEGIN_MS + 85_000, 60)

    assert lines(seen, "Calls")["answered"]["points"] == [(BEGIN_MS, 1.0), (BEGIN_MS + MINUTE_MS, 1.0)]
    waits = lines(seen, "Wait for an answer")
    assert {label: of["points"] for label, of in waits.items()} == {
        "p50": [(BEGIN_MS, 900.0)],
        "p95": [(BEGIN_MS, 4_000.0)],
        "p99": [(BEGIN_MS, 4_000.0)],
    }
    assert lines(seen, "Provider faults")["model"]["points"] == [(BEGIN_MS + MINUTE_MS, 1.0)]
    assert lines(seen, "Provider faults")["synthesis"]["points"] == []


def test_both_services_end_calls(board: Board) -> None:
    goodbye = lines(board.look(BEGIN_MS + 85_000, 300), "How calls ended")["goodbye"]

    assert (goodbye["points"], goodbye["whole"]) == ([(BEGIN_MS, 2.0)], 2.0)


def test_a_short_run_is_looked_at_more_closely(board: Board) -> None:
    seen = board.look(BEGIN_MS + 85_000)

    assert seen["period_s"] == 10
    assert lines(seen, "Calls")["answered"]["points"] == [(BEGIN_MS, 1.0), (BEGIN_MS + MINUTE_MS, 1.0)]


def test_a_run_under_way_goes_on_to_now_and_one_that_is_over_ends_with_its_last_figure(board: Board) -> None:
    under_way, over = board.look(BEGIN_MS + 100_000), board.look(BEGIN_MS + 3_600_000)

    assert (under_way["live"], under_way["end_ms"]) == (True, BEGIN_MS + 100_000)
    assert (over["live"], over["end_ms"]) == (False, BEGIN_MS + 80_000)


def test_what_is_logged_later_is_shown_later(board: Board, tmp_path: Path) -> None:
    alarm = {"CallsFail": "ok"}
    assert {a["name"]: a["state"] for a in board.look(BEGIN_MS + 85_000)["alarms"]}.items() >= alarm.items()

    failed = [line("provider_failed", BEGIN_MS + 90_000, provider="synthesis")] * 4
    write(tmp_path, *failed)

    seen = board.look(BEGIN_MS + 95_000)
    assert {a["name"]: a["state"] for a in seen["alarms"]}["CallsFail"] == "alarm"
    assert lines(seen, "Provider faults")["synthesis"]["whole"] == 4


def test_a_graph_knows_the_threshold_of_its_alarm(board: Board) -> None:
    thresholds = {graph["title"]: graph["threshold"] for graph in board.look(BEGIN_MS)["graphs"]}

    assert {title: at for title, at in thresholds.items() if at is not None} == {
        "Wait for an answer": 3_000,
        "Opt-outs, and campaigns that stopped": 1,
    }


def test_logs_without_figures_make_an_empty_board(tmp_path: Path) -> None:
    write(tmp_path, "Started server process [1]")
    seen = Board(read(), LogFolder(tmp_path)).look(BEGIN_MS)

    assert seen["empty"]
    assert all(line["points"] == [] and line["whole"] is None for graph in seen["graphs"] for line in graph["lines"])


def test_the_rule_of_an_alarm_in_words() -> None:
    rules = {alarm.name: rule(alarm) for alarm in read().alarms}

    assert (
        rules.items()
        >= {
            "CallersSentOn": "at least 2 within 1 hour",
            "WebhooksFail": "at least 3 within 5 min",
            "NoTaskLives": "below 1, 3 times 1 min in a row",
            "CallsFail": "at least 5 within 5 min",
            "AnswersSlow": "at least 3,000, 3 times 5 min in a row",
        }.items()
    )
