"""Log lines are counted as CloudWatch counts them."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.watch.emf import Sample, samples
from tests.cli.watch.lines import BEGIN_MS, line

COUNTED = {"SentOn": {"message": "caller_sent_on", "path": "/fallback/voice"}}
STREAMING = frozenset({("service", "streaming")})


def counted(text: str) -> list[Sample]:
    return list(samples(text, COUNTED))


def test_each_figure_of_a_line_is_a_sample() -> None:
    assert counted(line("turn_timing", gap_ms=812, end_of_turn_ms=340)) == [
        Sample("HeardGap", STREAMING, BEGIN_MS, 812.0),
        Sample("EndOfTurn", STREAMING, BEGIN_MS, 340.0),
    ]


def test_a_figure_that_is_split_counts_under_both_sets_of_dimensions() -> None:
    completed = STREAMING | {("outcome", "completed")}

    assert counted(line("call_finished", outcome="completed")) == [
        Sample("CallsFinished", STREAMING, BEGIN_MS, 1.0),
        Sample("CallsFinished", completed, BEGIN_MS, 1.0),
    ]


def test_an_error_is_a_fault_besides() -> None:
    found = counted(line("record_lost", level=logging.ERROR, provider="store"))

    assert [sample.figure for sample in found] == ["ProviderFaults", "ProviderFaults", "Faults"]


def test_a_metric_filter_counts_the_lines_it_looks_for() -> None:
    sent_on = {"timestamp": "2027-01-15T08:00:00Z", "message": "caller_sent_on", "path": "/fallback/voice", "code": 1}

    assert counted(json.dumps(sent_on)) == [Sample("SentOn", frozenset(), BEGIN_MS, 1.0)]
    assert counted(json.dumps(sent_on | {"path": "/fallback/recorded"})) == []


def test_several_values_of_one_line_are_several_samples() -> None:
    found = json.loads(line("turn_timing", gap_ms=1))
    found["HeardGap"] = [1, 2.5, None, True, "3", float("nan")]

    assert [sample.value for sample in counted(json.dumps(found))] == [1.0, 2.5]


@pytest.mark.parametrize(
    "text",
    [
        "Started server process",
        "{",
        "{}",
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [1, {}, {"Dimensions": [["service"]], "Metrics": [{}]}]}}',
        '{"M":1,"_aws": {"Timestamp": 0, "CloudWatchMetrics": [{"Dimensions": [["s"]], "Metrics": [{"Name": "M"}]}]}}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Dimensions": ["s"], "Metrics": [{"Name": "M"}]}]}, "M": 1}',
        '{"message": "caller_sent_on", "path": "/fallback/voice", "timestamp": "yesterday"}',
    ],
)
def test_a_line_that_is_not_as_it_should_be_counts_for_nothing(text: str) -> None:
    assert counted(text) == []


@given(
    st.text()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(
                    ["_aws", "Timestamp", "CloudWatchMetrics", "Dimensions", "Metrics", "Name", "message", "path"]
                ),
                each,
            )
        ),
    ).map(json.dumps)
)
def test_no_line_can_stop_the_reading(text: str) -> None:
    counted(text)
